import Millrace
import Platform

/// Reads a file or a stream line by line.
struct LineReader {
    /// The longest line that is read, in bytes: more than a broker takes for a record, and no danger to the memory.
    static let longestLine = 32 << 20

    /// The number of the line that was read last, from 1.
    private(set) var number = 0
    private let stream: StandardStream
    private let name: String
    // Keeps the descriptor of `stream` open.
    private let file: File?
    private var chunk: [UInt8] = []
    private var position = 0
    private var hasEnded = false

    /// The lines of the file at `path`, or of `standard` for `-`.
    init(_ path: String, standard: StandardStream) throws(MillraceError) {
        name = path == "-" ? "standard input" : path
        do throws(SystemError) {
            file = path == "-" ? nil : try File(path, .reading)
        } catch {
            throw MillraceError(.noInput, "\(error)")
        }
        stream = file.map { StandardStream(descriptor: $0.descriptor) } ?? standard
    }

    /// The next line without its line feed, nil at the end. A last line without line feed counts, if it has a byte.
    mutating func next() throws(MillraceError) -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if position == chunk.count, !(try refill()) {
                if line.isEmpty { return nil }
                number += 1
                return line
            }
            let rest = chunk[position...]
            if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line += chunk[position..<end]
                position = end + 1
                number += 1
                return line
            }
            line += rest
            position = chunk.count
            guard line.count <= Self.longestLine else {
                throw MillraceError(.data, "line \(number + 1) of \(name) is longer than 32 MiB")
            }
        }
    }

    private mutating func refill() throws(MillraceError) -> Bool {
        guard !hasEnded else { return false }
        do throws(SystemError) {
            chunk = try stream.read(upTo: 64 << 10)
        } catch {
            throw MillraceError(.noInput, "cannot read \(name): \(error.reason)")
        }
        position = 0
        hasEnded = chunk.isEmpty
        return !hasEnded
    }
}
