#!/usr/bin/python3
"""Wrong settings, wrong arguments and wrong graphs: refused before anything is read or written."""
from mistakes import Failure, case, run

NO_TOPICS = {"records": 0, "partitions": 0, "output": False}


@case("unknown key", **NO_TOPICS)
def unknown_key(it):
    it.refused(it.start(conf={"leat.batch.intervall": "1s"}), "leat.batch.intervall", "--conf",
               "did you mean 'leat.batch.interval'?", status=2)


@case("unknown variable", **NO_TOPICS)
def unknown_variable(it):
    it.refused(it.start(environment={"LEAT_BATCH_INTERVALL": "1s"}), "LEAT_BATCH_INTERVALL",
               "LEAT_BATCH_INTERVAL?")


@case("unknown key in a properties file", **NO_TOPICS)
def unknown_key_in_file(it):
    path = it.folder / "job.properties"
    path.write_text("# a job\n\nspark.streaming.backpresure.enabled true\n")
    it.refused(it.start("--properties-file", path), f"{path}:3",
               "spark.streaming.backpressure.enabled")


@case("missing properties file", **NO_TOPICS)
def missing_file(it):
    it.refused(it.start("--properties-file", it.folder / "none"), str(it.folder / "none"),
               "No such file", status=2)


@case("bad duration", **NO_TOPICS)
def bad_duration(it):
    it.refused(it.start(conf={"leat.kafka.connect.timeout": "20 parsecs"}),
               "leat.kafka.connect.timeout", "20 parsecs", "500ms", "--conf", status=2)


@case("duration out of range", **NO_TOPICS)
def duration_out_of_range(it):
    it.refused(it.start(conf={"leat.batch.interval": "9ms"}), "leat.batch.interval", "9ms", "10ms",
               "24h", status=2)


@case("unknown argument", **NO_TOPICS)
def unknown_argument(it):
    it.refused(it.start("--output-topik", "x"), "--output-topik", "--output-topic", status=2)


@case("argument that is no number", **NO_TOPICS)
def no_number(it):
    it.refused(it.start(interval_ms="soon"), "--interval-ms", "soon", "number", status=2)


@case("negative interval", **NO_TOPICS)
def negative_interval(it):
    it.refused(it.start(interval_ms=-5), "-5 ms", "10 ms", "24 h", status=1)


@case("interval below the least", **NO_TOPICS)
def small_interval(it):
    it.refused(it.start(interval_ms=3), "3 ms", "10 ms", status=1)


@case("unknown Kafka parameter", **NO_TOPICS)
def unknown_parameter(it):
    it.refused(it.start(parameters="fetch.mesage.max.bytes=1"), "fetch.mesage.max.bytes",
               "fetch.message.max.bytes")


@case("unknown Kafka parameter of a sink", output=True)
def unknown_sink_parameter(it):
    it.refused(it.start(sink_parameters="linger.mss=1"), "linger.mss", "linger.ms")


@case("unknown offset reset", **NO_TOPICS)
def unknown_reset(it):
    it.refused(it.start(reset="smalest"), "any_job.c:", "smalest", "earliest")


@case("no output operation", **NO_TOPICS)
def no_output(it):
    it.refused(it.start(output_topic=None), "no output operation", "leat_save_to_kafka")


@case("empty group", **NO_TOPICS)
def empty_group(it):
    it.refused(it.start(group=""), "any_job.c:", "'records'", "group_id is empty", "leave it out")


@case("stream without options", **NO_TOPICS)
def no_options(it):
    it.refused(it.start(graph="stream-without-options"), "any_job.c:", "'bare'", "no options",
               "brokers", "topic_pattern")


@case("output topic named in a task is the input", output=False)
def loop_in_task(it):
    """By another name of the same brokers."""
    it.refused(it.start(graph="produces", output_topic=it.topic, sink_parameters="linger.ms=0",
                        sink_brokers=it.stage.brokers.replace("127.0.0.1", "localhost")),
               it.topic, "also read", "'records'")
    if len(it.written(it.topic)) != 3:
        raise Failure("the job has fed itself")


@case("no brokers", **NO_TOPICS)
def no_brokers(it):
    it.refused(it.start(brokers=""), "any_job.c:", "'records'", "brokers", "host:port")


@case("neither topic nor pattern", **NO_TOPICS)
def no_topic(it):
    it.refused(it.start(topic=None), "any_job.c:", "'records'", "topics", "topic_pattern")


@case("topic named twice", **NO_TOPICS)
def topic_twice(it):
    it.refused(it.start(topic="a,b,a"), "any_job.c:", "'a'", "twice")


@case("topic in two streams", **NO_TOPICS)
def topic_in_two_streams(it):
    it.refused(it.start(graph="topic-in-two-streams"), "any_job.c:", it.topic, "'records'",
               "'others'", "use one stream twice")


@case("two streams of one name", **NO_TOPICS)
def two_streams(it):
    it.refused(it.start(graph="two-streams"), "any_job.c:", "two streams", "'records'",
               "give each its own name")


@case("two broadcasts of one name", **NO_TOPICS)
def two_broadcasts(it):
    it.refused(it.start(graph="two-broadcasts", file=it.folder), "two broadcasts", "'number'",
               "give each its own name")


@case("two sinks of one name", **NO_TOPICS)
def two_sinks(it):
    it.refused(it.start(graph="two-sinks", sink_parameters="linger.ms=1"), "two Kafka sinks",
               "'sink'", "give each its own name")


@case("output topic is the input", **NO_TOPICS)
def loop(it):
    it.refused(it.start(output_topic=it.topic), "any_job.c:", it.topic, "also read", "'records'")


@case("operator after the start", output=False)
def operator_after_start(it):
    """Whether a batch was done before is a matter of time."""
    it.create("another" + it.output, 1)
    it.refused(it.start(graph="operator-after-start", output_topic="another" + it.output),
               "any_job.c:", "map", "cannot be changed after its start")


@case("operator in an output function")
def operator_in_output(it):
    it.refused(it.start(graph="operator-in-output"), "any_job.c:", "map",
               "cannot be changed after its start")
    it.drains()


@case("rate below one record a batch", records=30)
def low_rate(it):
    """Allowed, as in Spark: at least minRatePerPartition records a batch."""
    it.drains(conf={"spark.streaming.kafka.maxRatePerPartition": "0.5"})


@case("negative rate", **NO_TOPICS)
def negative_rate(it):
    it.refused(it.start(conf={"spark.streaming.kafka.maxRatePerPartition": "-1"}),
               "spark.streaming.kafka.maxRatePerPartition", "-1", "0", status=2)


@case("interval of zero")
def interval_of_zero(it):
    it.drains(interval_ms=0)


if __name__ == "__main__":
    run(__doc__)
