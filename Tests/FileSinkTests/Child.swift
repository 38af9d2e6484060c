import Glibc
import Platform
import Testing

/// Another process, which is talked to over its standard input and output.
final class Child {
    private let process: pid_t
    private let toChild: Int32
    private let fromChild: Int32

    init(_ arguments: [String]) throws {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        let made = unsafe pipe(&input) == 0 && pipe(&output) == 0
        try #require(made)
        // The child gets its two ends as 0 and 1, and none of the others.
        for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var process: pid_t = 0
        let code = unsafe arguments[0].withCString { path in
            unsafe posix_spawn(&process, path, &actions, nil, &words, environ)
        }
        for index in unsafe words.indices { unsafe free(words[index]) }
        unsafe posix_spawn_file_actions_destroy(&actions)
        close(input[0])
        close(output[1])
        self.process = process
        toChild = input[1]
        fromChild = output[0]
        try #require(code == 0, "cannot start \(arguments)")
    }

    /// Sends `text` to a child that copies its input to its output, and waits for it to come back.
    func echo(_ text: String) -> String? {
        StandardStream(descriptor: toChild).write(text)
        let got = try? StandardStream(descriptor: fromChild).read(upTo: text.utf8.count)
        return got.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Closes its input and waits until it has ended.
    func end() {
        close(toChild)
        close(fromChild)
        _ = waitpid(process, nil, 0)
    }
}
