#!/usr/bin/python3
"""kill -9 at random moments of jobs whose batches no Kafka transaction commits: output in files only,
and at least once. The records of their batches are not known afterwards, as the group's offsets only
follow; but what is remembered in the end is just what all of the input makes."""
from collections import Counter

import harness
import random_kills
import verify

RECORDS_PER_SECOND = 500


def check_counts(stage, scene):
    """The state has each word of the input, once; returns the counts."""
    with stage.reader_lock:
        records, _ = verify.read_inputs(stage.reader, scene.input_topic)
    wanted = Counter(word for part in records.values() for record in part
                     for word in (record.value or b"").split())
    fault = harness.batchwise.check_state("counts", wanted, scene.exported("counts"))
    if fault:
        raise harness.Failure(fault)
    scene.timeline.add(f"{sum(map(len, records.values()))} records in, {len(wanted)} keys right")
    return wanted


def joined_counts(folder):
    """[{word: count}] of the batches with text, in the order of their times."""
    found = {}
    for directory in folder.glob("joined-*.txt"):
        if not (directory / "_SUCCESS").exists():
            raise harness.Failure(f"{directory} has no _SUCCESS")
        lines = b"".join(part.read_bytes() for part in directory.glob("part-*")).splitlines()
        pairs = [line.split(b"\t") for line in lines]
        counts = [(word, int(value.split()[0])) for word, value in pairs if value[:1].isdigit()]
        if len(dict(counts)) != len(counts):
            raise harness.Failure(f"{directory} has a word twice")
        found[int(directory.name[len("joined-"):-len(".txt")])] = dict(counts)
    return [found[time_ms] for time_ms in sorted(found)]


def check_files(scene, wanted):
    """A word's counts rise from batch to batch, and the last one is all of it."""
    last = {}
    for counts in joined_counts(scene.folder):
        for word, count in counts.items():
            if count <= last.get(word, 0):
                raise harness.Failure(f"{word!r} has {count} behind {last[word]}")
        last.update(counts)
    if last != dict(wanted):
        raise harness.Failure(f"the files do not end with the counts: {wanted - Counter(last)}, "
                              f"{Counter(last) - wanted}")


def kill(stage, conf, to_files=False):
    def act(scene):
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job} {scene.name}")
        feed = harness.SteadyFeed(scene.feeder(), RECORDS_PER_SECOND)
        arguments = ("--joined-dir", scene.folder / "joined") if to_files else ()
        scene.with_output_topic = not to_files
        for _ in range(stage.options.kills):
            process = scene.start(conf=conf, arguments=arguments)
            random_kills.kill_at_a_random_moment(scene, process, choose)
        feed.stop()
        scene.finish(conf=conf, arguments=arguments)
        wanted = check_counts(stage, scene)
        if to_files:
            check_files(scene, wanted)
    return act


def acts(stage):
    at_least_once = {"leat.processing.guarantee": "at_least_once"}
    stage.play_all([("files only", "stateful", kill(stage, {}, to_files=True), {}),
                    ("at least once", "wordcount", kill(stage, at_least_once), {}),
                    ("at least once", "stateful", kill(stage, at_least_once), {})])


def configure(parser):
    parser.add_argument("--kills", type=int, default=12)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
