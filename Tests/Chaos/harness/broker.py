"""A real Kafka broker: one node on loopback that can be stopped, killed and frozen."""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from oracle.check import Seen

from . import settings
from .wait import TooLate, until

#: As small as the tests need, and sessions short enough for a kill to be noticed at once.
QUIET = {"log_level": 0, "socket.timeout.ms": 10_000}


def free_port():
    """A port that nobody listens on, asked of the kernel."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def asked(what, question, within=60.0):
    """The answer to a question that changes nothing, asked again while the node says it cannot tell yet: it is starting,
    its coordinator loads its groups, a request timed out on a machine with much to do. A refusal ends it at once."""
    refused = {
        KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError._AUTHENTICATION, KafkaError._INVALID_ARG,
    }
    last = None

    def answer():
        nonlocal last
        try:
            return question()
        except KafkaException as problem:
            last = problem.args[0]
            if last.code() in refused:
                raise
            return None

    try:
        return until(what, answer, within=within)
    except TooLate as late:
        raise TooLate(f"{late}; the last error: {last}") from None


class Broker:
    """A node of its own under a folder of its own; gone, with the folder, when the process ends."""

    _shared = None
    #: The proxy before it, where there is one.
    way = None

    def __init__(self, *, port=None, props=(), start=True):
        self.folder = tempfile.mkdtemp(prefix="millrace-broker-")
        self.port = port or free_port()
        self.props = list(props)
        self.address = f"127.0.0.1:{self.port}"
        self._admin = None
        atexit.register(self.close)
        if start:
            self.start()

    @classmethod
    def shared(cls):
        """The one that all cases use which do it no harm."""
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def _kafka(self, *arguments):
        environment = dict(os.environ, KAFKA_HEAP="512m")
        done = subprocess.run(
            [str(Path(settings.KAFKA_HOME) / "kafka"), *arguments], env=environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120,
        )
        if done.returncode != 0:
            raise RuntimeError(f"kafka {' '.join(arguments)}: {done.stderr.strip() or done.returncode}")
        return done.stdout.strip()

    def start(self):
        """Starts it, again with the data and the port it had; back when it answers requests, not only connections."""
        props = [word for prop in self.props for word in ("--prop", prop)]
        self._kafka("start", self.folder, "--port", str(self.port), *props)
        until(f"the broker at {self.address}", self._answers, within=60)

    def _answers(self):
        try:
            return bool(AdminClient({"bootstrap.servers": self.address, **QUIET}).list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def stop(self):
        self._kafka("stop", self.folder)

    def kill(self):
        self._kafka("kill", self.folder)

    def freeze(self):
        self._kafka("freeze", self.folder)

    def thaw(self):
        self._kafka("thaw", self.folder)

    def close(self):
        """Ends the node and removes its folder; may be called again."""
        if not os.path.isdir(self.folder):
            return
        if os.path.exists(f"{self.folder}/pid"):
            try:
                self._kafka("thaw", self.folder)
            except RuntimeError:
                pass  # It had ended already.
            self._kafka("kill", self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def outside(self):
        """The address for the worker."""
        return self.way.address if self.way else self.address

    @property
    def admin(self):
        if self._admin is None:
            self._admin = AdminClient({"bootstrap.servers": self.address, **QUIET})
        return self._admin

    def create(self, topic, partitions, **config):
        """A new topic; settings with `_` for `.`. Sizes up to 3 MiB pass unless said otherwise."""
        settings_of = {"max.message.bytes": "3145728"} | {k.replace("_", "."): str(v) for k, v in config.items()}
        futures = self.admin.create_topics([NewTopic(topic, partitions, 1, config=settings_of)], operation_timeout=20)
        futures[topic].result(30)
        asked(f"topic {topic}", lambda: topic in self.admin.list_topics(timeout=10).topics)
        return topic

    def alter(self, topic, **config):
        """Changes settings of a live topic and waits until the broker tells the new values."""
        wanted = {k.replace("_", "."): str(v) for k, v in config.items()}
        entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in wanted.items()]
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
        self.admin.incremental_alter_configs([resource])[resource].result(30)

        def told():
            plain = ConfigResource(ResourceType.TOPIC, topic)
            values = self.admin.describe_configs([plain])[plain].result(30)
            return all(values[k].value == v for k, v in wanted.items())

        until(f"the settings {wanted} of {topic}", told)

    def partitions(self, topic):
        return len(asked(f"the partitions of {topic}", lambda: self._told(topic).partitions))

    def _told(self, topic):
        told = self.admin.list_topics(topic, timeout=10).topics[topic]
        if told.error is not None:
            raise KafkaException(told.error)
        return told

    def ends(self, topic):
        """The offset behind the last record, by partition."""
        consumer = self._reader("ends")
        try:
            places = [TopicPartition(topic, p) for p in range(self.partitions(topic))]
            return [
                asked(f"the end of {place}", lambda place=place: consumer.get_watermark_offsets(place, timeout=10))[1]
                for place in places
            ]
        finally:
            consumer.close()

    def committed(self, group, topic):
        """The committed offset by partition, -1 where there is none."""
        return [place.offset if place.offset >= 0 else -1 for place in self.committed_places(group, topic)]

    def committed_places(self, group, topic):
        """As `committed`, whole, with the metadata."""
        consumer = self._reader(group)
        places = [TopicPartition(topic, p) for p in range(self.partitions(topic))]

        try:
            return asked(f"the committed offsets of {group}", lambda: consumer.committed(places, timeout=10))
        finally:
            consumer.close()

    def read(self, topic):
        """Every record of a topic, in the order of each partition: a generator of Seen."""
        ends = self.ends(topic)
        consumer = self._reader("reader", **{"fetch.message.max.bytes": 8 << 20, "enable.partition.eof": False})
        try:
            todo = {p for p, end in enumerate(ends) if end > 0}
            consumer.assign([TopicPartition(topic, p, 0) for p in sorted(todo)])
            quiet = 0
            while todo:
                # It waits for as many as are asked for, so the time-out is what the last call costs.
                batch = consumer.consume(2000, timeout=0.1)
                quiet = 0 if batch else quiet + 1
                if quiet > 200:
                    raise RuntimeError(f"{topic}: nothing came for 20 s, partitions {todo} are not at their ends {ends}")
                for message in batch:
                    if message.error():
                        raise KafkaException(message.error())
                    place, offset = message.partition(), message.offset()
                    if offset < ends[place]:
                        yield Seen(
                            place, message.key(), message.value(), message.headers() or [], offset, message.timestamp()[1])
                    if offset >= ends[place] - 1:
                        todo.discard(place)
        finally:
            consumer.close()

    def _reader(self, group, **more):
        return Consumer({
            "bootstrap.servers": self.address, "group.id": group, "enable.auto.commit": False,
            "auto.offset.reset": "earliest", **QUIET, **more,
        })
