#!/usr/bin/python3
"""Input topics that are no plain sequence of offsets: aborted and open transactions, control
records at the end, compaction holes. Counting by offsets would go wrong here."""
import harness

COMPACTED = {"cleanup_policy": "compact", "segment_ms": 200, "min_cleanable_dirty_ratio": 0.001,
             "max_compaction_lag_ms": 200, "delete_retention_ms": 0}
CONF = {"leat.batch.records.max": 150}


def feed_transactions(feeders, plan):
    """Interleaves the feeders: plan is (feeder index, count, end)."""
    for index, count, end in plan:
        feeders[index].transaction(count, end)


def random_plan(choose, steps):
    """Transactions of three feeders; 0 commits, 1 aborts mostly, 2 feeds either way."""
    for _ in range(steps):
        index = choose.choice((0, 0, 1, 2))
        end = ("commit", "abort", choose.choice(("commit", "abort")))[index]
        yield index, choose.choice((1, 2, 7, 40, 90)), end


def aborted_transactions(stage):
    """The input ends in aborted records and markers; nothing of them may be waited for."""
    def act(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}")
        feeders = [stage.feeder(scene.input_topic, 10 + number, transactional=True)
                   for number in range(3)]
        feed_transactions(feeders, random_plan(choose, 40))
        feed_transactions(feeders, [(0, 60, "commit"), (1, 60, "abort"), (2, 5, "abort")])
        scene.finish(conf=CONF)
        scene.verify()
    return act


def open_transactions(stage):
    """The job stops before an open transaction, and goes on when it ends, either way."""
    def act(scene):
        scene.watch()
        feeders = [stage.feeder(scene.input_topic, 20 + number, transactional=True)
                   for number in range(3)]
        feed_transactions(feeders, [(0, 300, "commit"), (1, 50, "open"), (2, 50, "open"),
                                    (0, 300, "commit"), (0, 30, "abort")])
        scene.finish(conf=CONF)
        scene.verify()
        feeders[1].producer.commit_transaction(harness.DEADLINE_S)
        scene.finish(conf=CONF)
        scene.verify()
        feeders[2].producer.abort_transaction(harness.DEADLINE_S)
        feed_transactions(feeders, [(0, 100, "commit")])
        scene.finish(conf=CONF)
        scene.verify()
    return act


def transactions_meanwhile(stage):
    """Transactions come and go while the job runs and is killed."""
    def act(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}/meanwhile")
        feeders = [stage.feeder(scene.input_topic, 30 + number, transactional=True)
                   for number in range(3)]
        for _ in range(4):
            process = scene.start(conf=CONF, interval_ms=30)
            feed_transactions(feeders, random_plan(choose, 15))
            process.wait_for_batches(2)
            process.signal(harness.signal.SIGKILL)
            process.expect(-harness.signal.SIGKILL)
        scene.finish(conf=CONF)
        scene.verify()
    return act


def compaction_holes(stage):
    """A compacted topic: most offsets are gone, whole stretches of them, also at its start."""
    def act(scene):
        topic = scene.input_topic
        feeder = stage.feeder(topic, 40)
        feed_until_holes(stage, feeder, topic)
        scene.watch()
        scene.finish(conf=CONF)
        scene.verify()
        feeder.feed(200)
        feeder.flush()
        scene.finish(conf=CONF)
        scene.verify()
    return act


def feed_until_holes(stage, feeder, topic):
    """Feeds until the cleaner has taken half of the offsets of each partition away."""
    def has_holes():
        feeder.feed(300)
        feeder.flush()
        for partition, records in stage.reader.committed.read(topic).items():
            end = stage.reader.committed.end(topic, partition)
            if len(records) * 2 > end:
                return False
        return True
    harness.wait_for("compaction holes", has_holes, deadline_s=120, pause_s=0.25)
    stop_compaction(stage, topic)


def stop_compaction(stage, topic):
    """The model needs the input to stay as it is; a cleaning under way may still end."""
    stage.admin.configure(topic, cleanup_policy="delete", retention_ms=-1)
    reads = []

    def is_still():
        reads.append(stage.reader.committed.read(topic))
        return len(reads) > 5 and all(read == reads[-1] for read in reads[-5:])
    harness.wait_for("the end of the compaction", is_still, pause_s=0.2)


def acts(stage):
    for job in ("relay", "daas"):
        stage.play("aborted transactions", job, aborted_transactions(stage))
        stage.play("open transactions", job, open_transactions(stage))
        stage.play("transactions meanwhile", job, transactions_meanwhile(stage))
        stage.play("compaction holes", job, compaction_holes(stage), input_config=COMPACTED)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__), acts)
