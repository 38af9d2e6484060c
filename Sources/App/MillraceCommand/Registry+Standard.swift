import FileSink
import HTTPSink
import KafkaConnector
import Millrace
import MillraceTransforms
import StdoutSink

extension Registry {
    /// The kinds that come with Millrace.
    public static var standard: Registry {
        Registry()
            .adding(KafkaSourceKind())
            .adding(KafkaSinkKind()).adding(FileSinkKind()).adding(StdoutSinkKind()).adding(HTTPSinkKind())
            .adding(NoDecodeKind()).adding(Base64DecodeKind.standard).adding(Base64DecodeKind.url)
            .adding(FilterKind()).adding(ProjectKind()).adding(DropKind()).adding(EncodeKind())
            .matching(WhenPattern())
    }
}
