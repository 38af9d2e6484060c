import Glibc
import Platform
import Testing

@Suite struct BytesTests {
    @Test func `a buffer holds what was put in, in order, and no more than it has room for`() throws {
        let buffer = ByteBuffer(capacity: 6)
        #expect(buffer.count == 0 && buffer.bytes.isEmpty)
        buffer.append(unsafe Array("abc".utf8).span.bytes)
        buffer.append(RawSpan())
        buffer.append(UInt8(ascii: "\n"))
        #expect(buffer.count == 4 && buffer.capacity == 6)
        #expect(text(unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) }) == "abc\n")
    }

    @Test(arguments: [0, 1, 15, 16, 31, 32, 63, 64, 100])
    func `a byte is found wherever it stands`(length: Int) {
        var bytes = [UInt8](repeating: 7, count: length)
        #expect(unsafe bytes.span.bytes.firstIndex(of: 10) == nil)
        for place in bytes.indices.reversed() {
            bytes[place] = 10
            #expect(unsafe bytes.span.bytes.firstIndex(of: 10) == place)
        }
        #expect(RawSpan().firstIndex(of: 10) == nil)
    }

    @Test func `a write at a place changes that place alone`() throws {
        let folder = try TemporaryFolder()
        let file = try File(folder.path + "/a", [.reading, .writing, .creating])
        try file.write("0123456789")
        try file.write(Array("xy".utf8).span, at: 3)
        try file.write("end")
        #expect(text(try file.read(at: 0, count: 100)) == "012xy56789end")
        try file.write(Array("!".utf8).span, at: 14)
        #expect(try file.size() == 15)
        let full = try File("/dev/full", .writing)
        #expect(throws: SystemError.self) { try full.write([1].span, at: 0) }
    }

    @Test func `a partial write says how far it came`() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let stream = StandardStream(descriptor: writing)
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let written = try stream.writeSome(unsafe [UInt8](repeating: 1, count: 1 << 20).span.bytes)
        #expect(written > 0 && written < 1 << 20)
        close(reading)
        let error = #expect(throws: SystemError.self) { try stream.writeSome(unsafe [1].span.bytes) }
        #expect(error?.isBrokenPipe == true)
        close(writing)
    }
}
