import Platform

/// A stream that whole lines go to, from several sinks in turn. Thread safe.
final class LineOutput: Sendable {
    /// Standard output: every sink of the process that writes there shares it.
    static let standard = LineOutput(.output)

    private let stream: StandardStream
    /// Whether the last line that was begun has no end, because a write failed in the middle of it.
    private let isTorn = Locked(false)

    init(_ stream: StandardStream) { self.stream = stream }

    /// How far a write came.
    struct Progress: Sendable {
        /// The bytes that were written.
        var count = 0
        /// Why not all of them were.
        var error: SystemError?
    }

    /// Writes all of `lines`, which end with a line feed. Blocks as long as the reader does.
    ///
    /// After a line that was cut by an error the next one begins on a line of its own.
    func write(_ lines: ByteBuffer) -> Progress {
        isTorn.withLock { isTorn in
            var progress = Progress()
            do throws(SystemError) {
                if isTorn { try stream.write([UInt8(ascii: "\n")].span) }
                isTorn = false
                while progress.count < lines.count {
                    let rest = lines.bytes.extracting(progress.count..<lines.count)
                    progress.count += try stream.writeSome(rest)
                }
            } catch {
                progress.error = error
                if progress.count > 0 { isTorn = !lines.endsLine(at: progress.count) }
            }
            return progress
        }
    }
}

extension ByteBuffer {
    /// Whether the byte before `count` is a line feed.
    fileprivate func endsLine(at count: Int) -> Bool {
        bytes.extracting((count - 1)..<count).firstIndex(of: UInt8(ascii: "\n")) != nil
    }
}
