#!/usr/bin/python3
"""Requests and answers of each Kafka api that a batch needs are lost once, and EndTxn is delayed
into the next transaction. The job goes on, or ends with status 1 and a sentence and is started
again; in the end every invariant holds."""
import harness
import proxy

RECORDS = 4000
CONF = {"leat.batch.records.max": 400}
COUNTS = {"FindCoordinator": (1,), "InitProducerId": (1,), "OffsetFetch": (1,)}
LOST = ("Produce", "Fetch", "ListOffsets", "Metadata", "OffsetFetch", "FindCoordinator",
        "InitProducerId", "AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn")


def act(stage, inputs, kind, api, count):
    def lose(scene):
        scene.watch()
        between = proxy.Proxy(int(stage.brokers.rpartition(":")[2]))
        between.fault = proxy.Fault(kind, api, count)
        scene.brokers = between.address
        try:
            status = scene.start(conf=CONF, drain=True).wait(90)
            if status not in (0, 1):
                raise harness.Failure(f"ended with {status}: {scene.processes[-1].messages()}")
            if not between.fault.struck.is_set():
                raise harness.Failure(f"the job sent no {api} number {count}")
            if status == 1:
                scene.processes[-1].expect_sentence("leat|kafka|broker|transaction")
        finally:
            between.close()
        scene.brokers = stage.brokers
        scene.finish(conf=CONF)
        scene.verify(inputs=inputs)
    return lose


def scenes(stage, job, topic, inputs):
    scene_options = {"input_topic": topic}
    for api in LOST:
        for kind in ("lose request", "lose answer"):
            for count in COUNTS.get(api, (2,)):
                yield (f"{kind} {api} {count}", job, act(stage, inputs, kind, api, count),
                       scene_options)
    for count in (2, 4):
        yield (f"delay EndTxn {count}", job, act(stage, inputs, "delay", "EndTxn", count),
               scene_options)


def acts(stage):
    topic, inputs = stage.preload("lost-answers", RECORDS)
    for job in stage.options.jobs:
        stage.play_all(scenes(stage, job, topic, inputs))


def configure(parser):
    parser.add_argument("--jobs", nargs="+", choices=("relay", "daas"), default=["relay", "daas"])


if __name__ == "__main__":
    harness.run(harness.parse(__doc__, configure=configure), acts)
