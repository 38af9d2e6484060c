extension File {
    /// Whether the path it was opened by still leads to it. Where one cannot tell, it is taken for granted. Opens the path.
    public var isAtItsPath: Bool {
        do throws(SystemError) {
            let named = try File(path, .reading)
            guard let now = StandardStream(descriptor: named.descriptor).identity,
                let then = StandardStream(descriptor: descriptor).identity
            else { return true }
            return now == then
        } catch {
            return !error.isMissing
        }
    }
}
