import Glibc
import Millrace
import Platform

@testable import FileSink

/// A folder with the files of one shard, as far as a ``FileState`` can see it: what programs see, and what would be left if
/// the power went now. A value, so that a test can keep a copy and crash there.
struct SimulatedDisk {
    /// A file's bytes: as written, and as last synced.
    struct Content {
        var live: [UInt8] = []
        var safe: [UInt8] = []
    }

    let files: FilePaths
    private(set) var contents: [Int: Content] = [:]
    private(set) var names: [String: Int] = [:]
    private var safeNames: [String: Int] = [:]
    private(set) var slots = [[UInt8]](repeating: [], count: 2)
    private var safeSlots = [[UInt8]](repeating: [], count: 2)
    private var handle: Int?
    private var nextNumber = 0

    /// The steps that fail next, each once; a write may do a part first.
    var faults: [(kind: FileState.Step.Kind, error: Int32, partial: Int)] = []
    /// How often each step was done.
    private(set) var counts: [FileState.Step.Kind: Int] = [:]

    init(files: FilePaths) { self.files = files }

    /// What a reader finds: the finished files in the order of their first offsets and numbers, then the current one.
    var text: String {
        let rotated = names.keys.filter { $0 != files.data }.sorted {
            Self.rank($0).lexicographicallyPrecedes(Self.rank($1))
        }
        return (rotated + [files.data]).map { name in
            String(decoding: names[name].flatMap { contents[$0]?.live } ?? [], as: UTF8.self)
        }.joined()
    }

    /// `a-12.3.txt` is file 3 of offset 12.
    private static func rank(_ name: String) -> [Int] {
        let stem = name.split(separator: "-").last ?? ""
        let numbers = stem.split(separator: ".").compactMap { Int($0) }
        return numbers.count == 1 ? numbers + [1] : numbers
    }

    mutating func perform(_ step: FileState.Step) -> FileState.Answer {
        counts[step.kind, default: 0] += 1
        if let index = faults.firstIndex(where: { $0.kind == step.kind }) {
            let fault = faults.remove(at: index)
            if case .write(let chunk, _) = step, let handle {
                contents[handle]?.live += Self.bytes(chunk).prefix(fault.partial)
            }
            return .failed(SystemError(fault.error, step.kind.rawValue, files.data))
        }
        switch step {
        case .open: return .facts(facts())
        case .begin(let length): return begin(length: Int(length))
        case .cut(let length):
            if let handle, let live = contents[handle]?.live, live.count > length {
                contents[handle]?.live = Array(live.prefix(Int(length)))
            }
        case .write(let chunk, let length):
            guard let handle, contents[handle]?.live.count == Int(length) else { return .replaced("another length") }
            contents[handle]?.live += Self.bytes(chunk)
        case .sync(let length): return sync(length: Int(length))
        case .record(let bytes, let slot):
            slots[slot] = Self.over(slots[slot], bytes)
            safeSlots[slot] = slots[slot]
        case .rename(let target):
            guard names[target] == nil else { return .taken }
            names[target] = names.removeValue(forKey: files.data)
        case .close: handle = nil
        }
        return .done
    }

    private func facts() -> FileFacts {
        let record = slots.compactMap { FileRecord($0) }.max { $0.sequence < $1.sequence }
        let live = names[files.data].flatMap { contents[$0]?.live }
        var facts = FileFacts(record: record, size: live.map { Int64($0.count) })
        facts.lineEnd = Int64((live?.lastIndex(of: 10) ?? -1) + 1)
        if let record, let number = record.rotation, let first = record.first {
            let target = names[files.rotated(first: first, number: number)]
            facts.rotatedSize = target.flatMap { contents[$0].map { Int64($0.live.count) } }
        }
        return facts
    }

    private mutating func begin(length: Int) -> FileState.Answer {
        let number = names[files.data] ?? nextNumber
        if names[files.data] == nil {
            nextNumber += 1
            names[files.data] = number
            contents[number] = Content()
        }
        handle = number
        guard let live = contents[number]?.live, live.count >= length else { return .replaced("shorter") }
        let cut = Array(live.prefix(length))
        contents[number] = Content(live: cut, safe: cut)
        safeNames = names
        return .done
    }

    private mutating func sync(length: Int) -> FileState.Answer {
        guard let handle, let live = contents[handle]?.live else { return .replaced("closed") }
        contents[handle]?.safe = live
        if names[files.data] != handle { return .replaced("moved") }
        return live.count == length ? .done : .replaced("another length")
    }

    /// Somebody removes the file.
    mutating func remove() { names[files.data] = nil }

    /// Somebody makes a file of this name.
    mutating func make(_ name: String, _ text: String) {
        names[name] = nextNumber
        contents[nextNumber] = Content(live: Array(text.utf8), safe: Array(text.utf8))
        nextNumber += 1
    }

    /// Every state in which a crash during `step` can leave the disk.
    func images(during step: FileState.Step) -> [SimulatedDisk] {
        var images = [self]
        var after = self
        after.faults = []
        _ = after.perform(step)
        images.append(after)
        switch step {
        case .write(let chunk, _):
            let bytes = Self.bytes(chunk)
            for part in Set([1, bytes.count / 2, bytes.count - 1]) where part > 0 {
                var image = self
                if let handle { image.contents[handle]?.live += bytes.prefix(part) }
                images.append(image)
            }
        case .record(let bytes, let slot):
            for part in [1, 5, bytes.count / 2, bytes.count - 1] {
                var image = self
                image.slots[slot] = Self.over(slots[slot], Array(bytes.prefix(part)))
                image.safeSlots = image.slots
                images.append(image)
            }
        default: break
        }
        return images.flatMap { [$0] + $0.powerLosses() }
    }

    /// What may be left of this when the power goes: names and bytes since the last sync, or not, or zeros, or a part.
    private func powerLosses() -> [SimulatedDisk] {
        var images: [SimulatedDisk] = []
        for names in [names, safeNames] {
            for loss in 0..<4 {
                var image = self
                image.names = names
                for (number, content) in contents {
                    let rest = content.live.count > content.safe.count ? content.live.dropFirst(content.safe.count) : []
                    let left: [UInt8] =
                        switch loss {
                        case 0: content.safe
                        case 1: content.safe + rest.prefix(rest.count / 2)
                        case 2: content.safe + [UInt8](repeating: 0, count: rest.count)
                        default: content.live
                        }
                    image.contents[number] = Content(live: left, safe: left)
                }
                image.slots = loss == 0 ? safeSlots : slots
                image.handle = nil
                images.append(image)
            }
        }
        return images
    }

    private static func over(_ old: [UInt8], _ new: [UInt8]) -> [UInt8] {
        new + (old.count > new.count ? Array(old.dropFirst(new.count)) : [])
    }

    private static func bytes(_ chunk: Chunk) -> [UInt8] {
        guard let bytes = chunk.bytes else { return [] }
        return unsafe bytes.bytes.withUnsafeBytes { unsafe Array($0) }
    }
}
