#!/usr/bin/python3
"""SIGTERM at random moments: the running batch is finished, the exit status is 0, nothing is left
over, and the next start goes on. While the broker does not answer: a second SIGTERM, the graceful
timeout and the request timeout end the job all the same, and what became of its batch is settled by
the next start."""
import signal

import harness
import proxy

RECORDS_PER_SECOND = 1500
BACKLOG = 4000
BATCH = {"leat.batch.records.max": 400}
SOON_S = 5
IN_DOUBT = ("AddPartitionsToTxn", "Produce", "TxnOffsetCommit", "EndTxn")


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
        if choose.random() < 0.2:
            process.signal_twice(signal.SIGTERM)
        else:
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


def without_an_answer(stage, api, end, count=3):
    """The broker stops as the count-th request of this api reaches it; then end(scene, process)
    ends the job. The request is in the broker's socket: it may be acted on after the job is gone."""
    def stops(scene):
        scene.watch()
        feeder = stage.feeder(scene.input_topic)
        feeder.feed(BACKLOG)
        feeder.flush()
        between = proxy.Proxy(stage.broker.port)
        between.fault = proxy.Fault("call", api, count, stage.broker.pause)
        scene.brokers = between.address
        try:
            end(scene, between.fault)
        finally:
            stage.broker.resume()
            between.close()
        scene.brokers = stage.brokers
        scene.finish(conf=BATCH)
        scene.verify()
    return stops


def start_until_struck(scene, fault, **conf):
    process = scene.start(conf={**BATCH, **conf})
    harness.wait_for("the request", lambda: fault.struck.is_set() or not process.is_alive())
    harness.time.sleep(0.5)  # What is done without the broker is done.
    return process


def two_signals(status, *words):
    def end(scene, fault):
        process = start_until_struck(scene, fault)
        process.signal_twice(signal.SIGTERM)
        process.expect(status, SOON_S)
        process.expect_sentence(*words)
    return end


def graceful_timeout(scene, fault):
    process = start_until_struck(scene, fault, **{"leat.stop.gracefulTimeout": "1s"})
    process.signal(signal.SIGTERM)
    process.expect(1, SOON_S + 1)
    process.expect_sentence("next start")


def request_timeout(scene, fault):
    """Of the request, of an abort and of a new producer, one after the other."""
    process = start_until_struck(scene, fault, **{"leat.kafka.request.timeout": "2s"})
    process.expect(1, 3 * 2 + SOON_S)
    process.expect_sentence("no answer from Kafka|not acknowledged")


def acts_without_an_answer(stage, job):
    for api in IN_DOUBT:
        stage.play(f"two signals, no answer to {api}", job,
                   without_an_answer(stage, api, two_signals(1, "stopped", "next start")))
        stage.play(f"request timeout, no answer to {api}", job,
                   without_an_answer(stage, api, request_timeout))
    stage.play("two signals, no answer to ListOffsets", job,
               without_an_answer(stage, "ListOffsets", two_signals(0), count=20))
    stage.play("graceful timeout, no answer to EndTxn", job,
               without_an_answer(stage, "EndTxn", graceful_timeout))


def acts(stage):
    for job in harness.JOBS:
        stage.play(f"{stage.options.stops} stops", job, act(stage))
        if stage.broker and job not in harness.READ_LINES:  # What state does is all jobs' commit.
            acts_without_an_answer(stage, job)


def configure(parser):
    parser.add_argument("--stops", type=int, default=20)


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
