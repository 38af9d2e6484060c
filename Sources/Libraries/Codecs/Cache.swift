import CKernels

/// The processor's cache.
public enum Cache {
    /// Asks for the beginning of `bytes`, up to 2 KiB, which will be read in a moment: what another core has written would be
    /// waited for otherwise, a line after the other. What lies behind comes by itself once reading goes on in order.
    ///
    /// A hint: O(1), never waits, changes nothing.
    @inlinable
    public static func prefetch(_ bytes: RawSpan) {
        // A prefetch reads nothing that a program could see.
        unsafe bytes.withUnsafeBytes { unsafe ck_prefetch($0.baseAddress, $0.count) }
    }
}
