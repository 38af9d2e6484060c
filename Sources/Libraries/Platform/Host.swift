import CPlatform

/// What the system knows about the machine.
public enum Host {
    /// The machine's name, as `hostname` prints it; `localhost` where it has none.
    public static var name: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
            // The call writes at most 256 bytes, the last of them zero.
            guard let base = text.baseAddress, unsafe cp_hostname(base, text.count) == 0 else {
                return "localhost"
            }
            let name = unsafe String(cString: base)
            return name.isEmpty ? "localhost" : name
        }
    }
}
