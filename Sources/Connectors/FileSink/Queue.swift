/// First in, first out, amortised O(1).
struct Queue<Element> {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() -> Element? {
        guard let element = first else { return nil }
        elements[head] = nil
        head += 1
        if head == elements.count || (head >= 64 && head * 2 >= elements.count) {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Empties the queue and answers what was in it.
    mutating func removeAll() -> [Element] {
        defer {
            elements = []
            head = 0
        }
        return elements[head...].compactMap { $0 }
    }
}

extension Queue: Sendable where Element: Sendable {}
