#!/usr/bin/python3
"""kill -9 at random moments under load, each followed by a restart; then every invariant holds."""
import signal

import harness

KILLS = {"relay": 60, "daas": 60, "wordcount": 20, "stateful": 15}
RECORDS_PER_SECOND = {"relay": 1500, "daas": 1500, "wordcount": 1500, "stateful": 300}
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


def other_tasks(scene, choose):
    """State outlives any change of the number of threads and tasks; every start has another."""
    if scene.job not in harness.READ_LINES:
        return {}
    return {"leat.local.cores": choose.randrange(1, 4),
            "leat.default.parallelism": choose.choice((1, 2, 3, 5, 8, 64, 100))}


def look_at_what_is_left(scene):
    """leat state reads what a kill left, and does no harm to it: the checks at the end see to that.
    There may be no checkpoint yet, and no state in it."""
    for verb, lines_max in (("list",), 100), (("show", "counts"), 20):
        done = scene.leat_state(*verb)
        if done.returncode == 0 and len(done.stdout.splitlines()) <= lines_max:
            continue
        if done.returncode != 1 or not harness.re.search(
                b"there is no checkpoint|no job has used|there is no state 'counts'", done.stderr):
            raise harness.Failure(f"leat state {verb}: {done.returncode}, {done.stderr.decode()}")


def act(stage, kills, per_second):
    def kill(scene):
        scene.watch()
        choose = harness.random.Random(f"{stage.options.seed}/{scene.job}")
        feed = harness.SteadyFeed(scene.feeder(keyless=True), per_second)
        for _ in range(kills):
            process = scene.start(conf=other_tasks(scene, choose))
            kill_at_a_random_moment(scene, process, choose)
            if scene.job in harness.READ_LINES and choose.random() < 0.5:
                look_at_what_is_left(scene)
        feed.stop()
        scene.finish(conf=other_tasks(scene, choose))
        scene.verify()
    return kill


def acts(stage):
    for job in stage.options.jobs:
        kills = stage.options.kills or KILLS[job]
        stage.play(f"{kills} random kills", job, act(stage, kills, RECORDS_PER_SECOND[job]))


def configure(parser):
    parser.add_argument("--kills", type=int, help="of each job, instead of its own number")
    parser.add_argument("--jobs", nargs="+", choices=harness.JOBS, default=harness.JOBS)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
