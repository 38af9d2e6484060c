/// Deadlines in order: a binary heap. Timers are never taken out early; whoever set one anew ignores the old one,
/// which its generation tells apart.
struct TimerHeap<Payload> {
    private var heap: [(deadline: Int64, payload: Payload)] = []

    /// The next deadline.
    var next: Int64? { heap.first?.deadline }

    /// Adds a timer. Complexity: O(log n).
    mutating func add(_ deadline: Int64, _ payload: Payload) {
        heap.append((deadline, payload))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].deadline <= heap[child].deadline { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    /// Takes the first timer that is due at `now`. Complexity: O(log n).
    mutating func pop(due now: Int64) -> Payload? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.payload
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= heap.count { return }
            if child + 1 < heap.count && heap[child + 1].deadline < heap[child].deadline { child += 1 }
            if heap[parent].deadline <= heap[child].deadline { return }
            heap.swapAt(parent, child)
            parent = child
        }
    }
}
