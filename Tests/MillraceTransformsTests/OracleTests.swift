import Glibc
import Millrace
import MillraceTransforms
import Testing

/// The filter beside AWS's event-ruler, the library that EventBridge itself is built on.
///
/// Where Millrace differs on purpose, these cases do not go:
/// - a member whose own name has a dot (event-ruler finds it by a nested pattern);
/// - several members with one name (here the first counts);
/// - patterns that are refused here because they were hardly meant: `numeric` and `anything-but` as names of fields, a field
///   asked for twice, a `$or` that is none for want of branches;
/// - `exists: false` beside other fields below an array: event-ruler then looks at the whole record or at the element that
///   the others matched in, depending on which name comes first in the alphabet; here it is always the whole record;
/// - addresses of IPv4 beside networks of IPv6 and the reverse: event-ruler compares the digits that the shorter one has;
/// - `wildcard` together with `equals-ignore-case` of one field: event-ruler mixes up their letters (`*x` beside `é` lets it
///   match `y`);
/// - one field in several branches of `$or`: where one list has all that another one has, event-ruler forgets the rest of it.
@Suite struct OracleTests {
    @Test(.enabled(if: PatternOracle.isThere, "skipped: no tools (set MILLRACE_TOOLS_HOME, and install Java)"))
    func randomPatternsAndEvents() throws {
        try compare(12_000, atLeast: 300) {
            (RandomPattern.make(&$0, isComparable: true), RandomPattern.event(&$0))
        }
    }

    /// Patterns with `$or`, and which element of an array has what.
    @Test(.enabled(if: PatternOracle.isThere, "skipped: no tools (set MILLRACE_TOOLS_HOME, and install Java)"))
    func randomChoices() throws {
        try compare(6_000, atLeast: 300, mayBeInvalid: false) {
            (RandomPattern.treeForArrays(&$0, isComparable: true).text, RandomPattern.arrays(&$0))
        }
    }

    /// Texts that are, or nearly are, IP addresses, beside networks and addresses. The numbers are such that the digits of
    /// an address never begin those of a network of the other version.
    @Test(.enabled(if: PatternOracle.isThere, "skipped: no tools (set MILLRACE_TOOLS_HOME, and install Java)"))
    func randomAddresses() throws {
        try compare(6_000, atLeast: 50) { (RandomAddress.pattern(&$0), RandomAddress.event(&$0)) }
    }

    private func compare(
        _ count: Int, atLeast least: Int, mayBeInvalid: Bool = true,
        _ make: (inout SplitMix64) -> (pattern: String, event: String)
    ) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let cases = (0..<count).map { _ in make(&random) }
        let answers = try PatternOracle.ask(cases)
        try #require(answers.count == cases.count, "the oracle stopped early, seed \(seed)")
        var counts = ["true": 0, "false": 0].merging(mayBeInvalid ? ["invalid": 0] : [:]) { $1 }
        for ((pattern, event), answer) in zip(cases, answers) {
            let ours = Self.ours(pattern, event)
            counts[ours, default: 0] += 1
            let theirs = answer.hasPrefix("invalid") ? "invalid" : answer
            #expect(ours == theirs, "\(pattern) over \(event): \(answer), seed \(seed)")
        }
        for (kind, count) in counts { #expect(count > least, "\(kind) only \(count) times, seed \(seed)") }
        #expect(counts.count == (mayBeInvalid ? 3 : 2), "\(counts), seed \(seed)")
    }

    /// Every letter of the first 65,536 that has another case, beside each of its forms.
    @Test(.enabled(if: PatternOracle.isThere, "skipped: no tools (set MILLRACE_TOOLS_HOME, and install Java)"))
    func lettersWithoutCase() throws {
        var cases: [(pattern: String, event: String)] = []
        for scalar in (0..<0x1_0000).compactMap({ Unicode.Scalar(UInt32($0)) }) {
            let properties = scalar.properties
            // The library leaves out that a letter in title case meets itself.
            if properties.generalCategory == .titlecaseLetter { continue }
            let forms = Set([properties.lowercaseMapping, properties.uppercaseMapping, String(scalar)])
            if forms.count == 1 || !forms.allSatisfy(isOldEnough) { continue }
            let folded = "{\"equals-ignore-case\": \"x\(scalar)X\"}"
            let suffix = "{\"suffix\": {\"equals-ignore-case\": \"x\(scalar)X\"}}"
            for form in forms {
                cases.append(("{\"a\": [\(folded)]}", "{\"a\":\"X\(form)x\"}"))
                cases.append(("{\"a\": [\(suffix)]}", "{\"a\":\"yX\(form)x\"}"))
            }
        }
        #expect(cases.count > 8_000)
        let answers = try PatternOracle.ask(cases)
        try #require(answers.count == cases.count, "the oracle stopped early")
        for ((pattern, event), answer) in zip(cases, answers) {
            #expect(Self.ours(pattern, event) == answer, "\(pattern) over \(event)")
        }
    }

    /// Whether Java 17 knows all letters of `text`.
    private func isOldEnough(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.age.map { $0.major <= 13 } ?? false }
    }

    private static func ours(_ pattern: String, _ event: String) -> String {
        do throws(ConfigIssues) {
            let transform = try FilterKind().make(Flow.parse(pattern))
            switch run(transform, event) {
            case .passed: return "true"
            case .filtered: return "false"
            case let other: return other.description
            }
        } catch { return "invalid" }
    }
}

/// event-ruler behind a program that answers a line of JSON by a line.
enum PatternOracle {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let isThere: Bool = {
        guard let tool else { return false }
        return unsafe access(tool, X_OK) == 0 && system("command -v java > /dev/null") == 0
    }()

    private static let tool: String? = unsafe getenv("MILLRACE_TOOLS_HOME").map { unsafe String(cString: $0) + "/tool" }

    /// What it says of each pattern and event: `true`, `false` or `invalid` and why.
    static func ask(_ cases: [(pattern: String, event: String)]) throws -> [String] {
        let blank = String(repeating: "X", count: 6)
        var template = Array("/tmp/millrace-oracle-\(blank)".utf8CString)
        let file = unsafe mkstemp(&template)
        guard file >= 0, let tool else { throw Failure(description: "no temporary file") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unsafe unlink(path) }
        var text = ""
        for (pattern, event) in cases { text += "{\"pattern\":\(pattern),\"event_text\":\(quoted(event))}\n" }
        try write(Array(text.utf8), to: file)
        close(file)
        guard let stream = unsafe popen("'\(tool)' pattern-oracle < '\(path)'", "re") else {
            throw Failure(description: "cannot run \(tool)")
        }
        var bytes: [UInt8] = []
        while case let byte = unsafe getc(stream), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        guard unsafe pclose(stream) == 0 else { throw Failure(description: "the oracle failed") }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws {
        var done = 0
        while done < bytes.count {
            let written = unsafe bytes[done...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if written <= 0 { throw Failure(description: "cannot write the temporary file") }
            done += written
        }
    }

    /// Letter by letter, as a mark that joins a quote makes one character with it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\"".unicodeScalars
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar == "\"" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
