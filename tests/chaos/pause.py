#!/usr/bin/python3
"""SIGSTOP for longer than the transaction timeout, then SIGCONT: the zombie commits nothing.

Without a replacement it ends with a message that names fencing and the timeout. The replacement
runs on a copy of the checkpoint directory, as on another machine: the lock cannot keep it out,
the broker has to.
"""
import shutil
import signal

import harness

TIMEOUT_MS = 3000
CONF = {"leat.transaction.timeout": f"{TIMEOUT_MS}ms", "leat.batch.records.max": 600}
BACKLOG = 40000  # Keeps the first half minute busy, so that a stop mostly hits a transaction.
RECORDS_PER_SECOND = 1000
INTERVAL_MS = 10


def feed_with_backlog(stage, scene):
    feeder = stage.feeder(scene.input_topic)
    feeder.feed(BACKLOG)
    feeder.flush()
    return harness.SteadyFeed(feeder, RECORDS_PER_SECOND)


def has_open_transaction(scene):
    with scene.stage.reader_lock:
        ends = scene.stage.reader.ends(scene.output_topic)
    return any(stable != end for stable, end in ends.values())


def stop_within_a_transaction(scene):
    """Starts the job and SIGSTOPs it when it has a transaction open; tries until it does."""
    choose = harness.random.Random(f"{scene.stage.options.seed}/{scene.name}")
    process = scene.start(interval_ms=INTERVAL_MS, conf=CONF)

    def stopped():
        nonlocal process
        if not process.wait_for_batches(1):  # On a busy machine a try may outlast the timeout.
            process = scene.start(interval_ms=INTERVAL_MS, conf=CONF)
            return False
        harness.time.sleep(choose.uniform(0, 0.04))  # The moment is part of the seed.
        process.popen.send_signal(signal.SIGSTOP)
        # The markers of an ended transaction land within that time, an open one stays.
        until = harness.time.monotonic() + TIMEOUT_MS / 5000
        while harness.time.monotonic() < until:
            if not has_open_transaction(scene):
                process.popen.send_signal(signal.SIGCONT)
                return False
        return True
    harness.wait_for("a stop within a transaction", stopped)
    scene.timeline.add(f"{process.name}: stopped within a transaction")
    return process


def wait_for_the_timeout(scene):
    harness.wait_for("the broker to abort the transaction",
                     lambda: not has_open_transaction(scene), pause_s=0.1)
    scene.timeline.add("the broker aborted the transaction")


def zombie_ends(process):
    process.signal(signal.SIGCONT)
    process.expect(1)
    process.expect_sentence("fenced|another instance|newer", r"transaction\.timeout|timeout|timed")


def without_replacement(stage):
    def act(scene):
        scene.watch()
        feed = feed_with_backlog(stage, scene)
        process = stop_within_a_transaction(scene)
        wait_for_the_timeout(scene)
        zombie_ends(process)
        scene.start(interval_ms=INTERVAL_MS, conf=CONF).wait_for_batches(5)
        scene.processes[-1].signal(signal.SIGTERM)
        scene.processes[-1].expect(0)
        feed.stop()
        scene.finish()
        scene.verify()
    return act


def with_replacement(stage, wait):
    """wait: whether the timeout passes before the replacement starts."""
    def act(scene):
        scene.watch()
        feed = feed_with_backlog(stage, scene)
        zombie = stop_within_a_transaction(scene)
        if wait:
            wait_for_the_timeout(scene)
        copy = scene.folder / "checkpoint-of-the-replacement"
        shutil.copytree(scene.checkpoint, copy)
        scene.checkpoint = copy
        replacement = scene.start(interval_ms=INTERVAL_MS, conf=CONF)
        replacement.wait_for_batches(3)
        zombie_ends(zombie)
        if not replacement.wait_for_batches(3):
            raise harness.Failure(f"the zombie ended its replacement: {replacement.messages()}")
        replacement.signal(signal.SIGTERM)
        replacement.expect(0)
        feed.stop()
        scene.finish()
        scene.verify()
    return act


def acts(stage):
    stage.play_all([(name, job, act, {}) for job in ("relay", "daas") for name, act in (
        ("no replacement", without_replacement(stage)),
        ("replacement at once", with_replacement(stage, wait=False)),
        ("replacement after the timeout", with_replacement(stage, wait=True)))])


if __name__ == "__main__":
    harness.run(harness.parse(__doc__), acts)
