/// How far a long piece of work is, in one line. Pure: what it shows is handed in.
///
/// ```
/// replay orders  [#############-----------------] 44%  11.6M/26.3M  412k/s  eta 0:36  dead 1
/// ```
struct ProgressBar: Sendable {
    /// What is being done.
    var title: String
    /// How much is done.
    var done: Int
    /// How much there is; nil where nobody knows.
    var total: Int?
    /// How much is done a second just now; nil where that is not known yet.
    var rate: Double?
    /// What else there is to say.
    var note: String

    private static let widest = 30
    private static let narrowest = 8

    /// The line for a terminal of `width` columns: the bar shrinks first, then it goes, then the line is cut.
    func line(width: Int) -> String {
        let around = [title, "", figures].filter { !$0.isEmpty }.joined(separator: "  ")
        let room = width - around.count - 4
        guard let share, room >= ProgressBar.narrowest else { return String(text.prefix(width)) }
        let cells = min(ProgressBar.widest, room)
        let full = Int(share * Double(cells))
        let bar = String(repeating: "#", count: full) + String(repeating: "-", count: cells - full)
        return (title.isEmpty ? "" : title + "  ") + "[\(bar)] " + figures
    }

    /// The line without a bar, for logs and files.
    var text: String { [title, figures].filter { !$0.isEmpty }.joined(separator: "  ") }

    /// From 0 to 1; nil where there is no total.
    private var share: Double? {
        guard let total else { return nil }
        return total <= 0 ? 1 : min(1, max(0, Double(done) / Double(total)))
    }

    private var figures: String {
        var parts: [String] = []
        // 100 % only when it is so.
        if let share { parts.append("\(Int(share * 100))%") }
        parts.append(total.map { "\(Figures.short(done))/\(Figures.short($0))" } ?? Figures.short(done))
        if let rate { parts.append("\(Figures.short(Int(rate.rounded())))/s") }
        if let seconds = secondsLeft { parts.append("eta \(Figures.clock(seconds: seconds))") }
        if !note.isEmpty { parts.append(note) }
        return parts.joined(separator: "  ")
    }

    private var secondsLeft: Int64? {
        guard let total, let rate, rate > 0, done < total else { return nil }
        let seconds = (Double(total - done) / rate).rounded(.up)
        // A rate near nothing would promise centuries.
        return seconds < 360_000 ? Int64(seconds) : nil
    }
}
