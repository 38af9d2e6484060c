import CPlatform

extension File {
    /// Writes all of `bytes` from `offset` on, wherever the file's position is. Not for files opened for appending, to whose
    /// end the system would write all the same.
    ///
    /// When it throws, some of the bytes may have been written.
    public func write(_ bytes: RawSpan, at offset: Int64) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let from = done
            // The pointer is used within the call, which reads the bytes behind `from` that the span says are there.
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe cp_pwrite(
                    descriptor, buffer.baseAddress.map { unsafe $0 + from }, buffer.count - from, offset + Int64(from))
            }
            done += Int(try SystemError.check(written, "write", path))
        }
    }

    /// Writes all of `bytes` from `offset` on; see ``write(_:at:)-(RawSpan,_)``.
    public func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
        // Bytes have no padding whose content would be undefined.
        try unsafe write(bytes.bytes, at: offset)
    }
}
