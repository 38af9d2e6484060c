import CSimdjson

/// The tree of names that ``JSONFields`` compiles: nodes are objects, edges their wanted members.
///
/// Slots are numbered in the order of a walk that goes down first, so that those below an edge follow it; edges of a
/// node lie together, ordered by the length of their names, as the walk looks a name up by its length.
struct FieldTree {
    struct Edge {
        let name: [UInt8]
        let slot: Int
        let subtreeEnd: Int
        let node: Int?
    }

    struct Node {
        let edges: Range<Int>
    }

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    private(set) var slots: [[String]: JSONSlot] = [:]
    private var slotCount = 0

    var nameBytes: Int { edges.reduce(0) { $0 + $1.name.count } }

    var edgeOfSlot: [Int] {
        var places = [Int](repeating: 0, count: slotCount)
        for (place, edge) in edges.enumerated() { places[edge.slot] = place }
        return places
    }

    init(_ paths: [[String]]) {
        precondition(paths.allSatisfy { !$0.isEmpty }, "a path without names")
        _ = add(paths[...].map { $0[...] }, prefix: [])
    }

    /// Adds the node that `paths` start from, and everything below it; returns its place.
    private mutating func add(_ paths: [ArraySlice<String>], prefix: [String]) -> Int {
        let place = nodes.count
        nodes.append(Node(edges: 0..<0))
        var found: [Edge] = []
        var done: Set<String> = []
        for path in paths {
            guard let name = path.first, done.insert(name).inserted else { continue }
            let slot = slotCount
            slotCount += 1
            let here = prefix + [name]
            slots[here] = JSONSlot(UInt32(slot))
            let below = paths.filter { $0.first == name && $0.count > 1 }.map { $0.dropFirst() }
            let node = below.isEmpty ? nil : add(below, prefix: here)
            found.append(Edge(name: Array(name.utf8), slot: slot, subtreeEnd: slotCount, node: node))
        }
        found.sort { $0.name.count < $1.name.count }
        nodes[place] = Node(edges: edges.count..<edges.count + found.count)
        edges += found
        return place
    }
}

extension FieldTree.Edge {
    /// The first eight bytes of the name as a word of memory.
    private var word: UInt64 {
        let bytes = name.prefix(8).enumerated()
        return UInt64(littleEndian: bytes.reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) })
    }

    /// The form that the walk reads; `name` must outlive it.
    func compiled(name: UnsafePointer<UInt8>?) -> cj_edge {
        unsafe cj_edge(
            name: name, word: word, length: UInt32(self.name.count), slot: UInt32(slot),
            subtree_end: UInt32(subtreeEnd),
            node: node.map { Int32($0) } ?? -1, is_plain: self.name.contains(UInt8(ascii: "\\")) ? 0 : 1)
    }
}

extension FieldTree.Node {
    /// The form that the walk reads: where names of each length begin, all of 63 bytes or more together.
    func compiled(_ edges: [FieldTree.Edge]) -> cj_node {
        var node = cj_node()
        for edge in self.edges { node.lengths |= 1 << UInt64(min(edges[edge].name.count, 63)) }
        unsafe withUnsafeMutableBytes(of: &node.by_length) { bytes in
            let begins = unsafe bytes.bindMemory(to: UInt32.self)
            for length in 0...64 {
                let behind = self.edges.first { min(edges[$0].name.count, 63) >= length }
                unsafe begins[length] = UInt32(behind ?? self.edges.upperBound)
            }
        }
        return node
    }
}
