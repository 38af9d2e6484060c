/// Writes Prometheus's text format into bytes. No String is made for a sample.
struct MetricText {
    private(set) var bytes: [UInt8] = []
    private var name: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Begins a metric: its help and type; samples follow.
    mutating func begin(_ metric: Metric) {
        name = metric.nameBytes
        bytes += metric.head
    }

    /// A sample of the metric. `labels` are rendered: `topic="orders",partition="0"`, or empty.
    mutating func sample(_ labels: [UInt8] = [], _ more: [UInt8] = [], _ value: some FixedWidthInteger) {
        start(labels, more)
        append(Int64(value))
        bytes.append(UInt8(ascii: "\n"))
    }

    /// A sample that may be a fraction.
    mutating func sample(_ labels: [UInt8] = [], _ more: [UInt8] = [], _ value: Double) {
        start(labels, more)
        append(value)
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The samples of a histogram.
    mutating func samples(_ labels: [UInt8], _ histogram: Histogram) {
        let plain = name
        defer { name = plain }
        var total = 0
        name = plain + Array("_bucket".utf8)
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let end = index < histogram.bounds.count ? MetricText.number(histogram.bounds[index]) : "+Inf"
            sample(labels, MetricText.label("le", end), total)
        }
        name = plain + Array("_sum".utf8)
        sample(labels, [], histogram.sum)
        name = plain + Array("_count".utf8)
        sample(labels, [], total)
    }

    /// `name="value"`, with the value escaped.
    static func label(_ name: String, _ value: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(name.utf8.count + value.utf8.count + 8)
        bytes += name.utf8
        bytes.append(UInt8(ascii: "="))
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }

    /// Several labels as one.
    static func labels(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined(separator: [UInt8(ascii: ",")])) }

    private mutating func start(_ labels: [UInt8], _ more: [UInt8]) {
        bytes += name
        if !labels.isEmpty || !more.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels
            if !labels.isEmpty && !more.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += more
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func append(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var unit: UInt64 = 1
        while rest / unit >= 10 { unit *= 10 }
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
    }

    private mutating func append(_ value: Double) {
        if value == value.rounded(), value.magnitude < 1e15 { append(Int64(value)) } else { bytes += "\(value)".utf8 }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
