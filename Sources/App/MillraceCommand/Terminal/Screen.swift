import Platform

/// Repaints a list of lines in place. It only knows what stands on the screen and makes the text that changes it: lines
/// that are as they were are not written again, so nothing flickers.
struct Screen: Sendable {
    private let hasColour: Bool
    private var shown: [String] = []
    private var size: Terminal.Size?

    /// A screen of which nothing is known, with or without colours.
    init(hasColour: Bool) { self.hasColour = hasColour }

    /// What to write so that exactly `lines` stand on a terminal of `size`: each cut to its width, those that do not fit
    /// left out from the bottom. Empty when all is as it was. A new size paints everything anew.
    mutating func paint(_ lines: [StyledText], size: Terminal.Size) -> String {
        var text = ""
        if size != self.size {
            text += "\u{1B}[2J"
            shown = []
            self.size = size
        }
        let wanted = lines.prefix(size.rows).map { $0.cut(to: size.columns).rendered(hasColour: hasColour) }
        for row in 0..<max(wanted.count, shown.count) {
            let line = row < wanted.count ? wanted[row] : ""
            guard row >= shown.count || shown[row] != line else { continue }
            // Cleared before it is written: behind a line as wide as the terminal there is nothing to clear.
            text += "\u{1B}[\(row + 1);1H\u{1B}[2K" + line
        }
        shown = wanted
        return text
    }
}
