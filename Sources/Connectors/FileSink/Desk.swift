import Millrace

/// What the lanes and the writer thread of a sink share: for each shard's file what the lane may do and what waits for
/// the writer, and the memory of all together. Pure; the sink keeps it behind one lock that is taken a few times a
/// delivery.
///
/// Memory: all lines that are not written yet together keep to `limit`, and one shard to half of it, so that a fast one
/// leaves room for others. A record longer than a quarter of `limit` goes whenever its shard holds nothing else; so the
/// bound is `limit` and one such record a shard.
struct Desk: Sendable {
    /// What may be done with a delivery.
    enum Admission: Sendable {
        /// It was sent before the machine heard of the last failure.
        case untried
        /// The file is not ready; `room` will be said.
        case full
        /// The file belongs to somebody else.
        case fatal(String)
        /// It may be taken.
        case open(Ticket)
    }

    /// The state of a file as the lane saw it.
    struct Ticket: Sendable {
        /// How many failures and losses had been told.
        let told: Int
        /// How often the file had been opened.
        let opening: Int
        /// The records that are safe already, from `floor` on.
        let known: RecordRanges
        let floor: Position?
    }

    /// What waits for the writer, in the order in which it is done.
    struct Mail: Sendable {
        var chunks: [Chunk] = []
        var opens = false
        var flushes = false
        var abandons = false
        var forgets = false
        /// The shard goes on in another file: what is known of this one stays.
        var leaves = false
    }

    /// What waits for the writer about one file.
    struct Letter: Sendable {
        let id: Int
        let address: Address
        let files: FilePaths
        let mail: Mail
    }

    enum Phase: Sendable { case closed, opening, open, refused(String) }

    struct Port: Sendable {
        let address: Address
        let files: FilePaths
        var phase = Phase.closed
        var told = 0
        var opening = 0
        var known = RecordRanges()
        var floor: Position?
        /// Bytes reserved or buffered.
        var held = 0
        var wantsRoom = false
        /// The size of the line that had no room.
        var needed = 0
        /// The last record that was handed over and is not known to be safe.
        var unsynced: RecordID?
        /// The shard is to go on in another file, once everything is safe.
        var isLeaving = false
        var hasMail = false
        var mail = Mail()
    }

    let limit: Int
    private(set) var total = 0
    private(set) var ports: [Int: Port] = [:]
    private var mailbox: [Int] = []
    private var hopeful: [Int] = []
    private var next = 0
    var isClosing = false

    init(limit: Int) { self.limit = max(limit, 1) }

    // MARK: The lane's side

    /// Takes a new shard and epoch in.
    mutating func add(_ address: Address, _ files: FilePaths) -> Int {
        next += 1
        ports[next] = Port(address: address, files: files)
        return next
    }

    /// Whether more failures were told than `heard`.
    func isStale(_ id: Int, heard: Int) -> Bool { ports[id].map { heard < $0.told } ?? true }

    /// Whether a delivery sent in knowledge of `heard` failures may be taken.
    mutating func admit(_ id: Int, heard: Int) -> Admission {
        guard var port = ports[id], heard >= port.told else { return .untried }
        port.isLeaving = false
        defer { ports[id] = port }
        switch port.phase {
        case .open:
            return .open(Ticket(told: port.told, opening: port.opening, known: port.known, floor: port.floor))
        case .refused(let why):
            port.phase = .closed
            port.told += 1
            return .fatal(why)
        case .closed:
            port.phase = .opening
            port.mail.opens = true
            post(id, &port)
        case .opening: break
        }
        hope(id, &port, for: 0)
        return .full
    }

    /// Reserves memory for lines of `wanted` bytes, the first of which has `least`. Less than `least` is 0, and then
    /// `room` will be said.
    mutating func reserve(_ id: Int, wanted: Int, least: Int) -> Int {
        guard var port = ports[id] else { return 0 }
        let free = min(limit / 2 - port.held, limit - total)
        var granted = free >= least ? min(wanted, free) : 0
        if granted == 0, port.held == 0, total == 0 || least > limit / 4 { granted = least }
        if granted == 0 { hope(id, &port, for: least) }
        port.held += granted
        total += granted
        ports[id] = port
        return granted
    }

    /// Hands lines over for which `reserved` bytes were reserved. If the file lost what it had in the meantime they are
    /// dropped: the loss that was told includes them.
    /// - Parameter lacking: The size of the next line, when it had no room; then `room` will be said.
    mutating func put(_ id: Int, _ chunks: [Chunk], reserved: Int, ticket: Ticket, lacking: Int? = nil) {
        guard var port = ports[id] else { return }
        let isStale = port.told != ticket.told
        if !isStale {
            port.mail.chunks += chunks
            port.unsynced = chunks.last?.last ?? port.unsynced
            post(id, &port)
        }
        let used = isStale ? 0 : chunks.reduce(0) { $0 + $1.count }
        port.held -= reserved - used
        total -= reserved - used
        if let lacking { hope(id, &port, for: lacking) }
        ports[id] = port
    }

    /// The records begin before everything that is known: nothing is skipped any more.
    mutating func forgetKnown(_ id: Int) {
        ports[id]?.known = RecordRanges()
        ports[id]?.floor = nil
    }

    /// A failure is about to be told.
    mutating func tell(_ id: Int) { ports[id]?.told += 1 }

    /// The shard goes on in `files`: the new number once everything is safe in the old file, which is then given back; nil
    /// until then, and `room` will be said. Failures that were told stay told.
    mutating func move(_ id: Int, to files: FilePaths) -> Int? {
        guard var port = ports[id] else { return nil }
        defer { if ports[id] != nil { ports[id] = port } }
        guard Self.isSafe(port) else {
            port.isLeaving = true
            port.mail.flushes = true
            post(id, &port)
            hope(id, &port, for: 0)
            return nil
        }
        let new = add(port.address, files)
        ports[new]?.told = port.told
        port.mail.leaves = true
        port.mail.forgets = true
        post(id, &port)
        return new
    }

    private static func isSafe(_ port: Port) -> Bool {
        if case .opening = port.phase { return false }
        return port.unsynced == nil && port.held == 0 && port.mail.chunks.isEmpty
    }

    mutating func flush(_ id: Int) { write(to: id) { $0.flushes = true } }
    mutating func abandon(_ id: Int) { write(to: id) { $0.abandons = true } }
    mutating func forget(_ id: Int) { write(to: id) { $0.forgets = true } }

    private mutating func write(to id: Int, _ change: (inout Mail) -> Void) {
        guard var port = ports[id] else { return }
        change(&port.mail)
        post(id, &port)
        ports[id] = port
    }

    private mutating func post(_ id: Int, _ port: inout Port) {
        if !port.hasMail { mailbox.append(id) }
        port.hasMail = true
    }

    private mutating func hope(_ id: Int, _ port: inout Port, for needed: Int) {
        if !port.wantsRoom { hopeful.append(id) }
        port.wantsRoom = true
        port.needed = needed
    }

    // MARK: The writer's side

    /// Whether the writer has something to do.
    var hasMail: Bool { !mailbox.isEmpty }

    /// What came in since the last call.
    mutating func takeMail() -> [Letter] {
        defer { mailbox = [] }
        return mailbox.compactMap { id in
            guard let port = ports[id] else { return nil }
            ports[id]?.mail = Mail()
            ports[id]?.hasMail = false
            return Letter(id: id, address: port.address, files: port.files, mail: port.mail)
        }
    }

    /// Takes news of a file in, and answers what the lane of its port must be told.
    mutating func apply(_ output: FileState.Output, to id: Int) -> SinkOutcome? {
        guard var port = ports[id] else { return nil }
        var outcome: SinkOutcome?
        switch output {
        case .opened(let known, let floor):
            port.phase = .open
            port.opening += 1
            port.known = known
            port.floor = floor
        case .reopening: port.phase = .opening
        case .refused(let why): port.phase = .refused(why)
        case .freed(let bytes): free(bytes, &port)
        case .durable(let last):
            if let unsynced = port.unsynced, !(last < unsynced) { port.unsynced = nil }
            outcome = .durable(through: last)
        case .lost(let first):
            port.told += 1
            port.unsynced = nil
            // What the writer has not fetched yet lies behind the loss.
            free(port.mail.chunks.reduce(0) { $0 + $1.count }, &port)
            port.mail.chunks = []
            outcome = .lost(from: first)
        case .closed:
            total -= port.held
            ports[id] = nil
            return nil
        case .note: return nil
        }
        ports[id] = port
        return outcome
    }

    private mutating func free(_ bytes: Int, _ port: inout Port) {
        port.held -= bytes
        total -= bytes
    }

    /// The ports that were full and have room now; each is named once. Asked after everything that may make room.
    mutating func takeRoom() -> [Address] {
        guard !hopeful.isEmpty else { return [] }
        let (now, later) = hopeful.reduce(into: ([Int](), [Int]())) { lists, id in
            guard let port = ports[id] else { return }
            if hasRoom(port) { lists.0.append(id) } else { lists.1.append(id) }
        }
        hopeful = later
        for id in now { ports[id]?.wantsRoom = false }
        return now.compactMap { ports[$0]?.address }
    }

    private func hasRoom(_ port: Port) -> Bool {
        if port.isLeaving { return Self.isSafe(port) }
        return switch port.phase {
        case .opening: false
        case .closed, .refused: true
        case .open where port.needed > limit / 4: port.held == 0
        case .open: port.held <= limit / 4 && (total <= limit / 4 * 3 || total == 0)
        }
    }
}
