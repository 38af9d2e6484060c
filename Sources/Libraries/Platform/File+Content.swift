import CPlatform
import Glibc

extension File {
    /// Writes all of `bytes` at the file's position (at its end, when it was opened for appending).
    ///
    /// When it throws, some of the bytes may have been written: ``size()`` tells, ``truncate(to:)`` takes them back.
    public func write(_ bytes: RawSpan) throws(SystemError) {
        try Descriptor.write(bytes, to: descriptor, path)
    }

    /// Writes all of `bytes`; see ``write(_:)-(RawSpan)``.
    public func write(_ bytes: Span<UInt8>) throws(SystemError) {
        // Bytes have no padding whose content would be undefined.
        try unsafe write(bytes.bytes)
    }

    /// Writes all of the text; see ``write(_:)-(RawSpan)``.
    public func write(_ text: String) throws(SystemError) {
        try write(Array(text.utf8).span)
    }

    /// Reads up to `count` bytes from `offset` on; fewer only at the file's end.
    public func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        var filled = 0
        while filled < bytes.count {
            let from = filled
            // The pointer is used within the call, which writes at most as many bytes as are left behind `from`.
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe cp_pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + from }, buffer.count - from, offset + Int64(from))
            }
            if try SystemError.check(got, "read", path) == 0 { break }
            filled += Int(got)
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Waits until what was written is on the disk.
    /// - Parameter dataOnly: Leaves out what is not needed to read it again, such as the time of change (fdatasync). The
    ///   size is not left out. For a new or renamed file its folder must be synced as well: ``FileSystem/sync(folder:)``.
    ///
    /// After a failure it is unknown what is on the disk, and a later success says nothing about it.
    public func sync(dataOnly: Bool = true) throws(SystemError) {
        try SystemError.check(cp_sync(descriptor, dataOnly), "sync", path)
    }

    /// Cuts the file to `size` bytes, or fills it up with zeros.
    public func truncate(to size: Int64) throws(SystemError) {
        try SystemError.check(cp_truncate(descriptor, size), "truncate", path)
    }

    /// Takes the file's lock if nobody has it, without waiting (flock).
    ///
    /// The lock belongs to this open file: it keeps other processes and other opens of this process out, and goes with the
    /// file's close, so also with the death of the process.
    /// - Parameter shared: Takes it beside others who share it; from an exclusive lock, with a moment of none between.
    /// - Returns: `false` when another has it.
    public func tryLock(shared: Bool = false) throws(SystemError) -> Bool {
        try SystemError.check(cp_try_lock(descriptor, shared), "lock", path) == 1
    }

    /// Gives the lock back.
    public func unlock() throws(SystemError) {
        try SystemError.check(cp_unlock(descriptor), "unlock", path)
    }
}

/// Calls on a bare descriptor that several types share.
enum Descriptor {
    /// Writes all of `bytes`, however many calls that takes.
    static func write(_ bytes: RawSpan, to descriptor: Int32, _ subject: String) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let from = done
            // The pointer is used within the call, which reads the bytes behind `from` that the span says are there.
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe cp_write(descriptor, buffer.baseAddress.map { unsafe $0 + from }, buffer.count - from)
            }
            if written == Int64(-EAGAIN) {
                // A terminal or pipe that somebody else made non-blocking: wait until it takes more.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe cp_poll(&entry, 1, -1)
                continue
            }
            done += Int(try SystemError.check(written, "write", subject))
        }
    }
}
