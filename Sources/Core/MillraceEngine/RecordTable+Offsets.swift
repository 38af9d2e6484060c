import Millrace

extension RecordTable {
    /// From the first record's offset up to the one behind the last. The table holds at least one record, in the order of a
    /// log. Complexity: O(1).
    var offsets: Range<Int64> { self[0].offset..<self[count - 1].offset + 1 }
}
