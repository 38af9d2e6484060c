import Glibc
import Platform
import Testing

@Suite struct ProcessTests {
    @Test func `the process knows its size, cores and times`() throws {
        let size = try #require(Process.residentBytes())
        #expect(size > 1 << 20)
        #expect(Process.usableCores >= 1)
        let times = Process.times()
        #expect(times.peakResidentBytes >= 1 << 20)
        #expect(times.user + times.system > 0)
        #expect(Process.identifier == getpid())
        #expect(try #require(Process.openDescriptors()) >= 3)
    }

    @Test func `open descriptors are counted`() throws {
        let before = try #require(Process.openDescriptors())
        // Many more than other suites of the process close meanwhile.
        let files = try (0..<300).map { _ in try File("/dev/null", [.reading]) }
        let after = try #require(Process.openDescriptors())
        #expect(after - before > 200)
        #expect(files.count == 300)
    }

    @Test func `the limit of descriptors is raised as far as it may be`() throws {
        var limit = rlimit()
        try #require(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        let most = min(limit.rlim_max, 1 << 20)
        // One less than it may be, so that no other suite runs out of them.
        limit.rlim_cur = most - 1
        try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(Process.descriptorLimit == Int(most) - 1)
        Process.raiseDescriptorLimit()
        #expect(Process.descriptorLimit == Int(most))
    }

    @Test func `the process has a user`() {
        #expect(!Process.userName.isEmpty)
        #expect(geteuid() != 0 || Process.userName == "root")
    }

    @Test func `memory that is touched shows`() throws {
        let before = try #require(Process.residentBytes())
        // Much more than asked for below, as other suites of the process give memory back meanwhile.
        let bytes = [UInt8](repeating: 1, count: 256 << 20)
        let after = try #require(Process.residentBytes())
        #expect(after - before > 48 << 20)
        #expect(bytes[bytes.count - 1] == 1)
    }

    @Test func `variables of the environment`() {
        #expect(Environment.value("PATH")?.isEmpty == false)
        #expect(Environment.value("MILLRACE_NOT_SET_ANYWHERE") == nil)
        #expect(!Host.name.isEmpty)
    }

    @Test func `a file is no terminal`() throws {
        let file = try File("/dev/null", .writing)
        let stream = StandardStream(descriptor: file.descriptor)
        #expect(!Terminal.isTerminal(stream))
        #expect(Terminal.size(stream) == nil)
    }

    @Test func `a terminal has a size`() throws {
        let controller = try File("/dev/ptmx", [.reading, .writing])
        let stream = StandardStream(descriptor: controller.descriptor)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        try #require(unsafe ioctl(controller.descriptor, UInt(TIOCSWINSZ), &size) == 0)
        #expect(Terminal.isTerminal(stream))
        #expect(Terminal.size(stream) == Terminal.Size(columns: 80, rows: 24))
    }

    @Test func `random numbers are those of the published sequence`() {
        // The first outputs for seed 1234567, as the authors' reference program prints them.
        var random = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.allSatisfy { random.next() == $0 })
        let doubles = (0..<10_000).map { _ in random.nextDouble() }
        #expect(doubles.allSatisfy { (0..<1).contains($0) })
        #expect((4800...5200).contains(doubles.count { $0 < 0.5 }))
        var first = SplitMix64.seededBySystem()
        var second = SplitMix64.seededBySystem()
        #expect(first.next() != second.next())
    }
}
