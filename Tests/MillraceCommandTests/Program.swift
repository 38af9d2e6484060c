import Glibc
import Platform

/// The built program as a process of its own, beside the binary of these tests.
final class Program {
    /// How a process ended, and what it wrote.
    struct Ended {
        let code: Int32
        let output: String
        let error: String
    }

    struct Failed: Error {
        let what: String
    }

    private let folder: TemporaryFolder
    private let process: pid_t

    /// Starts `line` in a shell, in a folder that holds what `prepare` puts there, where `millrace` is the built program.
    init(shell line: String, in prepare: (String) throws -> Void = { _ in }) throws {
        folder = try TemporaryFolder()
        try prepare(folder.path)
        let binary = try Self.folderOfTests() + "/millrace"
        guard FileSystem.exists(binary) else { throw Failed(what: "there is no \(binary)") }
        // `exec` where it can be: then the process is the program itself, and signals reach it.
        let script =
            "cd '\(folder.path)' && millrace() { '\(binary)' \"$@\"; } && { \(line); } >'\(folder("out"))' 2>'\(folder("err"))'"
        let words = ["/bin/sh", "-c", script.replacing("exec millrace", with: "exec '\(binary)'")]
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        // The threads of tests may have signals blocked, and a process inherits that.
        var attributes = posix_spawnattr_t()
        var signals = sigset_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let code = unsafe posix_spawn(&process, "/bin/sh", nil, &attributes, &pointers, environ)
        guard code == 0 else { throw Failed(what: "posix_spawn: \(code)") }
        self.process = process
    }

    /// What it wrote to standard output so far.
    var output: String {
        (try? FileSystem.contents(of: folder("out"))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Waits until standard output holds `text`; false when it does not in time.
    func waitForOutput(_ text: String) throws -> Bool {
        let deadline = patience()
        var pause = Poller([])
        while !output.contains(text) {
            if MonotonicClock.now() > deadline { return false }
            try pause.wait(timeout: 5_000_000)
        }
        return true
    }

    /// Sends it a signal.
    func send(_ signal: Signal) { kill(process, signal.number) }

    /// What the open descriptor of this number is.
    func opened(_ descriptor: Int) throws -> String {
        var bytes = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/\(process)/fd/\(descriptor)", &bytes, bytes.count)
        guard count > 0 else { throw Failed(what: "readlink: \(errno)") }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Waits for its end.
    func end() throws -> Ended {
        var status: Int32 = 0
        guard unsafe waitpid(process, &status, 0) == process else { throw Failed(what: "waitpid: \(errno)") }
        let error = String(decoding: try FileSystem.contents(of: folder("err")), as: UTF8.self)
        let signal = status & 0x7f
        return Ended(code: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: output, error: error)
    }

    /// The folder that holds the binary of these tests, and what was built beside it.
    static func folderOfTests() throws -> String {
        var bytes = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
        guard count > 0 else { throw Failed(what: "readlink: \(errno)") }
        return FileSystem.folder(of: String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
