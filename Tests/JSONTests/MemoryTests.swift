import Glibc
import JSON
import Testing

/// What the reader touches: nothing outside of the text, and no more memory than it needs.
@Suite struct MemoryTests {
    /// Texts that end where readable memory ends, and begin where it begins.
    @Test func nothingIsReadOutside() throws {
        let size = Int(sysconf(Int32(_SC_PAGESIZE)))
        let pages = unsafe try #require(
            mmap(nil, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { unsafe munmap(pages, 3 * size) }
        let page = unsafe UnsafeMutableRawBufferPointer(start: pages + size, count: size)
        try unsafe #require(mprotect(pages + size, size, PROT_READ | PROT_WRITE) == 0)
        let (fields, slots) = fieldsFor(["a", "b.c", "d", "name"])
        for filler in 0...200 {
            for tail in [
                #""d":1}"#, #""d":"x"}"#, #""b":{"c":12}}"#, #""d":tr"#, #""d":""#, #""d"#, #""nam":1}"#, "[{",
            ] {
                let text = Array((#"{"a":""# + String(repeating: ".", count: filler) + "\"," + tail).utf8)
                for offset in [size - text.count, 0] {
                    let place = unsafe UnsafeMutableRawBufferPointer(rebasing: page[offset..<offset + text.count])
                    unsafe place.copyBytes(from: text)
                    let expected = Self.result(unsafe text.span.bytes, fields, slots)
                    unsafe #expect(
                        Self.result(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(place)), fields, slots) == expected)
                }
            }
        }
    }

    private static func result(_ text: RawSpan, _ fields: JSONFields, _ slots: [JSONSlot]) -> String {
        do throws(JSONError) {
            return try JSONReader.withThreadReader { (reader: inout JSONReader) throws(JSONError) in
                try reader.read(text, fields) { (document) throws(JSONError) in
                    var all = ""
                    for slot in slots { all += string(document.raw(try document.value(slot))) + ";" }
                    return all
                }
            }
        } catch {
            return error.description
        }
    }

    @Test func largeTexts() throws {
        for size in [1 << 14, (1 << 14) + 1, 1 << 20, 3 << 20, 100, 5 << 20] {
            let text = #"{"a":1,"x":""# + String(repeating: "y", count: size) + #"","b":{"c":[2]}}"#
            #expect(try values(text, ["a", "b.c"]) == ["1", "[2]"])
            let tokens = #"{"a":["# + Array(repeating: "1", count: size / 2).joined(separator: ",") + #"],"b":2}"#
            #expect(try values(tokens, ["b"]) == ["2"])
        }
    }
}
