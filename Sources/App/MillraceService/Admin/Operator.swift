import HTTPServer
import Millrace
import MillraceEngine
import Platform

/// Follows operators' commands and says in words what it did and how to undo it.
struct Operator: Sendable {
    /// What becomes of a command.
    private struct Answer {
        let status: Int
        let text: String

        static func done(_ text: String) -> Answer { Answer(status: 200, text: text) }
        static func refused(_ text: String) -> Answer { Answer(status: 409, text: text) }
        static func wrong(_ text: String) -> Answer { Answer(status: 400, text: text) }
        static let away = Answer(
            status: 503, text: "the worker does not run yet, or a lane does not answer: look at `millrace status`")
    }

    private enum Target {
        case shard(ShardID)
        case sink(Int)
    }

    /// A command that cannot be followed as it is.
    private struct Wrong: Error { let answer: Answer }

    /// The longest reason of a `skip`, in bytes: as long as the error of a dead letter.
    static let longestReason = 512

    let view: WorkerView
    let notes: any NoteTaker

    /// The verbs that it knows.
    static let verbs = ["pause", "resume", "skip", "resolve"]

    /// Follows `verb` with `parameters` on behalf of `peer`, and writes it to the log.
    func follow(_ verb: String, _ parameters: [String: String], _ peer: Peer) -> HTTPResponse {
        let answer: Answer
        if let engine = view.engine {
            do throws(Wrong) { answer = try act(verb, parameters, engine) } catch { answer = error.answer }
        } else {
            answer = .away
        }
        note(verb, parameters, peer, answer)
        return HTTPResponse(answer.status, answer.text + "\n")
    }

    private func act(_ verb: String, _ parameters: [String: String], _ engine: Engine) throws(Wrong) -> Answer {
        switch verb {
        case "pause": return try pause(parameters, engine)
        case "resume": return try resume(parameters, engine)
        case "skip": return try skip(parameters, engine)
        default: return try resolve(parameters, engine)
        }
    }

    private func note(_ verb: String, _ parameters: [String: String], _ peer: Peer, _ answer: Answer) {
        var fields = [(name: "command", value: verb)]
        for name in ["shard", "sink", "offset", "reason", "decision"] {
            if let value = parameters[name] { fields.append((name, String(value.prefix(Operator.longestReason)))) }
        }
        fields += [("uid", "\(peer.user)"), ("pid", "\(peer.process)")]
        fields.append(("outcome", answer.status == 200 ? "done" : "refused"))
        if answer.status != 200 { fields.append(("why", answer.text)) }
        notes.note(Note(.warn, "operator", fields))
    }

    // MARK: - The commands

    private func pause(_ parameters: [String: String], _ engine: Engine) throws(Wrong) -> Answer {
        let (hold, what, option) = try target(parameters)
        if engine.holds.contains(hold) { return .done("\(what) is paused already\n\(undo(option))") }
        guard let outcome = engine.pause(hold) else { return .away }
        let shards = hold.sink == nil || outcome.concerned == 0 ? "" : ", at \(count(outcome.concerned))"
        return .done("paused: \(what)\(shards). What is in flight ends; nothing more is sent\n\(undo(option))")
    }

    private func undo(_ option: String) -> String {
        "undo: millrace resume \(view.facts.path) \(option); a restart ends the pause as well"
    }

    private func resume(_ parameters: [String: String], _ engine: Engine) throws(Wrong) -> Answer {
        let (hold, what, option) = try target(parameters)
        guard engine.holds.contains(hold) else { return .refused("\(what) is not paused; nothing was changed") }
        guard engine.resume(hold) != nil else { return .away }
        return .done("resumed: \(what)\nundo: millrace pause \(view.facts.path) \(option)")
    }

    private func skip(_ parameters: [String: String], _ engine: Engine) throws(Wrong) -> Answer {
        let shard = try shard(parameters["shard"] ?? "")
        guard let offset = parameters["offset"].flatMap(Int64.init), offset >= 0 else {
            return .wrong("the offset must be a whole number")
        }
        let reason = parameters["reason"] ?? ""
        let isPlain = reason.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard !reason.isEmpty, isPlain, reason.utf8.count <= Operator.longestReason else {
            return .wrong("the reason must be 1 to \(Operator.longestReason) bytes without control characters")
        }
        guard view.facts.deadLetterTopic != nil else {
            return .refused("dead_letter is park: there is nowhere to put the record; nothing was changed")
        }
        guard let outcome = engine.skip(shard: shard, offset: offset, reason: reason) else { return .away }
        guard outcome.followed > 0 else {
            return .refused(
                "not skipped: \(outcome.refusals.first ?? "\(shard) is not here"); a record can be skipped while it waits "
                    + "at a sink, not while it is in flight: look at `millrace status \(view.facts.path)` and try again"
            )
        }
        return .done(
            "skipped: \(shard):\(offset) is a dead letter now, with reason skipped and the error \"\(reason)\"\n"
                + "undo: millrace dlq redrive \(view.facts.path) --origin \(shard):\(offset) sends it again")
    }

    private func resolve(_ parameters: [String: String], _ engine: Engine) throws(Wrong) -> Answer {
        let sink = try sink(parameters["sink"] ?? "")
        let name = view.facts.sinks[sink].name
        guard let decision = parameters["decision"], decision == "poison" || decision == "retry" else {
            return .wrong("the decision must be poison or retry")
        }
        guard let outcome = engine.resolve(sink: sink, poison: decision == "poison") else { return .away }
        guard outcome.followed > 0 else {
            return .refused("no shard has a suspect at sink \(name), and it is not parked; nothing was changed")
        }
        let shards = count(outcome.followed)
        if decision == "retry" {
            return .done(
                "asked again: sink \(name), for \(shards)\n"
                    + "undo: nothing to undo; a record that fails again waits again")
        }
        return .done(
            "resolved: the suspects of sink \(name) at \(shards) are dead letters now; until it delivers something, what it "
                + "refuses there is one too\n"
                + "undo: they lie in the dead letter topic as they were; produce them again from there")
    }

    // MARK: - What a command is about

    private func target(
        _ parameters: [String: String]
    ) throws(Wrong) -> (hold: Hold, what: String, option: String) {
        switch (parameters["shard"], parameters["sink"]) {
        case (let text?, nil):
            let shard = try shard(text)
            return (Hold(shard: shard), "shard \(shard)", "--shard \(shard)")
        case (nil, let text?):
            let sink = try sink(text)
            let name = view.facts.sinks[sink].name
            return (Hold(sink: sink), "sink \(name)", "--sink \(name)")
        default: throw Wrong(answer: .wrong("one of shard and sink is needed"))
        }
    }

    private func shard(_ text: String) throws(Wrong) -> ShardID {
        let owned = view.refresh()?.shards.map(\.shard) ?? []
        if let shard = owned.first(where: { "\($0)" == text }) { return shard }
        let have = owned.isEmpty ? "it has none" : "it has \(ShardRanges.text(owned))"
        throw Wrong(answer: .refused("this worker does not have the shard \(text): \(have); nothing was changed"))
    }

    private func sink(_ text: String) throws(Wrong) -> Int {
        let names = view.facts.sinks.map(\.name)
        if let index = names.firstIndex(of: text) { return index }
        throw Wrong(
            answer: .refused(
                "the pipeline has no sink \(text): it has \(names.joined(separator: ", ")); nothing was changed"))
    }

    private func count(_ shards: Int) -> String { shards == 1 ? "1 shard" : "\(shards) shards" }
}
