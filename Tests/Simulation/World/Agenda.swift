import Millrace
import MillraceMachines

/// What is to happen.
enum Happening {
    case read(Tenure)
    /// A sink acts on a delivery.
    case act(Tenure, Submission, taken: Int)
    /// The machine hears something.
    case hear(Tenure, ShardEvent)
    case settle(Tenure, sink: Int)
    case room(Tenure, sink: Int)
    case write(Tenure, Letter)
    case timer(Tenure, TimerID, Int)
    case breaker(Worker, domain: Int, Int)
    case commit(Tenure)
    case fault(Int)
    case restart(worker: Int)
    case assign(shard: Int, worker: Int)
    case resume(shard: Int, sink: Int?)
    case heal
    case operate
}

/// What is to happen when: by time, and in the order of planning.
struct Agenda {
    private struct Entry {
        let time: Int
        let number: Int
        let happening: Happening

        static func < (left: Entry, right: Entry) -> Bool {
            left.time != right.time ? left.time < right.time : left.number < right.number
        }
    }

    private var heap: [Entry] = []
    private var number = 0

    mutating func add(_ happening: Happening, at time: Int) {
        number += 1
        heap.append(Entry(time: time, number: number, happening: happening))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (Int, Happening)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != parent else { break }
            heap.swapAt(least, parent)
            parent = least
        }
        return (first.time, first.happening)
    }
}
