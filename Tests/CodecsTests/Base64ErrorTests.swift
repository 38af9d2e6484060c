import Codecs
import Testing

/// What is said of bad input: the first fault, its place, and the same by every kernel.
@Suite struct Base64ErrorTests {
    @Test(arguments: [
        ("aGVs bG8=", "byte 4: ' ' is not base64"),
        ("aGVsbG8=\n", "byte 7: '=' is not at the end"),
        ("aGVs\nbG8=", "byte 4: 0x0a is not base64"),
        ("aGVs\u{7f}G8=", "byte 4: 0x7f is not base64"),
        ("aGVs-G8=", "byte 4: '-' is not base64 (it is base64url)"),
        ("aGVsb", "length 5 is not a multiple of 4"),
        ("a", "length 1 is not a multiple of 4"),
        ("aGVsbG8", "padding is missing"),
        ("aGVsbA", "padding is missing"),
        ("aGVsbA=", "padding is missing"),
        ("aGVsbG9=", "byte 6: trailing bits are not zero"),
        ("aGVsbB==", "byte 5: trailing bits are not zero"),
        ("=", "byte 0: '=' is not at the end"),
        ("====", "byte 0: '=' is not at the end"),
        ("Y===", "byte 1: '=' is not at the end"),
        ("YWI==", "byte 4: '=' is not at the end"),
        ("YWJj====", "byte 4: '=' is not at the end"),
        ("YQ==YQ==", "byte 2: '=' is not at the end"),
        ("YQ=x", "byte 2: '=' is not at the end"),
        ("é", "byte 0: 0xc3 is not base64"),
    ])
    func standard(_ text: String, _ message: String) {
        expect(text, .standard, message)
    }

    @Test(arguments: [
        ("aGVs bG8", "byte 4: ' ' is not base64url"),
        ("aGVs+G8=", "byte 4: '+' is not base64url (it is base64)"),
        ("aGVsb", "length 5 leaves one symbol over"),
        ("aGVsbA=", "padding is missing"),
        ("aGVsbG9", "byte 6: trailing bits are not zero"),
        ("aGVsbB", "byte 5: trailing bits are not zero"),
    ])
    func url(_ text: String, _ message: String) {
        expect(text, .url, message)
    }

    private func expect(_ text: String, _ alphabet: Base64.Alphabet, _ message: String) {
        for kernel in kernels {
            #expect(decode(Array(text.utf8), alphabet, kernel).fault?.description == message)
        }
    }

    /// A foreign byte is found where it stands, in whatever step of a kernel.
    @Test(arguments: Base64.Alphabet.allCases)
    func placeOfAForeignByte(_ alphabet: Base64.Alphabet) {
        let good = Reference(alphabet: alphabet).encode((0..<150).map { UInt8($0) })
        for place in good.indices {
            var text = good
            text[place] = UInt8(ascii: "!")
            let expected = Answer.fault(Base64Error(.foreignByte(0x21), at: place, alphabet: alphabet))
            for kernel in kernels { #expect(decode(text, alphabet, kernel) == expected) }
        }
    }
}
