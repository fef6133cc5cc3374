#!/usr/bin/python3
"""kill -9 at random moments under load, each followed by a restart; then every invariant holds."""
import signal

import harness

RECORDS_PER_SECOND = 1500
MEAN_LIFE_S = 0.08  # One and a half batches of 50 ms.


def kill_at_a_random_moment(scene, process, choose):
    """A third of the kills falls into the start, the others while batches run."""
    if choose.random() < 0.33:
        delay_s = choose.uniform(0, 0.5)
    else:
        process.wait_for_batches(1)
        delay_s = choose.expovariate(1 / MEAN_LIFE_S)
    try:
        status = process.popen.wait(delay_s)
        raise harness.Failure(f"{process.name} ended by itself with {status}: {process.messages()}")
    except harness.subprocess.TimeoutExpired:
        process.signal(signal.SIGKILL)
        process.expect(-signal.SIGKILL)


def act(stage):
    def kills(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}")
        feed = harness.SteadyFeed(stage.feeder(scene.input_topic, keyless=True),
                                  RECORDS_PER_SECOND)
        for _ in range(stage.options.kills):
            kill_at_a_random_moment(scene, scene.start(), choose)
        feed.stop()
        scene.finish()
        scene.verify()
    return kills


def acts(stage):
    for job in ("relay", "daas"):
        stage.play(f"{stage.options.kills} random kills", job, act(stage))


def configure(parser):
    parser.add_argument("--kills", type=int, default=60)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
