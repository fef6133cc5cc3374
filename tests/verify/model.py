"""What relay and daas must put out for a recorded input: the contract, not leat's code."""
from collections import namedtuple

import pack
from murmur2 import partition_of

# What a Kafka client reads. headers is a tuple of (name, bytes).
Record = namedtuple("Record", "topic partition offset key value headers timestamp")
# One committed batch: until is {(topic, partition): offset}, time_ms its label.
Batch = namedtuple("Batch", "number attempt time_ms until")


def event_id(value):
    """The id of an event or of an output record of daas, None when it holds none."""
    try:
        return pack.unpack(value)["id"]
    except (ValueError, KeyError, TypeError):
        return None


class Relay:
    """Every record unchanged: key, value, headers, timestamp."""
    writes_text = False

    def outputs(self, record):
        return [(record.key, record.value, record.headers, record.timestamp)]

    def identity(self, record):
        return (record.key, record.value, record.headers, record.timestamp)

    def partition(self, identity, partitions):
        """None when the contract leaves it open."""
        return None if identity[0] is None else partition_of(identity[0], partitions)

    def lines(self, record):
        return []

    def describe(self, identity):
        return f"the record of event {event_id(identity[1])} (key {identity[0]!r})"


class Ids:
    """The id of every event as a line of text, and no record."""
    writes_text = True

    def outputs(self, record):
        return []

    def lines(self, record):
        return [str(event_id(record.value))]


class Daas:
    """Per tag of a wanted event: key = user, value = {id, tag, segment}, and a line of text."""
    writes_text = True

    def __init__(self, params):
        self.kinds = set(params["kinds"])
        self.segments = params["segments"]

    def outputs(self, record):
        event = pack.unpack(record.value)
        if event["kind"] not in self.kinds:
            return []
        user, segment = event["user"], self.segments.get(event["user"], "")
        return [(user.encode(), event["id"], tag, segment) for tag in event["tags"]]

    def identity(self, record):
        try:
            value = pack.unpack(record.value)
            if set(value) != {"id", "tag", "segment"}:
                return (record.key, record.value)
            return (record.key, value["id"], value["tag"], value["segment"])
        except (ValueError, TypeError):
            return (record.key, record.value)

    def partition(self, identity, partitions):
        return partition_of(identity[0], partitions)

    def lines(self, record):
        return [f"{number}\t{tag}\t{segment}" for _, number, tag, segment in self.outputs(record)]

    def describe(self, identity):
        if len(identity) != 4:
            return f"a record with the value {identity[1]!r}"
        return f"tag '{identity[2]}' of event {identity[1]} (key {identity[0]!r})"
