#!/usr/bin/python3
"""SIGTERM at random moments: the running batch is finished, the exit status is 0, nothing is left
over, and the next start goes on."""
import signal

import harness

RECORDS_PER_SECOND = 1500


def stop_at_a_random_moment(process, choose):
    process.wait_until_it_handles_signals()
    if choose.random() < 0.6:
        process.wait_for_batches(1)
        delay_s = choose.expovariate(1 / 0.08)
    else:
        delay_s = choose.uniform(0, 0.4)
    try:
        status = process.popen.wait(delay_s)
        raise harness.Failure(f"{process.name} ended by itself with {status}: {process.messages()}")
    except harness.subprocess.TimeoutExpired:
        process.signal(signal.SIGTERM)
        if choose.random() < 0.2:
            process.signal(signal.SIGTERM)
        process.expect(0, deadline_s=20)


def act(stage):
    def stops(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}")
        feed = harness.SteadyFeed(scene.feeder(), RECORDS_PER_SECOND)
        for _ in range(stage.options.stops):
            stop_at_a_random_moment(scene.start(), choose)
            check_nothing_is_left(scene)
        feed.stop()
        scene.finish()
        history = scene.verify()
        if history.uncommitted_outputs != sum(map(len, history.outputs.values())):
            scene.timeline.add("a stop aborted a batch instead of finishing it")
    return stops


def check_nothing_is_left(scene):
    """A stopped job has no open transaction and no staging directory."""
    with scene.stage.reader_lock:  # A commit is answered before its markers have landed.
        ends = scene.stage.reader.settled_ends(scene.output_topic)
    for (topic, partition), (stable, end) in ends.items():
        if stable != end:
            raise harness.Failure(f"topic '{topic}' partition {partition}: a stopped job left a "
                                  f"transaction open at offset {stable}")
    if scene.output_dir:
        _, staged = harness.observe.read_directories(scene.output_dir)
        if staged:
            raise harness.Failure(f"a stopped job left {staged}")


def acts(stage):
    for job in harness.JOBS:
        stage.play(f"{stage.options.stops} stops", job, act(stage))


def configure(parser):
    parser.add_argument("--stops", type=int, default=20)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
