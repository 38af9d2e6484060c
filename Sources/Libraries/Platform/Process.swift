import CPlatform
import Glibc

/// What the system knows about this process.
public enum Process {
    /// The number of the process.
    public static var identifier: Int32 { getpid() }

    /// The user whom the process works as, by name; `uid:1000` for one who has no name.
    public static var userName: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            // The call writes at most 256 bytes, the last of them zero.
            guard let base = text.baseAddress, unsafe cp_user_name(base, text.count) == 0 else {
                return "uid:\(geteuid())"
            }
            return unsafe String(cString: base)
        }
    }

    /// The number of cores that the process may run on (its affinity, which containers and `taskset` set).
    public static var usableCores: Int { Int(max(cp_usable_cores(), 1)) }

    /// The resident memory in bytes, as the kernel counts it now; `nil` where there is no /proc.
    public static func residentBytes() -> Int64? {
        let pages = cp_resident_pages()
        return pages < 0 ? nil : pages * cp_page_size()
    }

    /// The number of open file descriptors; `nil` where there is no /proc.
    ///
    /// From Linux 6.2 on the kernel tells it as the size of a folder; before, that is empty, and the entries are counted,
    /// which costs about half a microsecond each.
    public static func openDescriptors() -> Int? {
        let count = cp_open_descriptors()
        return count < 0 ? nil : Int(count)
    }

    /// How many descriptors (files, sockets, pipes) the process may have open (`ulimit -n`, `LimitNOFILE=`).
    public static var descriptorLimit: Int { Int(cp_descriptor_limit()) }

    /// Raises ``descriptorLimit`` as far as the process may by itself: to the hard limit, which is often much higher than
    /// what it is started with, and no further than 1,048,576.
    public static func raiseDescriptorLimit() { cp_raise_descriptor_limit(1 << 20) }

    /// How many of `limit` descriptors are not for a sink's files, of which there may be any number: connections come and
    /// go, and who asks why the worker waits must be answered.
    public static func descriptorReserve(of limit: Int) -> Int { min(16, limit / 8) }

    /// How many bytes of address space the process may have (`ulimit -v`); `nil` where that is not limited.
    public static var addressSpaceLimit: Int64? {
        let limit = cp_address_space()
        return limit < 0 ? nil : limit
    }

    /// What the process has used so far.
    public static func times() -> ProcessTimes {
        var user: Int64 = 0
        var system: Int64 = 0
        var peak: Int64 = 0
        // The call writes three integers and keeps no pointer.
        unsafe cp_process_times(&user, &system, &peak)
        return ProcessTimes(user: user, system: system, peakResidentBytes: peak)
    }
}

/// What a process has used since its start.
public struct ProcessTimes: Sendable, Hashable {
    /// Time on a core in the program itself, in nanoseconds.
    public let user: Int64
    /// Time on a core in the kernel, in nanoseconds.
    public let system: Int64
    /// The largest resident size, in bytes.
    public let peakResidentBytes: Int64
}
