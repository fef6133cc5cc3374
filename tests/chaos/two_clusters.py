#!/usr/bin/python3
"""Source and sink on two clusters: SIGKILL at every point where the marker topic decides, and what
such a job is refused without."""
import argparse
import pathlib
import signal
import sys

import harness
import topics

PORT, SINK_PORT = 19392, 19492
RECORDS, PARTITIONS = 1500, 3
POINTS = ("start.after_look", "start.after_init", "anchor.after_sync", "anchor.after_commit",
          "run.first_produce", "prepare.after_flush", "prepare.after_sync", "commit.after_offsets",
          "commit.before_end_txn", "commit.after_end_txn", "done.after_lag",
          "recover.after_apply")


class Bridge:
    def __init__(self, options, name, source, sink):
        self.options, self.source, self.sink = options, source, sink
        self.name = f"{name}.{options.unique}"
        self.timeline = harness.Timeline()
        self.checkpoint = options.work / self.name / "checkpoint"

    def start(self, crash=None, marker="marker", checkpoint=True):
        command = [str(self.options.bridge), "--brokers", self.source.address, "--topic",
                   self.options.input_topic, "--group", f"g.{self.name}", "--sink-brokers",
                   self.sink.address, "--output-topic", f"out.{self.name}"]
        conf = {"leat.stop.after.drain": "true", "leat.batch.records.max": 300,
                "leat.progress": "json"}
        if marker:
            conf["leat.marker.topic"] = marker
        if checkpoint:
            command += ["--checkpoint", str(self.checkpoint)]
        for key, value in conf.items():
            command += ["--conf", f"{key}={value}"]
        return harness.Process(command, {"LEAT_CRASH": crash} if crash else {}, self.timeline,
                               self.name)


def records_of(broker, topic):
    """{partition: [(key, value)]} as a read_committed reader sees them."""
    view = topics.View(broker.address, "read_committed")
    read = view.read(topic)
    view.close()
    return {partition: [(record.key, record.value) for record in records]
            for partition, records in read.items()}


def by_key(records):
    keyed = {}
    for partition in sorted(records):
        for key, value in records[partition]:
            keyed.setdefault(key, []).append(value)
    return keyed


def kill_at(options, point, count, expected, source, sink):
    bridge = Bridge(options, f"{point}.{count}", source, sink)
    topics.Admin(sink.address).create(f"out.{bridge.name}", PARTITIONS)
    if point.startswith("recover."):
        bridge.start("commit.after_end_txn:1").expect(-signal.SIGKILL)
    bridge.start(f"{point}:{count}").expect(-signal.SIGKILL)
    bridge.start().expect(0)
    found = by_key(records_of(sink, f"out.{bridge.name}"))
    if found != expected:
        raise harness.Failure(f"{point}:{count}: {sum(map(len, found.values()))} records arrived, "
                              f"{sum(map(len, expected.values()))} were sent, or their order "
                              f"changed: {bridge.timeline.entries}")
    print(f"ok   {point}:{count}")


def refused(options, source, sink):
    bridge = Bridge(options, "refused", source, sink)
    topics.Admin(sink.address).create(f"out.{bridge.name}", PARTITIONS)
    for arguments, words in (({"marker": None}, "leat.marker.topic"),
                             ({"marker": "no-such-topic"}, "no-such-topic"),
                             ({"checkpoint": False}, "checkpoint")):
        process = bridge.start(**arguments)
        process.expect(1)
        process.expect_sentence(words)
        print(f"ok   refused: {words}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bridge", required=True)
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    options = parser.parse_args()
    options.unique = str(harness.os.getpid())
    options.work = options.work / f"bridge-{options.unique}"
    source = harness.Broker(options.kafka, PORT, options.work.parent / "broker")
    sink = harness.Broker(options.kafka, SINK_PORT, options.work.parent / "sink-broker")
    sink.start()
    try:
        options.input_topic = f"in.bridge.{options.unique}"
        topics.Admin(source.address).create(options.input_topic, PARTITIONS)
        if "marker" not in topics.Admin(sink.address).client.list_topics(timeout=30).topics:
            topics.Admin(sink.address).create("marker", 1)
        feeder = topics.Feeder(source.address, options.input_topic, PARTITIONS,
                               harness.events.Generator(1))
        feeder.feed(RECORDS)
        feeder.flush()
        expected = by_key(records_of(source, options.input_topic))
        refused(options, source, sink)
        for point in POINTS:
            kill_at(options, point, 1, expected, source, sink)
        for point in ("prepare.after_sync", "commit.after_end_txn"):
            kill_at(options, point, 2, expected, source, sink)
    finally:
        sink.stop()


if __name__ == "__main__":
    try:
        main()
    except harness.Failure as failure:
        print(f"FAIL {failure}")
        sys.exit(1)
