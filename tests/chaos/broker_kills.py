#!/usr/bin/python3
"""The broker is killed and restarted under load. The job rides it out, or ends with status 1 and a
sentence and is started again; in the end every invariant holds."""
import harness

PORT = 19396
RECORDS_PER_SECOND = 1000
KILLS = {"daas": 10, "relay": 5, "wordcount": 3}


def kill_and_restart(stage, scene, choose):
    scene.timeline.add("broker: SIGKILL")
    stage.broker.kill()
    choose_s = choose.uniform(0, 1.0)
    harness.time.sleep(choose_s)  # How long the broker is away is part of the seed.
    stage.broker.start()
    scene.timeline.add(f"broker: restarted after {choose_s:.2f} s away")


def back_at_work(scene, process, deadline_s):
    """The process that commits batches again: the same, or one started in its place."""
    if process.wait_for_batches(3, deadline_s):
        return process
    process.expect(1)
    process.expect_sentence("broker|kafka|transport|connect|transaction|timed out")
    scene.timeline.add(f"{process.name} gave up: {process.messages(2)}")
    replacement = scene.start()
    if not replacement.wait_for_batches(3, deadline_s):
        raise harness.Failure(f"{replacement.name} ended though the broker was there: "
                              f"{replacement.messages()}")
    return replacement


def act(stage, count):
    def kills(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}")
        feed = harness.SteadyFeed(scene.feeder(), RECORDS_PER_SECOND)
        process = scene.start()
        process.wait_for_batches(5)
        for _ in range(count):
            harness.time.sleep(choose.expovariate(1 / 0.1))  # The moment is part of the seed.
            kill_and_restart(stage, scene, choose)
            process = back_at_work(scene, process, 90)
        feed.stop()
        process.signal(harness.signal.SIGTERM)
        process.expect(0)
        scene.finish()
        scene.verify()
        scene.timeline.add(f"{count} broker kills, the job was started "
                           f"{scene.starts} times, {scene.timeline.entries[-1][10:]}")
    return kills


def acts(stage):
    if not stage.started_broker:
        raise SystemExit("the broker is killed here: it must be our own and not yet running")
    for job in stage.options.jobs:
        count = KILLS[job] if stage.options.kills is None else stage.options.kills
        stage.play(f"{count} broker kills", job, act(stage, count))


def configure(parser):
    parser.add_argument("--kills", type=int, help=f"for each job, instead of {KILLS}")
    parser.add_argument("--jobs", nargs="+", choices=tuple(KILLS), default=list(KILLS))
    parser.set_defaults(port=PORT, brokers=None, work=harness.ROOT / "build" / "broker-kills-work")


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
