import CSimdjson

/// The members that a reader shall find: paths of names, compiled once into a tree that one walk over a text follows.
///
/// Immutable, so any number of threads may share it. A path goes through objects only; what is below an array is reached
/// by ``JSONDocument/enter(_:_:)``.
@safe public final class JSONFields: @unchecked Sendable {
    // Everything these point to is written by `init`, never changed, and freed by `deinit`.
    @usableFromInline let program: UnsafePointer<cj_program>
    private let nodes: UnsafeMutableBufferPointer<cj_node>
    private let edges: UnsafeMutableBufferPointer<cj_edge>
    private let names: UnsafeMutableBufferPointer<UInt8>
    private let slots: [[String]: JSONSlot]
    /// For each slot, the place of its edge.
    @usableFromInline let edgeOfSlot: [Int]

    /// Fields for `paths`, none of which may be empty. A path may begin another one.
    public init(_ paths: [[String]]) {
        let tree = FieldTree(paths)
        unsafe names = .allocate(capacity: max(1, tree.nameBytes))
        unsafe names.initialize(repeating: 0)
        unsafe edges = .allocate(capacity: max(1, tree.edges.count))
        unsafe nodes = .allocate(capacity: tree.nodes.count)
        var used = 0
        for (index, edge) in tree.edges.enumerated() {
            // Invariant: `names` has room for all names; each goes behind the one before it.
            let name = unsafe UnsafeMutableBufferPointer(rebasing: names[used...])
            _ = unsafe name.update(fromContentsOf: edge.name)
            used += edge.name.count
            unsafe edges.initializeElement(at: index, to: edge.compiled(name: UnsafePointer(name.baseAddress)))
        }
        for (index, node) in tree.nodes.enumerated() {
            unsafe nodes.initializeElement(at: index, to: node.compiled(tree.edges))
        }
        let program = UnsafeMutablePointer<cj_program>.allocate(capacity: 1)
        unsafe program.initialize(
            to: cj_program(
                nodes: nodes.baseAddress, edges: edges.baseAddress, slot_count: UInt32(tree.edges.count)))
        unsafe self.program = unsafe UnsafePointer(program)
        slots = tree.slots
        edgeOfSlot = tree.edgeOfSlot
    }

    /// The fields, lent for a batch of documents, so that none of them costs a reference count.
    @safe public struct View: ~Escapable {
        // Invariant: the fields that lent it outlive it.
        @usableFromInline let program: UnsafePointer<cj_program>

        @_lifetime(borrow fields)
        init(_ fields: borrowing JSONFields) { unsafe program = unsafe fields.program }
    }

    /// The fields as a view, for as long as they are borrowed.
    public var view: View {
        @_lifetime(borrow self)
        get { View(self) }
    }

    deinit {
        unsafe program.deallocate()
        unsafe nodes.deallocate()
        unsafe edges.deallocate()
        unsafe names.deallocate()
    }

    /// The slot of `path`; nil where `path` is neither one of the paths nor the beginning of one.
    public func slot(of path: [String]) -> JSONSlot? { slots[path] }
}
