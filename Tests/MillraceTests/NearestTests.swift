import Testing

@testable import Millrace

@Suite struct NearestTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "ab", 2), ("abc", "abc", 0), ("topcis", "topics", 1), ("kafak", "kafka", 1),
        ("kitten", "sitting", 3), ("ca", "abc", 3), ("records", "record", 1), ("ab", "ba", 1), ("abcd", "badc", 2),
    ])
    func `distances`(left: String, right: String, distance: Int) {
        #expect(Nearest.distance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == distance)
        #expect(Nearest.distance(Array(right.unicodeScalars), Array(left.unicodeScalars)) == distance)
    }

    @Test(
        arguments: [
            ("topcis", "topics"), ("Topics", "topics"), ("max-lag", "max_lag"), ("maxlag", "max_lag"),
            ("attempts", "max_attempts"),
            ("colour", nil), ("x", nil), ("", nil), ("nothing", nil), ("tls", "tls"),
        ] as [(String, String?)])
    func `the word that was meant`(word: String, meant: String?) {
        #expect(Nearest.match(word, in: ["topics", "max_lag", "max_attempts", "tls", "batch"]) == meant)
    }
}
