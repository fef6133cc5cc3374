#!/usr/bin/python3
"""What people and time do to a job between two runs: directories deleted or restored, groups
expired or changed, clocks set back. The job goes on by itself where the outcome can be known, and
otherwise stops with a question whose answers do what they say."""
import os
import shutil
import signal
import subprocess
from collections import Counter

import harness

RECORDS = 1200
CONF = {"leat.batch.records.max": 200}
COMMITTED, NOT_COMMITTED = "commit.after_end_txn:2", "commit.before_end_txn:2"
DIFFERENT, UNKNOWABLE, FOREIGN = "not what this checkpoint recorded", "cannot be known", "lineage"


def run(scene, crash=None, answers=(), drain=True):
    return scene.start(crash, interval_ms=20, conf=CONF, drain=drain, arguments=answers)


def crash_at(scene, point):
    run(scene, point).expect(-signal.SIGKILL)


def asks(scene, *words):
    process = run(scene)
    process.expect(1)
    process.expect_sentence(*words, scene.groups[-1])


def by_key(records):
    keyed = {}
    for partition in sorted(records):
        for record in records[partition]:
            keyed.setdefault(record.key, []).append(record.value)
    return keyed


def seen(scene):
    """What came out, and what went in, by key in order."""
    with scene.stage.reader_lock:
        return (by_key(scene.stage.reader.committed.read(scene.output_topic)),
                by_key(scene.stage.reader.committed.read(scene.input_topic)))


def exactly_once(scene):
    found, expected = seen(scene)
    if found != expected:
        raise harness.Failure(f"{sum(map(len, found.values()))} records came out, "
                              f"{sum(map(len, expected.values()))} went in, or in another order")


def repeats(scene, at_least):
    """Everything is there, and something twice: what the user has chosen."""
    found, expected = seen(scene)
    more = sum(map(len, found.values())) - sum(map(len, expected.values()))
    if found.keys() != expected.keys() or more < at_least:
        raise harness.Failure(f"{more} records more came out than went in")


def feed(scene, count=RECORDS):
    feeder = scene.stage.feeder(scene.input_topic, producer=scene.starts + 1)
    feeder.feed(count)
    feeder.flush()


def delete_group(scene):
    subprocess.run([scene.stage.options.broker_tool, scene.brokers, "delete-group",
                    scene.groups[-1]], check=True, timeout=60)


# ---- the scenes ----


def deleted_directory(scene):
    feed(scene)
    crash_at(scene, COMMITTED)
    shutil.rmtree(scene.checkpoint)
    asks(scene, FOREIGN, "--adopt")
    run(scene, answers=["--adopt"]).expect(0)
    exactly_once(scene)


def without_directory(scene):
    """A job that never had one finds a group that belongs to one that has."""
    feed(scene)
    run(scene).expect(0)
    scene.checkpoint = scene.folder / "another"
    asks(scene, FOREIGN, "--adopt")


def no_directory(scene):
    """A job without a directory finds a group that belongs to one that has."""
    feed(scene, 400)
    crash_at(scene, COMMITTED)
    directory, scene.checkpoint = scene.checkpoint, None
    asks(scene, FOREIGN, "--adopt")
    scene.checkpoint = directory  # What belongs to it goes on.
    run(scene).expect(0)
    exactly_once(scene)
    feed(scene, 300)
    scene.checkpoint = None
    run(scene, answers=["--adopt"]).expect(0)
    exactly_once(scene)
    feed(scene, 100)
    run(scene).expect(0)  # The marker is now one of a job without a directory.
    exactly_once(scene)


def complete(scene, *inputs):
    """The output is what the model says of these topics: nothing is lost, nothing doubled."""
    model, read = scene.stage.models[scene.job], scene.stage.reader.committed.read
    with scene.stage.reader_lock:
        came = [record for topic in inputs for records in read(topic).values() for record in records]
        found = [record for records in read(scene.output_topic).values() for record in records]
    expected = Counter(identity for record in came for identity in model.outputs(record))
    if Counter(map(model.identity, found)) != expected:
        raise harness.Failure(f"{len(found)} records came out, not the right "
                              f"{sum(expected.values())}")


def left_topic(point=None, had_effects=False):
    """A topic leaves the job, after a kill at the point, and comes back: its position is where it
    was. A plan with effects cannot be run again without it, and asks."""
    def act(scene):
        alone, other = scene.input_topic, scene.input_topic + ".other"
        scene.stage.admin.create(other, harness.PARTITIONS)
        scene.stage.topics.append(other)
        feed(scene, 400)
        feeder = scene.stage.feeder(other, producer=100)
        feeder.feed(400)
        feeder.flush()
        scene.input_topic = f"{alone},{other}"
        if point:
            crash_at(scene, point)
        else:
            run(scene).expect(0)
        scene.input_topic = alone
        if had_effects:
            process = run(scene)
            process.expect(1)
            process.expect_sentence("cannot be rolled back", "--assume=aborted", other)
        run(scene, answers=["--assume=aborted"] if had_effects else ()).expect(0)
        feeder.feed(150)
        feeder.flush()
        scene.input_topic = f"{alone},{other}"
        run(scene).expect(0)
        scene.input_topic = alone
        complete(scene, alone, other)
    return act


def adopted(scene):
    """A job with a checkpoint of its own takes over another one's group."""
    feed(scene, 400)
    run(scene).expect(0)
    first = (scene.groups[0], scene.checkpoint)
    scene.groups.append(first[0] + ".second")
    scene.checkpoint = scene.folder / "second"
    run(scene).expect(0)
    feed(scene, 300)
    scene.groups.append(first[0])
    asks(scene, FOREIGN, "--adopt")
    run(scene, "anchor.after_sync:1", answers=["--adopt"]).expect(-signal.SIGKILL)
    run(scene, answers=["--adopt"]).expect(0)
    feed(scene, 100)
    run(scene).expect(0)
    found, expected = seen(scene)
    more = sum(map(len, found.values())) - sum(map(len, expected.values()))
    if found.keys() != expected.keys() or more != 400:  # What both had done before.
        raise harness.Failure(f"{more} records more came out than went in, instead of 400")


def restored_backup(answer, outcome):
    def act(scene):
        feed(scene)
        crash_at(scene, COMMITTED)
        run(scene, "done.after_lag:1").expect(-signal.SIGKILL)
        shutil.copytree(scene.checkpoint, scene.folder / "backup")
        run(scene).expect(0)
        shutil.rmtree(scene.checkpoint)
        shutil.move(scene.folder / "backup", scene.checkpoint)
        asks(scene, DIFFERENT, "--positions=ledger", "--positions=group")
        answers = [f"--positions={answer}"]
        if answer == "ledger":
            answers.append("--assume=committed")
        run(scene, answers=answers).expect(0)
        outcome(scene)
    return act


def restored_plain_backup(scene):
    """A backup of a job that had been stopped as asked."""
    feed(scene, 400)
    run(scene).expect(0)
    shutil.copytree(scene.checkpoint, scene.folder / "backup")
    feed(scene, 400)
    run(scene).expect(0)
    shutil.rmtree(scene.checkpoint)
    shutil.move(scene.folder / "backup", scene.checkpoint)
    asks(scene, DIFFERENT)
    run(scene, answers=["--positions=group"]).expect(0)
    exactly_once(scene)
    feed(scene, 100)
    run(scene).expect(0)
    exactly_once(scene)


def expired(point, answer):
    """The group's offsets are gone after a crash: only the user can know."""
    def act(scene):
        feed(scene)
        crash_at(scene, point)
        delete_group(scene)
        asks(scene, UNKNOWABLE, "--assume=committed", "--assume=aborted")
        run(scene, answers=[f"--assume={answer}"]).expect(0)
        exactly_once(scene)
    return act


def expired_at_rest(scene):
    """Nothing was under way: the ledger's positions are anchored again."""
    feed(scene)
    run(scene).expect(0)
    delete_group(scene)
    feed(scene, 300)
    run(scene).expect(0)
    exactly_once(scene)


def other_group(point):
    """What was recorded settles the old batch, not what is configured now."""
    def act(scene):
        feed(scene)
        crash_at(scene, point)
        scene.groups.append(scene.groups[0] + ".second")
        run(scene).expect(0)
        exactly_once(scene)
        scene.groups.append(scene.groups[0])
        feed(scene, 300)
        run(scene).expect(0)  # Its markers are ours and older.
        exactly_once(scene)
    return act


def anchor_was_cut(scene):
    feed(scene)
    crash_at(scene, "anchor.after_sync:1")
    delete = scene.groups[0]
    feed(scene, 300)
    run(scene).expect(0)
    exactly_once(scene)
    if scene.groups != [delete]:
        raise harness.Failure("the group changed")


def clock_set_back(point):
    def act(scene):
        feed(scene)
        preload = {"LD_PRELOAD": str(scene.stage.options.clock_shift), "CLOCK_SHIFT_S": "7200"}
        before = {name: os.environ.get(name) for name in preload}
        os.environ.update(preload)
        try:
            process = run(scene, point)
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        process.expect(-signal.SIGKILL)
        ahead = process.progress[-1]["batch_time_ms"] if process.progress else 0
        process = run(scene)
        process.expect(0)
        times = [batch["batch_time_ms"] for batch in process.progress]
        if times != sorted(set(times)) or times[0] <= ahead:
            raise harness.Failure(f"batch times went back: {ahead}, then {times}")
        exactly_once(scene)
    return act


def acts(stage):
    scenes = (("deleted directory", deleted_directory), ("another directory", without_directory),
              ("no directory", no_directory), ("left topic", left_topic()), ("adopted", adopted),
              ("left topic after a commit", left_topic(COMMITTED)),
              ("left topic before a commit", left_topic(NOT_COMMITTED)),
              ("backup, group counts", restored_backup("group", exactly_once)),
              ("backup, ledger counts", restored_backup("ledger", lambda s: repeats(s, 200))),
              ("backup of a stopped job", restored_plain_backup),
              ("expired after a commit", expired(COMMITTED, "committed")),
              ("expired before a commit", expired(NOT_COMMITTED, "aborted")),
              ("expired at rest", expired_at_rest),
              ("other group after a commit", other_group(COMMITTED)),
              ("other group before a commit", other_group(NOT_COMMITTED)),
              ("cut anchor", anchor_was_cut),
              ("clock set back after a commit", clock_set_back(COMMITTED)),
              ("clock set back before a commit", clock_set_back(NOT_COMMITTED)))
    for name, act in scenes:  # One after the other: the clock's shift is in the environment.
        stage.play(name, "relay", act)
    stage.play("left topic, plan with an effect", "daas",
               left_topic("plan.after_sync:2", had_effects=True))


def configure(parser):
    parser.add_argument("--broker-tool", required=True)
    parser.add_argument("--clock-shift", required=True)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
