#!/usr/bin/python3
"""SIGKILL at every named point of the commit protocol: first time, second time, in recovery.

A job works off a shared input with a cap per batch and is killed where LEAT_CRASH says; the last
start is undisturbed and drains the input. Then every invariant must hold. At the end each point
that a job can reach must have been hit, and the sources must name no point that is not listed.
"""
import re
import signal
import threading
from collections import Counter

import harness

START = ("start.after_lock", "start.after_look", "start.after_init", "start.after_group")
ANCHOR = ("anchor.after_sync", "anchor.after_commit")
PLAN = ("plan.before_sync", "plan.after_sync")
BACK = ("run.first_produce", "run.staged", "prepare.after_flush", "prepare.after_file_sync",
        "prepare.before_sync", "prepare.after_sync", "commit.after_offsets",
        "commit.before_end_txn")
FORWARD = ("commit.after_end_txn", "publish.renamed.0", "publish.after_dir_sync", "done.after_lag")
RECOVER = ("recover.renamed.0", "recover.after_dir_sync", "recover.after_apply")
ALL = START + ANCHOR + PLAN + BACK + FORWARD + RECOVER

# A transaction takes back all that these do, but for daas; and not all stage files.
FILES = {"run.staged", "prepare.after_file_sync", "publish.renamed.0", "publish.after_dir_sync",
         "recover.renamed.0", "recover.after_dir_sync"}
NOT_IN = {"relay": {*PLAN, *FILES}, "daas": set(), "wordcount": {*PLAN, *FILES},
          "stateful": set(PLAN)}
RECORDS = 4000
CONF = {"leat.batch.records.max": 400}
INTERVAL_MS = {"relay": 30, "daas": 30, "wordcount": 30, "stateful": 50}

hits, hits_lock = Counter(), threading.Lock()


def points_of(job):
    return [point for point in ALL if point not in NOT_IN[job]]


def start(scene, crash=None):
    return scene.start(crash, interval_ms=INTERVAL_MS[scene.job], conf=CONF, drain=True)


def crash_at(scene, point, count=1):
    """Whether the point was reached; a job that does not reach it drains the input."""
    process = start(scene, f"{point}:{count}")
    status = process.wait()
    if status == -signal.SIGKILL:
        with hits_lock:
            hits[scene.job, point] += 1
        return True
    if status != 0:
        raise harness.Failure(f"{process.name} ended with {status}: {process.messages()}")
    return False


def must_crash_at(scene, point, count=1):
    if not crash_at(scene, point, count):
        raise harness.Failure(f"crash point {point}:{count} was not reached")


def finish(scene, inputs):
    start(scene).expect(0)
    scene.verify(inputs=inputs)


def once(point, count, inputs):
    """The point is reached for the first or second time of one process."""
    def act(scene):
        scene.watch()
        must_crash_at(scene, point, count)
        finish(scene, inputs)
    return act


def twice_in_a_row(point, inputs):
    """A point that a process passes once kills two starts in succession."""
    def act(scene):
        scene.watch()
        must_crash_at(scene, point)
        must_crash_at(scene, point)
        finish(scene, inputs)
    return act


def in_recovery(point, inputs):
    """After a kill at the point, kills at each step of the recovery, then at the point again."""
    def act(scene):
        scene.watch()
        must_crash_at(scene, point, 2)
        for step in START + (RECOVER if point in FORWARD else ()):
            if step in points_of(scene.job):
                must_crash_at(scene, step)
        must_crash_at(scene, point)
        finish(scene, inputs)
    return act


def recovery_twice(step, inputs):
    """A step of the recovery is killed two times in succession."""
    def act(scene):
        scene.watch()
        must_crash_at(scene, "commit.after_end_txn", 2)
        must_crash_at(scene, step)
        # What applied the delta leaves nothing to recover.
        if step != "recover.after_apply":
            must_crash_at(scene, step)
        finish(scene, inputs)
    return act


def new_group(point, inputs):
    """A job that goes on under another group anchors it, and is killed while it does."""
    def act(scene):
        scene.watch()
        must_crash_at(scene, "commit.after_end_txn", 3)
        scene.groups.append(scene.groups[0] + ".second")
        must_crash_at(scene, point)
        finish(scene, inputs)
    return act


def scenes_of(job, topic, inputs):
    scene_options = {"input_topic": topic}
    for point in points_of(job):
        if point in RECOVER:
            yield f"{point} twice", job, recovery_twice(point, inputs), scene_options
        elif point in START + ANCHOR:
            yield f"{point} first", job, once(point, 1, inputs), scene_options
            yield f"{point} twice", job, twice_in_a_row(point, inputs), scene_options
        else:
            yield f"{point} first", job, once(point, 1, inputs), scene_options
            yield f"{point} second", job, once(point, 2, inputs), scene_options
            yield f"{point} recovery", job, in_recovery(point, inputs), scene_options
    for point in ANCHOR:
        yield f"{point} new group", job, new_group(point, inputs), scene_options


def named_in_sources():
    """The points that the sources have; an indexed one stands for its first."""
    found = set()
    for path in sorted((harness.ROOT / "src").rglob("*.c")):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'LEAT_CRASH_POINT\("([^"]+)"\)', text))
        found.update(name + ".0" for name in
                     re.findall(r'LEAT_CRASH_POINT_INDEXED\("([^"]+)"', text))
    return found


def check_list(stage):
    """Every point that exists is tested, every one that is tested exists and was hit."""
    for name in sorted(named_in_sources() - set(ALL)):
        stage.failures.append(f"crash point {name} is in the sources, but not tested")
    if not stage.options.only:
        for job in stage.options.jobs:
            for point in points_of(job):
                if not hits[job, point]:
                    stage.failures.append(f"crash point {point} was never hit in {job}")
    print(f"{sum(hits.values())} kills at {len({point for _, point in hits})} points")


def acts(stage):
    events = stage.preload("crash-points", RECORDS, keyless=True)
    lines = stage.preload("crash-points-lines", RECORDS, lines=True)
    for job in stage.options.jobs:
        stage.play_all(scenes_of(job, *(lines if job in harness.READ_LINES else events)))
    check_list(stage)


def configure(parser):
    parser.add_argument("--jobs", nargs="+", choices=harness.JOBS, default=harness.JOBS)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
