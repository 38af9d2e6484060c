/// The page at `/`: what `status` shows, live. One file without outside assets.
///
/// The first state comes with it (as the text of `status` where no script runs); the script reads `/status` each second.
/// Everything that comes from outside is put in as text, never as markup.
enum StatusPage {
    /// Nothing but what stands in the page itself, and `/status`.
    static let policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static func bytes(_ readout: Readout) -> [UInt8] {
        let text = StatusText.lines(readout, width: 100).joined(separator: "\n")
        // Inside a script element only `<` could end the element.
        let status = String(decoding: StatusJSON.bytes(readout), as: UTF8.self).split(
            separator: "<", omittingEmptySubsequences: false
        )
        .joined(separator: "\\u003c")
        let page =
            head(title: escaped(readout.facts.pipeline))
            + "<main id=page></main>\n<noscript><pre>\(escaped(text))</pre></noscript>\n"
            + "<script id=first type=application/json>\(status)</script>\n<script>\(script)</script>\n</body></html>\n"
        return Array(page.utf8)
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.append(character)
            }
        }
        return out
    }

    private static func head(title: String) -> String {
        """
        <!doctype html>
        <html lang=en><head><meta charset=utf-8><title>\(title) - Millrace</title>
        <meta name=viewport content="width=device-width, initial-scale=1">
        <link rel=icon href="data:,">
        <style>\(style)</style></head><body>

        """
    }

    private static let style = """
        :root { --ink: #1b1f24; --soft: #667; --line: #d9dde3; --paper: #fff; --back: #f5f6f8;
          --good: #1a7f37; --bad: #b42318; --warn: #9a6700 }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --soft: #99a; --line: #333a44;
          --paper: #171b21; --back: #0e1116; --good: #4ac26b; --bad: #ff7b72; --warn: #d4a72c } }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--back); color: var(--ink);
          font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif }
        main, noscript { display: block; max-width: 1180px; margin: 0 auto; padding: 20px }
        h1 { font-size: 20px; margin: 0 }
        h2 { font-size: 12px; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 26px 0 6px }
        header { display: flex; gap: 14px; align-items: baseline; flex-wrap: wrap }
        header span { color: var(--soft) } header a { color: inherit }
        .verdict { margin: 12px 0; padding: 12px 16px; border-radius: 8px; border-left: 6px solid var(--good);
          background: var(--paper); font-size: 16px }
        .verdict.bad { border-color: var(--bad) } .verdict p { margin: 2px 0 }
        .verdict small { color: var(--soft); font-size: 13px }
        .flow { font-variant-numeric: tabular-nums } .flow b { font-weight: 600 }
        table { border-collapse: collapse; width: 100%; background: var(--paper); border-radius: 8px; overflow: hidden }
        th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top }
        th { font-weight: 500; color: var(--soft); font-size: 12px }
        td { font-variant-numeric: tabular-nums } td.n, th.n { text-align: right }
        tr:last-child td { border-bottom: 0 }
        .good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) } .soft { color: var(--soft) }
        code { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
        """

    private static let script = """
        "use strict";
        const page = document.getElementById("page");
        let status = JSON.parse(document.getElementById("first").textContent), heard = Date.now(), lost = null;
        const el = (tag, cls, ...inner) => {
          const made = document.createElement(tag);
          if (cls) made.className = cls;
          made.append(...inner.map(one => one instanceof Node ? one : String(one)));
          return made;
        };
        const count = n => n === null ? "?" : Number(n).toLocaleString("en-US");
        const counted = (n, noun) => count(n) + " " + noun + (n === 1 ? "" : "s");
        const time = s => s < 10 ? s.toFixed(1) + " s" : s < 60 ? Math.floor(s) + " s"
          : s < 3600 ? Math.floor(s / 60) + " m " + Math.floor(s % 60) + " s"
          : s < 86400 ? Math.floor(s / 3600) + " h " + Math.floor(s / 60 % 60) + " m"
          : Math.floor(s / 86400) + " d " + Math.floor(s / 3600 % 24) + " h";
        const since = at => Math.max(0, (heard - Date.parse(at)) / 1000);
        const clock = at => at.slice(11, 19) + "Z";
        const quiet = ["input", "drain", "credit"];
        const isTrouble = w => w && (w.error || !quiet.includes(w.for) && !w.for.startsWith("full:"));
        const table = (heads, rows) => {
          const head = el("tr", "", ...heads.map(h => el("th", h[0] === ">" ? "n" : "", h.replace(">", ""))));
          const body = rows.map(row => el("tr", "", ...row.map((cell, i) => {
            const td = cell instanceof Node ? el("td", "", cell) : el("td", "", cell);
            if (heads[i][0] === ">") td.className = "n";
            return td;
          })));
          return el("table", "", el("thead", "", head), el("tbody", "", ...body));
        };
        const verdict = s => {
          const box = el("div", "verdict" + (s.ready && !lost ? "" : " bad"));
          if (lost) box.append(el("p", "bad", "The worker has not answered for " + time((Date.now() - lost) / 1000)
            + "; this is how it stood at " + clock(new Date(heard).toISOString())));
          if (s.ready) box.append(el("p", "", "Well: " + counted(s.shards.length, "shard") + ", "
            + counted(s.shards.reduce((sum, one) => sum + (one.lag || 0), 0), "record") + " behind"));
          for (const why of s.because) box.append(el("p", "", "Not ready: " + why));
          const groups = new Map();
          for (const one of s.shards) if (isTrouble(one.waiting)) {
            const key = one.waiting.for + one.waiting.error;
            if (!groups.has(key)) groups.set(key, { waiting: one.waiting, shards: [] });
            groups.get(key).shards.push(one.topic + ":" + one.partition);
          }
          for (const { waiting, shards } of groups.values()) {
            box.append(el("p", "", el("b", "", shards.length > 6 ? shards.length + " shards" : shards.join(", ")),
              " wait for ", el("b", "bad", waiting.for), " since " + clock(waiting.since) + " ("
              + time(since(waiting.since)) + ")"));
            if (waiting.error) box.append(el("p", "", el("small", "", waiting.error)));
            box.append(el("p", "", el("small", "", "Next: " + waiting.next)));
          }
          return box;
        };
        const flow = s => el("div", "flow", "read ", el("b", "", count(s.books.read)),
          ...Object.entries(s.books.sinks).map(([name, b]) => el("div", "", el("b", "", name), " = "
            + ["delivered", "filtered", "dead_lettered", "abandoned", "returned", "rewound", "in_flight"]
              .filter(k => b[k] || k === "delivered" || k === "in_flight")
              .map(k => count(b[k]) + " " + k.replace("_", " ")).join(" + "))));
        const shards = s => table(["shard", ">epoch", ">checkpoint", ">end", ">lag", ">lag, s", ">in flight", "waits for"],
          [...s.shards].sort((a, b) => isTrouble(b.waiting) - isTrouble(a.waiting) || (b.lag || 0) - (a.lag || 0))
          .map(one => [one.topic + ":" + one.partition, one.epoch, count(one.checkpoint), count(one.high_watermark),
            count(one.lag), one.lag_seconds === null ? "?" : one.lag_seconds.toFixed(1), count(one.in_flight.records),
            one.waiting ? el("span", isTrouble(one.waiting) ? "bad" : "soft",
              one.waiting.for + (isTrouble(one.waiting) ? " " + time(since(one.waiting.since)) : "")) : "-"]));
        const sinks = s => table(["sink", "need", "breaker", ">delivered", ">dead", ">abandoned", ">retries", "last error"],
          Object.entries(s.sinks).map(([name, one]) => [name, one.required ? "required" : "optional",
            el("span", one.breaker === "closed" ? "good" : "bad", one.breaker
              + (one.breaker === "closed" ? "" : " " + time(since(one.breaker_since)))),
            count(one.delivered), count(one.dead_lettered), count(one.abandoned), count(one.retries),
            el("span", "soft", one.last_error || "-")]));
        const letters = s => table(["when", "record", "stage", "reason", "error"],
          s.dead_letters.map(one => [clock(one.written_at), el("code", "", one.origin), one.stage, one.reason, one.error]));
        const link = (to, text) => { const a = el("a", "", text); a.href = to; return a; };
        const show = () => {
          const s = status;
          page.replaceChildren(el("header", "", el("h1", "", s.pipeline),
            el("span", s.state === "running" && s.ready ? "good" : "warn", s.state), el("span", "", "up " + time(since(s.started_at))),
            el("span", "", "version " + s.version), el("span", "", "config " + s.config_sha.slice(0, 7)),
            el("span", "", link("config", "config"), " ", link("metrics", "metrics"), " ", link("status", "json"))),
            verdict(s), flow(s), el("h2", "", "Shards"),
            s.shards.length ? shards(s) : el("p", "soft", "The group has not given this worker any."), el("h2", "", "Sinks"), sinks(s));
          if (s.dead_letters.length) page.append(el("h2", "", "Last dead letters"), letters(s));
        };
        const look = async () => {
          try {
            const answer = await fetch("status", { cache: "no-store", signal: AbortSignal.timeout(5000) });
            status = await answer.json();
            heard = Date.now();
            lost = null;
          } catch { lost = lost || heard; }
          show();
          setTimeout(look, 1000);
        };
        show();
        setTimeout(look, 1000);
        """
}
