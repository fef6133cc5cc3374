#!/usr/bin/python3
"""Topics that change under a job: partitions added, records deleted, topics created anew."""
from mistakes import Failure, case, run, wait_for

LOST = ["is not there any more"]


def stop(process):
    process.signal(15)
    process.expect(0)


@case("partitions added while the job runs")
def partitions_added(it):
    process = it.start()
    it.wait_for_written(it.fed, process)
    it.add_partitions(it.topic, 3)
    it.feed(2, partition=1)
    it.feed(2, partition=2)
    it.wait_for_written(it.fed, process)
    stop(process)
    it.only_logged(process)
    it.feed(1, partition=2)
    it.drains()


@case("partitions added while the job is down, reset latest")
def partitions_added_between(it):
    it.drains(expected=[], reset="latest")
    it.add_partitions(it.topic, 2)
    it.feed(2, partition=1)
    it.drains(expected=it.fed[3:], reset="latest")


@case("partitions added while the job is down, reset latest, at least once without a checkpoint")
def partitions_added_by_group(it):
    options = {"reset": "latest", "checkpoint": None,
               "conf": {"leat.processing.guarantee": "at_least_once"}}
    it.drains(expected=[], **options)
    it.add_partitions(it.topic, 2)
    it.feed(2, partition=1)
    it.drains(expected=it.fed[3:], **options)


@case("pattern, and a topic that comes later")
def pattern(it):
    def start(**options):
        return it.start(topic=None, pattern=f"{it.topic}(-[a-z]+)?", **options)

    process = start()
    it.wait_for_written(it.fed, process)
    it.create(it.topic + "-later", 2)
    it.feed(3, topic=it.topic + "-later", partition=1)
    it.wait_for_written(it.fed, process)
    stop(process)
    it.feed(1, topic=it.topic + "-later", partition=0)
    start(drain=True).expect(0)
    it.check_written(it.fed)


@case("pattern, and a topic that is deleted")
def pattern_topic_deleted(it):
    it.create(it.topic + "-gone", 1)
    it.feed(2, topic=it.topic + "-gone")
    process = it.start(topic=None, pattern=f"{it.topic}(-gone)?")
    it.wait_for_written(it.fed, process)
    it.delete(it.topic + "-gone")
    wait_for("a line that says that the topic is gone",
             lambda: any("is gone" in line for line in process.lines) or not process.is_alive())
    it.feed(2)
    it.wait_for_written(it.fed, process)
    stop(process)


@case("pattern, and a topic that is deleted while the job is down")
def pattern_topic_deleted_between(it):
    """The group has lost the batch's marker there: somebody must say that this is right."""
    it.create(it.topic + "-gone", 1)
    it.feed(2, topic=it.topic + "-gone")
    both = {"topic": None, "pattern": f"{it.topic}(-gone)?"}
    it.drains(**both)
    it.delete(it.topic + "-gone")
    it.feed(2)
    it.refused(it.start(**both), it.group, it.topic + "-gone", "--positions=ledger",
               written=it.fed[:5])
    process = it.start("--positions=ledger", drain=True, **both)
    process.expect(0, 30)
    it.check_written(it.fed)


@case("topic deleted under the job")
def topic_deleted(it):
    process = it.start(conf={"leat.kafka.request.timeout": "3s"})
    it.wait_for_written(it.fed, process)
    it.delete(it.topic)
    it.refused(process, it.topic, "does not exist", written=it.fed)


@case("retention before the start", records=5)
def retention_between(it):
    it.drains()
    it.feed(5)
    it.delete_records(0, 8)
    it.refused(it.start(), it.topic, "partition 0", "next offset to read is 5", "before 8",
               "leat.kafka.data.loss=earliest|latest", written=it.fed[:5])
    process = it.drains(conf={"leat.kafka.data.loss": "earliest"}, logs=LOST,
                        expected=it.fed[:5] + it.fed[8:])
    if not any("3 records lost" in line for line in process.lines):
        raise Failure(f"the loss is not counted: {process.messages()}")
    it.feed(2)
    it.drains(expected=it.fed[:5] + it.fed[8:])


@case("retention before the start, latest", records=5)
def retention_latest(it):
    it.drains()
    it.feed(5)
    it.delete_records(0, 8)
    process = it.start(conf={"leat.kafka.data.loss": "latest"})
    wait_for("a batch", lambda: process.wait_for_batches(1))
    it.feed(2)
    it.wait_for_written(it.fed[:5] + it.fed[10:], process)
    stop(process)
    it.only_logged(process, LOST)
    it.feed(2)
    it.drains(expected=it.fed[:5] + it.fed[10:])


@case("retention under the job", records=40)
def retention_under(it):
    slow = {"spark.streaming.kafka.maxRatePerPartition": "1"}
    process = it.start(conf=slow, interval_ms=1000)
    wait_for("a batch", lambda: process.wait_for_batches(1))
    it.delete_records(0, 30)
    it.refused_with_part(process, it.topic, "partition 0", "before 30",
                                "leat.kafka.data.loss=earliest|latest")
    process = it.start(conf={**slow, "leat.kafka.data.loss": "earliest"}, interval_ms=1000)
    wait_for("a line that counts the loss",
             lambda: any("records lost" in line for line in process.lines))
    wait_for("a batch", lambda: process.wait_for_batches(1))
    it.delete_records(0, 38)
    wait_for("another such line",
             lambda: sum("records lost" in line for line in process.lines) > 1)
    stop(process)
    it.drains(expected=it.written() + it.fed[it.position():])


@case("topic created anew with fewer records", records=5)
def created_anew_short(it):
    it.drains()
    before, it.fed = it.fed, []
    it.delete(it.topic)
    it.create(it.topic, 1)
    it.feed(2)
    it.refused(it.start(), it.topic, "partition 0", "next offset to read is 5", "log ends at 2",
               "created anew", "leat.kafka.data.loss=earliest|latest", written=before)
    it.drains(conf={"leat.kafka.data.loss": "earliest"}, logs=LOST, expected=before + it.fed)


@case("topic created anew with more records", records=5)
def created_anew_long(it):
    it.drains()
    before, it.fed = it.fed, []
    it.delete(it.topic)
    it.create(it.topic, 1)
    it.feed(8)
    it.refused(it.start(), it.topic, "partition 0", "offset 4", "created anew", "another group_id",
               written=before)


def create_anew(it, *transactions):
    """In a topic of transactions the position follows a marker: the job read 0 to 4, and is at 6."""
    it.feed_transactions(5)
    it.drains()
    if it.position() != 6:
        raise Failure(f"the position is {it.position()}")
    before, it.fed = it.fed, []
    it.delete(it.topic)
    it.create(it.topic, 1)
    it.feed_transactions(*transactions)
    return before


@case("topic of transactions created anew", records=0)
def created_anew_by_transaction(it):
    before = create_anew(it, 8)
    it.refused(it.start(), it.topic, "partition 0", "offset 4", "created anew", "another group_id",
               written=before)


@case("topic of transactions created anew, a marker in the last record's place", records=0)
def created_anew_marker(it):
    before = create_anew(it, 4, 4)
    it.refused(it.start(), it.topic, "partition 0", "offset 5", "created anew", "another group_id",
               written=before)


@case("topic of transactions created anew, nothing in the last record's place", records=0)
def created_anew_hole(it):
    """As compaction would leave it: it can only be said."""
    before = create_anew(it, 4, -1, 3)
    process = it.drains(expected=before + it.fed[4:], logs=["offset 4"])
    if not any("compact" in line for line in process.lines):
        raise Failure(f"it does not say what that may be: {process.messages()}")


@case("topic of transactions that goes on", records=0)
def transactions_go_on(it):
    it.feed_transactions(5, -3)
    it.drains()
    it.feed_transactions(-2, 4, -2)
    it.drains()
    it.feed_transactions(1)
    it.drains(parameters="isolation.level=read_uncommitted")


@case("held back by an open transaction", records=0)
def held_back(it):
    it.feed_transactions(2)
    process = it.start(conf={"leat.kafka.request.timeout": "1s"})
    it.wait_for_written(it.fed, process)
    last = lambda: process.progress[-1]
    wait_for("no lag", lambda: last()["lag"] == 0 and last()["held_back"] == 0)
    hung = it.open_transaction(4)
    wait_for("the lag", lambda: last()["lag"] == 4 and last()["held_back"] == 4)
    wait_for("a line that says so", lambda: any(
        f"topic '{it.topic}' partition 0 is held back" in line and "since offset 3" in line
        for line in process.lines))
    hung.commit_transaction(30)
    it.wait_for_written(it.fed, process)
    wait_for("no lag", lambda: last()["lag"] == 0 and last()["held_back"] == 0)
    stop(process)
    it.only_logged(process, logs=["is held back by", "is not held back any more"])
    if sum("held back" in line for line in process.lines if not line.startswith("{")) != 2:
        raise Failure(f"it says so more than once: {process.messages()}")


@case("at least once", records=30, partitions=3)
def at_least_once(it):
    conf = {"leat.processing.guarantee": "at_least_once"}
    it.drains(conf=conf)
    it.feed(9)
    it.drains(conf=conf, output_dir=it.folder / "text" / "tags")


@case("at least once without a checkpoint", records=6)
def at_least_once_by_group(it):
    conf = {"leat.processing.guarantee": "at_least_once"}
    it.drains(conf=conf, checkpoint=None)
    it.feed(6)
    it.drains(conf=conf, checkpoint=None)


@case("at least once, then exactly once", records=6)
def to_exactly_once(it):
    it.drains(conf={"leat.processing.guarantee": "at_least_once"})
    it.feed(6)
    it.drains()
    it.feed(6)
    it.drains(conf={"leat.processing.guarantee": "at_least_once"})


@case("no checkpoint, Kafka to Kafka", records=6)
def no_checkpoint(it):
    it.drains(checkpoint=None)
    it.feed(6)
    it.drains(checkpoint=None)


if __name__ == "__main__":
    run(__doc__)
