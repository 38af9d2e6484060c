import Glibc
import Platform
import Testing

@Suite struct FileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `what is written is read, from any place`() throws {
        let file = try File(folder.path + "/a", [.reading, .writing, .creating])
        try file.write("hello ")
        try file.write([UInt8]("world\n".utf8).span)
        #expect(try file.size() == 12)
        #expect(text(try file.read(at: 0, count: 100)) == "hello world\n")
        #expect(text(try file.read(at: 6, count: 5)) == "world")
        #expect(try file.read(at: 12, count: 5).isEmpty)
        #expect(try file.read(at: 0, count: 0).isEmpty)
        try file.sync()
        try file.sync(dataOnly: false)
        try FileSystem.sync(folder: folder.path)
    }

    @Test func `many bytes go through a pipe that takes a few at a time`() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        // Neither side blocks, so that the writer has to wait for room.
        _ = fcntl(writing, F_SETFL, O_NONBLOCK)
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let got = Locked<[UInt8]>([])
        let reader = try Thread(name: "read") {
            let all = try? FileSystem.contents(of: "/proc/self/fd/\(reading)")
            got.withLock { $0 = all ?? [] }
        }
        try StandardStream(descriptor: writing).write(bytes.span)
        close(writing)
        reader.join()
        #expect(got.withLock { $0 == bytes })
        close(reading)
    }

    @Test func `appending goes to the end, truncating empties, exclusive refuses`() throws {
        let path = folder.path + "/a"
        try File(path, [.writing, .creating]).write("one")
        try File(path, .appending).write("two")
        #expect(text(try FileSystem.contents(of: path)) == "onetwo")
        let refused = #expect(throws: SystemError.self) { try File(path, [.writing, .creating, .exclusive]) }
        #expect(refused?.isExisting == true)
        #expect(refused?.description == "cannot open \(path): File exists")
        let file = try File(path, [.writing, .truncating])
        #expect(try file.size() == 0)
    }

    @Test func `truncate takes back`() throws {
        let file = try File(folder.path + "/a", [.reading, .appending, .creating])
        try file.write("good\ntorn")
        try file.truncate(to: 5)
        try file.write("next\n")
        #expect(text(try file.read(at: 0, count: 100)) == "good\nnext\n")
    }

    @Test func `a lock keeps a second open file out until it is given back or closed`() throws {
        let path = folder.path + "/lock"
        let first = try File(path, [.writing, .creating])
        let second = try File(path, [.writing, .creating])
        #expect(try first.tryLock())
        #expect(try first.tryLock())
        #expect(try !second.tryLock())
        try first.unlock()
        #expect(try second.tryLock())
        #expect(try !first.tryLock())
        try second.close()
        #expect(try first.tryLock())
    }

    @Test func `a closed file is closed once and then refuses`() throws {
        let file = try File(folder.path + "/a", [.writing, .creating])
        try file.close()
        try file.close()
        #expect(file.descriptor == -1)
        let error = #expect(throws: SystemError.self) { try file.write("x") }
        #expect(error?.reason == "Bad file descriptor")
    }

    @Test func `a full disk says so`() throws {
        let file = try File("/dev/full", .writing)
        let error = #expect(throws: SystemError.self) { try file.write("x") }
        #expect(error?.isFull == true)
        #expect(error?.description == "cannot write /dev/full: No space left on device")
    }

    @Test func `files are listed, renamed and removed`() throws {
        for name in ["b", "a", "ü"] { _ = try File(folder.path + "/" + name, [.writing, .creating]) }
        #expect(try FileSystem.list(folder.path) == ["a", "b", "ü"])
        try FileSystem.rename(folder.path + "/a", to: folder.path + "/c", replacing: false)
        let taken = #expect(throws: SystemError.self) {
            try FileSystem.rename(folder.path + "/b", to: folder.path + "/c", replacing: false)
        }
        #expect(taken?.isExisting == true)
        try FileSystem.rename(folder.path + "/b", to: folder.path + "/c")
        #expect(try FileSystem.list(folder.path) == ["c", "ü"])
        try FileSystem.remove(folder.path + "/c")
        let missing = #expect(throws: SystemError.self) { try FileSystem.remove(folder.path + "/c") }
        #expect(missing?.isMissing == true)
        #expect(throws: SystemError.self) { try FileSystem.list(folder.path + "/none") }
    }

    @Test func `folders are made with those above them`() throws {
        let path = folder.path + "/x/y/z"
        try FileSystem.makeFolders(path)
        try FileSystem.makeFolders(path + "/")
        #expect(try FileSystem.kind(path) == .folder)
        _ = try File(path + "/f", [.writing, .creating])
        #expect(try FileSystem.kind(path + "/f") == .file)
        #expect(throws: SystemError.self) { try FileSystem.makeFolders(path + "/f") }
        #expect(throws: SystemError.self) { try FileSystem.makeFolders(path + "/f/g") }
        #expect(try FileSystem.kind(path + "/f/g") == .missing)
        #expect(try FileSystem.kind("/dev/null") == .other)
        #expect(FileSystem.exists(path) && !FileSystem.exists(path + "/none"))
    }

    @Test(arguments: [("a", "."), ("a/b", "a"), ("/a", "/"), ("/", "/"), ("a/b/", "a"), ("/a/b", "/a"), ("./a", ".")])
    func `the folder of a path`(path: String, expected: String) {
        #expect(FileSystem.folder(of: path) == expected)
    }

    @Test func `a file that is too large is not read`() throws {
        let error = #expect(throws: SystemError.self) { try FileSystem.contents(of: "/dev/zero", limit: 100_000) }
        #expect(error?.code == EFBIG)
        #expect(try FileSystem.freeBytes(at: folder.path) > 0)
    }
}
