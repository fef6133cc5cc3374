#!/usr/bin/python3
"""Topics, offsets, transactions and brokers that are not as the job wants them."""
import time

from confluent_kafka import Consumer

from mistakes import Failure, case, run, wait_for


@case("missing input topic", records=0, partitions=0)
def missing_input(it):
    it.refused(it.start(), it.topic, "does not exist", "127.0.0.1:", "create it")


@case("one input topic of two missing")
def missing_second_input(it):
    it.refused(it.start(topic=f"{it.topic},not.there"), "'not.there'", "does not exist")
    it.drains()


@case("missing output topic", output=False)
def missing_output(it):
    it.refused(it.start(), "any_job.c:", it.output, "does not exist", "create it")
    it.create(it.output, 1)
    it.drains()


@case("impossible topic name", **{"records": 0, "partitions": 0})
def impossible_name(it):
    it.refused(it.start(topic="a/b"), "'a/b'")


@case("pattern matching nothing")
def pattern_without_match(it):
    it.refused(it.start(topic=None, pattern=r"in\.nothing.*"), "any_job.c:", r"in\.nothing.*",
               "matches no topic", "127.0.0.1:", "create one")


@case("pattern that is none")
def bad_pattern(it):
    it.refused(it.start(topic=None, pattern="in[a"), "'in[a'", "pattern")


@case("pattern that finds the output topic")
def pattern_with_loop(it):
    it.refused(it.start(topic=None, pattern=f"(in|out).{it.topic[3:]}"), "any_job.c:", it.output,
               "'records'", "feed itself")


@case("topic matched by its name and by a pattern")
def name_and_pattern(it):
    it.refused(it.start(other_pattern=f"in.{it.topic[3:]}"), "any_job.c:", f"'{it.topic}'",
               "'records'", "'others'", "use one stream twice")


@case("topic matched by two patterns")
def two_patterns(it):
    it.refused(it.start(topic=None, pattern=f"in.{it.topic[3:]}",
                        other_pattern=f"i.{it.topic[2:]}"), "any_job.c:", f"'{it.topic}'",
               "'records'", "'others'", "use one stream twice")


@case("unreachable broker")
def unreachable(it):
    process = it.start(brokers="127.0.0.1:19698", conf={"leat.kafka.connect.timeout": "6s"})
    began = time.monotonic()
    wait_for("a line that says it is still trying",
             lambda: any("still trying" in line for line in process.lines), 6)
    it.refused(process, "127.0.0.1:19698", "leat.kafka.connect.timeout", logs=["still trying"],
               deadline_s=8)
    if time.monotonic() - began < 4:
        raise Failure("it gave up early")


@case("broker whose name nobody knows", **{"records": 0, "partitions": 0})
def unknown_host(it):
    it.refused(it.start(brokers="no-such-host.invalid:9092",
                        conf={"leat.kafka.connect.timeout": "5s"}), "no-such-host.invalid:9092",
               logs=["still trying"], deadline_s=8)


@case("explicit offset behind the end")
def offset_behind_end(it):
    it.refused(it.start(**{"from": f"{it.topic}:0:4"}), "any_job.c:", it.topic, "partition 0",
               "offset 4", "from 0 to 3", "begin within")
    it.drains(**{"from": f"{it.topic}:0:3"}, expected=[])


@case("explicit offset before the start", records=5)
def offset_before_start(it):
    it.delete_records(0, 2)
    it.refused(it.start(**{"from": f"{it.topic}:0:1"}), it.topic, "offset 1", "from 2 to 5")


@case("explicit offset of a partition that is not there")
def offset_of_no_partition(it):
    it.refused(it.start(**{"from": f"{it.topic}:1:0"}), "any_job.c:", it.topic, "partition 1",
               "'records'")


@case("explicit offsets", records=9, partitions=3)
def explicit_offsets(it):
    """The others begin where auto.offset.reset says; a later start goes on where it was."""
    begin = {"from": f"{it.topic}:0:2,{it.topic}:1:3", "reset": "latest"}
    it.drains(**begin, expected=[b"r6"])
    it.feed(3)
    it.drains(**begin, expected=[b"r6", b"r9", b"r10", b"r11"])


@case("transaction timeout above the broker's maximum")
def long_timeout(it):
    it.drains(conf={"leat.transaction.timeout": "1h"},
              logs=["leat.transaction.timeout is 3600000 ms, and the brokers' "
                    "transaction.max.timeout.ms allows 300000 ms"])


@case("transaction timeout below the interval")
def short_timeout(it):
    it.refused(it.start(interval_ms=3000, conf={"leat.transaction.timeout": "2s"}),
               "leat.transaction.timeout", "2000 ms", "3000 ms", "raise it")
    it.drains()


@case("batch longer than its transaction")
def long_batch(it):
    it.refused(it.start(map="sleep", number=1000, conf={"leat.transaction.timeout": "2s"}),
               "batch 1", "3 records", "2000 ms", "leat.batch.records.max",
               "leat.transaction.timeout", logs=["tried again"])
    it.drains()


@case("group with a member elsewhere")
def live_member(it):
    consumer = Consumer({"bootstrap.servers": it.stage.brokers, "group.id": it.group,
                                "client.id": "the-old-job", "enable.auto.commit": False,
                                "session.timeout.ms": 6000})
    consumer.subscribe([it.topic])
    wait_for("the member's partitions", lambda: consumer.poll(0.1) or consumer.assignment(), 20)
    it.refused(it.start(), it.group, "the-old-job", "127.0.0.1", "stop")
    consumer.close()
    it.drains()


if __name__ == "__main__":
    run(__doc__)
