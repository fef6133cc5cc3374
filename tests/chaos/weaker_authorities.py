#!/usr/bin/python3
"""SIGKILL where the checkpoint commits (files only, authority L) and where nothing does
(at_least_once, authority A): at every point that they reach, in their recovery and at random.

L: each line once, in order, no directory half done. A: repeats are allowed, losses are not.
"""
import signal

import harness
import verify
import weaker

RECORDS = 1200
CONF = {"leat.batch.records.max": 200}
AT_LEAST_ONCE = {"leat.processing.guarantee": "at_least_once"}
START = ("start.after_lock", "start.after_look", "start.after_init", "start.after_group")
WRITE = ("run.staged", "prepare.after_flush", "prepare.after_file_sync")
PREPARE = ("prepare.before_sync", "prepare.after_sync")
PUBLISH = ("publish.renamed.0", "publish.after_dir_sync", "done.after_lag")
PLAN = ("plan.before_sync", "plan.after_sync")
RECOVER = ("recover.renamed.0", "recover.after_dir_sync", "recover.after_apply")
POINTS = {"files": WRITE + PREPARE + PUBLISH,
          "daas": PLAN + ("run.first_produce",) + WRITE + PUBLISH}


def start(scene, crash=None, drain=True):
    conf = {**CONF, **(AT_LEAST_ONCE if scene.job == "daas" else {})}
    return scene.start(crash, interval_ms=20, conf=conf, drain=drain)


def crash_at(scene, point):
    start(scene, point).expect(-signal.SIGKILL)


def check(scene, inputs=None):
    """The job has done all its input and stopped as asked."""
    for witness in (scene.live, scene.lister):
        if witness:
            witness.stop()
    model = scene.stage.models[scene.job]
    with scene.stage.reader_lock:
        history = verify.collect(scene.stage.reader, scene.input_topic, scene.output_topic, [],
                                 scene.output_dir, inputs, None, scene.lister)
    checked = weaker.check_files_only if scene.job == "files" else weaker.check_at_least_once
    violations = checked(history, model)
    scene.timeline.add(verify.summary(history))
    if violations:
        raise harness.Failure("violated:\n" + weaker.checks.report(violations))
    return history


def killed(points, inputs):
    """A kill at each of the points, one start after the other, then an undisturbed one."""
    def act(scene):
        scene.watch()
        for point in points:
            crash_at(scene, point)
        start(scene).expect(0)
        check(scene, inputs)
    return act


def random_kills(stage):
    def act(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}")
        feed = harness.SteadyFeed(stage.feeder(scene.input_topic, keyless=True), 1500)
        for _ in range(stage.options.kills):
            process = start(scene, drain=False)
            process.wait_for_batches(1)
            try:
                process.popen.wait(choose.expovariate(1 / 0.03))
                raise harness.Failure(f"{process.name} ended: {process.messages()}")
            except harness.subprocess.TimeoutExpired:
                process.signal(signal.SIGKILL)
                process.expect(-signal.SIGKILL)
        feed.stop()
        start(scene).expect(0)
        check(scene)
    return act


def feed(scene, count):
    feeder = scene.stage.feeder(scene.input_topic, producer=scene.starts + 1)
    feeder.feed(count)
    feeder.flush()


def plan_is_run_again(scene):
    """What was planned before the kill is the next batch, whatever came meanwhile."""
    feed(scene, 150)
    scene.watch()
    crash_at(scene, "plan.after_sync")
    feed(scene, 40)
    process = start(scene)
    process.expect(0)
    if [batch["records"] for batch in process.progress][:2] != [150, 40]:
        raise harness.Failure(f"not the plan's batch first: {process.progress[:2]}")
    check(scene)


def batch_is_repeated(scene):
    """Between the flush and the note in the checkpoint a kill repeats the batch, and only that."""
    feed(scene, 600)
    scene.watch()
    crash_at(scene, "publish.after_dir_sync:2")
    start(scene).expect(0)
    more = weaker.repeats(check(scene), scene.stage.models["daas"])
    if not 0 < more < 600 * 3:
        raise harness.Failure(f"{more} records were repeated")


def scenes(stage):
    topic, inputs = stage.preload("weaker", RECORDS, keyless=True)
    shared = {"input_topic": topic}
    for job, points in POINTS.items():
        for point in points:
            yield point, job, killed([point, f"{point}:2"], inputs), shared
        yield "starts", job, killed(("prepare.after_file_sync:2",) + START, inputs), shared
    forward = ("prepare.after_sync:2",) + RECOVER
    yield "forward", "files", killed(forward, inputs), shared
    yield "plan is run again", "daas", plan_is_run_again, {}
    yield "batch is repeated", "daas", batch_is_repeated, {}
    for job in POINTS:
        yield f"{stage.options.kills} random kills", job, random_kills(stage), {}


def acts(stage):
    stage.play_all(list(scenes(stage)))


def configure(parser):
    parser.add_argument("--files", required=True, help="the program files_job")
    parser.add_argument("--kills", type=int, default=10)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
