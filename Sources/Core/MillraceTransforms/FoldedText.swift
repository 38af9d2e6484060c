import JSON

/// Texts that are compared without regard to case, the way EventBridge does it: letter by letter, and a letter of the
/// pattern is met by its small form or by its capital one, as Unicode maps a letter that stands alone.
///
/// So `ß` of a pattern is met by `ß` and by `SS`, but `ss` of a pattern not by `ß`; a final sigma of a record is not a
/// sigma of the pattern; accents and composed forms count. The capital form may have more letters or bytes than the small
/// one. Two things that EventBridge gets wrong are right here: a letter always meets itself (it leaves out title case, as
/// `ǅ`), and letters beyond the first 65,536 characters are compared like the others (it takes them for `??`).
///
/// A text is compiled to bytes. The first says how to read the others. `plain`: all of it is ASCII, in small letters.
/// `letters`: for each letter the number of its forms, and for each form its size and its bytes.
enum FoldedText {
    private static let plain: UInt8 = 0
    private static let letters: UInt8 = 1

    /// Compiles `text`; `backwards` where the ends of texts are compared with it.
    static func compile(_ text: String, backwards: Bool) -> [UInt8] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return [plain] + text.utf8.map(small) }
        let scalars = Array(text.unicodeScalars)
        var code = [letters]
        for scalar in backwards ? scalars.reversed() : scalars {
            let forms = forms(of: scalar)
            code.append(UInt8(forms.count))
            for form in forms { code += [UInt8(form.count)] + form }
        }
        return code
    }

    /// What meets a letter of a pattern, as UTF-8. No form begins or ends another one of the same letter.
    static func forms(of scalar: Unicode.Scalar) -> [[UInt8]] {
        let properties = scalar.properties
        var forms = [Array(String(scalar).utf8)]
        for form in [Array(properties.lowercaseMapping.utf8), Array(properties.uppercaseMapping.utf8)]
        where !forms.contains(form) {
            forms.append(form)
        }
        return forms
    }

    /// Whether `text` is the compiled text.
    static func equals(_ text: RawSpan, _ code: Span<UInt8>) -> Bool {
        let text = JSONText.bytes(of: text)
        if code[0] == plain { return text.count == code.count - 1 && isPlain(text, code) }
        return count(text, code, backwards: false) == text.count
    }

    /// Whether `text` begins with the compiled text.
    static func begins(_ text: RawSpan, with code: Span<UInt8>) -> Bool {
        let text = JSONText.bytes(of: text)
        return code[0] == plain ? isPlain(text, code) : count(text, code, backwards: false) != nil
    }

    /// Whether `text` ends with the text that was compiled backwards.
    static func ends(_ text: RawSpan, with code: Span<UInt8>) -> Bool {
        let text = JSONText.bytes(of: text)
        if code[0] == plain { return isPlain(text.extracting(last: code.count - 1), code) }
        return count(text, code, backwards: true) != nil
    }

    /// Whether `text` begins with the small letters of `code`, or their capitals.
    private static func isPlain(_ text: Span<UInt8>, _ code: Span<UInt8>) -> Bool {
        if text.count < code.count - 1 { return false }
        for index in 1..<code.count where small(text[index - 1]) != code[index] { return false }
        return true
    }

    /// How many bytes at the start or at the end of `text` all letters of `code` take; nil where one is not there.
    private static func count(_ text: Span<UInt8>, _ code: Span<UInt8>, backwards: Bool) -> Int? {
        var (at, done) = (1, 0)
        while at < code.count {
            let forms = code[at]
            at += 1
            var found: Int?
            for _ in 0..<forms {
                let form = code.extracting(at + 1..<at + 1 + Int(code[at]))
                at += 1 + form.count
                if found == nil, form.count <= text.count - done {
                    let start = backwards ? text.count - done - form.count : done
                    if isSame(text.extracting(start..<start + form.count), form) { found = form.count }
                }
            }
            guard let found else { return nil }
            done += found
        }
        return done
    }

    private static func isSame(_ text: Span<UInt8>, _ form: Span<UInt8>) -> Bool {
        for index in form.indices where text[index] != form[index] { return false }
        return true
    }

    private static func small(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
