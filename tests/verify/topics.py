"""Topics read into records and events fed into topics, by Debian's confluent-kafka.

A Reader keeps its consumers open and may be asked many times. The commits of a group are read
from __consumer_offsets itself: that is all of them, in order, whatever the job printed.
"""
import re
import struct
import time
import uuid

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import RESOURCE_TOPIC, AdminClient, ConfigResource, NewTopic

import model

OFFSETS_TOPIC = "__consumer_offsets"
SETTLES_S = 20
MARKER = re.compile(r"leat:1:([0-9a-f]{16}|-):(\d+):([0-9.]+):(\d+)")
DEADLINE_S = 60


class Timeout(Exception):
    """A condition that did not come true before its deadline."""


def to_record(message):
    return model.Record(message.topic(), message.partition(), message.offset(), message.key(),
                        message.value(), tuple((name, bytes(value)) if value is not None else
                                               (name, None) for name, value in
                                               message.headers() or ()), message.timestamp()[1])


class View:
    """One isolation level's view of topics."""

    def __init__(self, brokers, isolation):
        self.consumer = Consumer({
            "bootstrap.servers": brokers, "group.id": f"verify-{uuid.uuid4().hex[:12]}",
            "isolation.level": isolation, "enable.auto.commit": False,
            "auto.offset.reset": "earliest", "enable.partition.eof": True,
            "fetch.wait.max.ms": 20, "fetch.error.backoff.ms": 20,
            "allow.auto.create.topics": False, "topic.metadata.refresh.interval.ms": 10000,
            "reconnect.backoff.max.ms": 500, "log_level": 2, "error_cb": lambda error: None})

    def partitions(self, topic):
        metadata = self.consumer.list_topics(topic, timeout=DEADLINE_S).topics[topic]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        return sorted(metadata.partitions)

    def end(self, topic, partition):
        """The log end, or for read_committed the last stable offset."""
        return self.consumer.get_watermark_offsets(TopicPartition(topic, partition),
                                                   timeout=DEADLINE_S)[1]

    def read(self, topic, partitions=None):
        """{partition: [record]} up to the end this isolation level has now."""
        partitions = self.partitions(topic) if partitions is None else partitions
        records, open_ones = {partition: [] for partition in partitions}, set(partitions)
        self.consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        deadline = time.monotonic() + DEADLINE_S
        while open_ones:
            if time.monotonic() > deadline:
                raise Timeout(f"topic '{topic}': partitions {sorted(open_ones)} were not read to "
                              f"the end in {DEADLINE_S} s")
            for message in self.consumer.consume(2000, 0.02):
                if message.error() is None:
                    records[message.partition()].append(to_record(message))
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    open_ones.discard(message.partition())
        self.consumer.unassign()
        return records

    def close(self):
        self.consumer.close()


class Reader:
    def __init__(self, brokers):
        self.committed = View(brokers, "read_committed")
        self.uncommitted = View(brokers, "read_uncommitted")

    def ends(self, topic):
        """{(topic, partition): (stable end, log end)}."""
        return {(topic, partition): (self.committed.end(topic, partition),
                                     self.uncommitted.end(topic, partition))
                for partition in self.committed.partitions(topic)}

    def settled_ends(self, topic):
        """The same where what is open now only must not be open for long: other groups write
        there, or the markers of the last commit are still on their way."""
        deadline = time.monotonic() + SETTLES_S
        return {(topic, partition): self.settle(topic, partition, deadline)
                for partition in self.committed.partitions(topic)}

    def settle(self, topic, partition, deadline):
        """(stable end, log end): once what is there now is stable, or the deadline has passed."""
        end, stable = self.uncommitted.end(topic, partition), self.committed.end(topic, partition)
        while stable < end and time.monotonic() < deadline:
            time.sleep(0.02)
            stable = self.committed.end(topic, partition)
        return min(stable, end), end

    def commits(self, group):
        """[(group commit's (topic, partition), offset, metadata)] of a group, in order."""
        try:
            partitions = len(self.committed.partitions(OFFSETS_TOPIC))
        except (KafkaException, KeyError):
            return []
        home = java_hash(group) % partitions
        self.settle(OFFSETS_TOPIC, home, time.monotonic() + SETTLES_S)
        commits = []
        for record in self.committed.read(OFFSETS_TOPIC, [home])[home]:
            commit = parse_commit(record)
            if commit and commit[0] == group:
                commits.append(commit[1:])
        return commits

    def batches(self, group):
        """(lineage, [Batch]) of a group from the markers in its commits."""
        return batches_of(self.commits(group))

    def close(self):
        self.committed.close()
        self.uncommitted.close()


def java_hash(text):
    """The absolute String.hashCode(), by which the broker places a group."""
    value = 0
    for unit in struct.iter_unpack("<H", text.encode("utf-16-le")):
        value = (31 * value + unit[0]) & 0xFFFFFFFF
    return min(value, (1 << 32) - value) % (1 << 31)


class Fields:
    """The broker's fixed-size fields, big-endian."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value = struct.unpack_from(form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def string(self):
        size = self.take(">h")
        self.at += size
        return self.data[self.at - size:self.at].decode()

    def compact_string(self):
        """Below 127 bytes its length is one byte; markers are below 100."""
        size = self.take(">B") - 1
        self.at += size
        return self.data[self.at - size:self.at].decode()


def parse_commit(record):
    """(group, (topic, partition), offset or None, metadata) of an OffsetCommit record, or None."""
    key = Fields(record.key)
    if key.take(">h") > 1:
        return None
    group, topic, partition = key.string(), key.string(), key.take(">i")
    if record.value is None:
        return group, (topic, partition), None, ""
    value = Fields(record.value)
    version, offset = value.take(">h"), value.take(">q")
    if version >= 3:
        value.take(">i")
    metadata = value.compact_string() if version >= 4 else value.string()
    return group, (topic, partition), offset, metadata


def batches_of(commits):
    """(lineage, [Batch]): commits with the same marker one after the other are one batch."""
    batches, lineage = [], None
    for place, offset, metadata in commits:
        marker = MARKER.fullmatch(metadata)
        if offset is None or not marker:
            continue
        lineage = marker[1]
        number, attempt, time_ms = int(marker[2]), marker[3], int(marker[4])
        last = batches[-1] if batches else None
        if (last is None or (last.number, last.attempt, last.time_ms) != (number, attempt, time_ms)
                or place in last.until):
            batches.append(model.Batch(number, attempt, time_ms, {}))
        batches[-1].until[place] = offset
    return lineage, batches


class Admin:
    def __init__(self, brokers):
        self.client = AdminClient({"bootstrap.servers": brokers, "log_level": 2,
                                   "error_cb": lambda error: None})

    def create(self, topic, partitions, **config):
        """Creates the topic and waits until it is there. Underscores in a key stand for dots."""
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        made = self.client.create_topics([NewTopic(topic, partitions, 1, config=settings)],
                                         operation_timeout=30)
        for future in made.values():
            future.result()
        deadline = time.monotonic() + DEADLINE_S
        while not self.is_ready(topic, partitions):
            if time.monotonic() > deadline:
                raise Timeout(f"topic '{topic}' has no leader after {DEADLINE_S} s")
            time.sleep(0.02)

    def is_ready(self, topic, partitions):
        metadata = self.client.list_topics(timeout=DEADLINE_S).topics.get(topic)
        return (metadata is not None and len(metadata.partitions) == partitions
                and all(partition.leader >= 0 for partition in metadata.partitions.values()))

    def configure(self, topic, **config):
        """Replaces the topic's settings. Underscores in a key stand for dots."""
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        resource = ConfigResource(RESOURCE_TOPIC, topic, set_config=settings)
        for future in self.client.alter_configs([resource]).values():
            future.result()

    def delete(self, *topics):
        for future in self.client.delete_topics(list(topics), operation_timeout=30).values():
            future.result()


class Feeder:
    """Writes a generator's events to a topic, each to its key's partition.

    librdkafka before 2.3 takes a batch that may have been stored before its broker died for a fatal
    error (its issue 4438). A new producer then goes on; what the topic holds is the input.
    """

    def __init__(self, brokers, topic, partitions, generator, transactional_id=None):
        settings = {"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 2,
                    "retry.backoff.ms": 20, "reconnect.backoff.max.ms": 500, "log_level": 2,
                    "error_cb": lambda error: None}
        if transactional_id:
            settings["transactional.id"] = transactional_id
        self.settings = settings
        self.producer = Producer(settings)
        self.topic, self.partitions, self.generator = topic, partitions, generator
        self.failures = []
        if transactional_id:
            self.producer.init_transactions(DEADLINE_S)

    def delivered(self, error, _message):
        if error is not None and not self.is_fatal(error):
            self.failures.append(error)

    @staticmethod
    def is_fatal(error):
        return error.fatal() or error.code() in (KafkaError._FATAL, KafkaError._PURGE_QUEUE,
                                                 KafkaError._PURGE_INFLIGHT)

    def produce(self, *record, **options):
        try:
            self.producer.produce(self.topic, *record, **options)
        except KafkaException as failure:
            if not self.is_fatal(failure.args[0]) or "transactional.id" in self.settings:
                raise
            self.producer = Producer(self.settings)
            self.producer.produce(self.topic, *record, **options)

    def feed(self, count, timestamp_ms=None):
        """Hands over count events; their timestamps rise by one from timestamp_ms, or are now."""
        for number in range(count):
            key, value, headers = self.generator.next()
            sequence = self.generator.sequence
            partition = (model.partition_of(key, self.partitions) if key is not None
                         else sequence % self.partitions)
            when = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms + number
            while True:
                try:
                    self.produce(value, key, partition, timestamp=when, headers=headers,
                                 on_delivery=self.delivered)
                    break
                except BufferError:
                    self.producer.poll(0.05)
        self.producer.poll(0)

    def flush(self):
        left = self.producer.flush(DEADLINE_S)
        if left or self.failures:
            raise Timeout(f"topic '{self.topic}': {left} records were not acknowledged, "
                          f"{len(self.failures)} failed: {self.failures[:1]}")

    def transaction(self, count, end):
        """One transaction; end is 'commit', 'abort' or 'open' (left as it is)."""
        self.producer.begin_transaction()
        self.feed(count)
        self.flush()
        if end == "commit":
            self.producer.commit_transaction(DEADLINE_S)
        elif end == "abort":
            self.producer.abort_transaction(DEADLINE_S)
