extension Locked: CustomReflectable {
    /// Shows nothing: what is guarded is not looked at without the lock, and may not be copyable.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
