import KafkaConnector
import Millrace

extension Registry {
    /// The kinds that come with Millrace.
    public static var standard: Registry {
        Registry().adding(KafkaSourceKind()).adding(KafkaSinkKind())
    }
}
