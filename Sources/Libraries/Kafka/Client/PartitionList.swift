import CRdkafka
import Glibc

/// librdkafka's list of partitions, for the length of a call.
enum PartitionList {
    typealias Pointer = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// Runs `body` with a list of `partitions`, which is freed afterwards.
    static func with<R>(
        _ partitions: [TopicPartition], _ body: (Pointer) throws(KafkaError) -> R
    ) throws(KafkaError) -> R {
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(partitions.count)) else {
            throw KafkaError(.failed, "out of memory")
        }
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for partition in partitions { unsafe append(partition, to: list) }
        return try unsafe body(list)
    }

    private static func append(_ partition: TopicPartition, to list: Pointer) {
        guard
            let element = unsafe rd_kafka_topic_partition_list_add(list, partition.topic, partition.partition)
        else { return }
        unsafe element.pointee.offset = partition.offset
        var metadata = partition.metadata
        guard !metadata.isEmpty else { return }
        metadata.withUTF8 { bytes in
            // The list frees it with free(3), so it must come from malloc(3).
            guard let copy = unsafe malloc(bytes.count), let start = bytes.baseAddress else { return }
            unsafe memcpy(copy, start, bytes.count)
            unsafe element.pointee.metadata = copy
            unsafe element.pointee.metadata_size = bytes.count
        }
    }

    /// What `list` holds; nil is an empty list.
    static func read(_ list: Pointer?) -> [TopicPartition] {
        guard let list = unsafe list else { return [] }
        return unsafe (0..<Int(list.pointee.cnt)).map { unsafe read(list.pointee.elems[$0]) }
    }

    /// One element, copied.
    static func read(_ element: rd_kafka_topic_partition_t) -> TopicPartition {
        var metadata = ""
        if let bytes = unsafe element.metadata, unsafe element.metadata_size > 0 {
            unsafe metadata = String(
                decoding: UnsafeRawBufferPointer(start: bytes, count: element.metadata_size), as: UTF8.self)
        }
        return unsafe TopicPartition(
            String(cString: element.topic), element.partition, offset: element.offset, metadata: metadata,
            error: KafkaErrorCode(element.err))
    }
}
