/*
 * keys: every setting there is, a line each. The table makes struct leat_settings, the parser with
 * its range checks, `leat config --list` and docs/guide/configuration.md.
 *
 *   X(field, TYPE, key, Spark's key or "", default or NULL, low, high, help)
 *
 * DURATION is in ms and SIZE in bytes; MEMORY is a size whose bare number is MiB, as Spark's
 * executors have it. low and high are in the setting's own notation; a low of "0|10ms" allows 0 or
 * at least 10ms. CHOICE names its words in low, separated by "|", and holds the index of the word.
 */
#ifndef LEAT_CONFIG_KEYS_H
#define LEAT_CONFIG_KEYS_H

#define LEAT_KEY_MAP(X)                                                                            \
    X(app_name, TEXT, "leat.app.name", "spark.app.name", "leat", "", "",                           \
      "The job's name; without a group_id the group is leat-NAME.")                                \
    X(master, TEXT, "leat.master", "spark.master", "local[*]", "", "",                             \
      "local, local[n] or local[*]: the cores; local[n,m]: leat.task.maxFailures as well. yarn, "  \
      "spark://, mesos:// and k8s:// are understood; the job runs on this machine.")               \
    X(deploy_mode, CHOICE, "leat.submit.deployMode", "spark.submit.deployMode", "client",          \
      "client|cluster", "", "Understood; the job runs on this machine.")                           \
    X(batch_interval_ms, DURATION, "leat.batch.interval", "", NULL, "0|10ms", "24h",               \
      "Overrides the program's interval. 0: the next batch starts when the last one ended and "    \
      "data waits.")                                                                               \
    X(batch_records_max, INTEGER, "leat.batch.records.max", "", "1000000", "0", "1000000000000",   \
      "Records of one batch at most, over all partitions by lag; 0: no limit.")                    \
    X(guarantee, CHOICE, "leat.processing.guarantee", "", "exactly_once",                          \
      "exactly_once|at_least_once", "", "What a crash may do: nothing, or repeat a batch.")        \
    X(checkpoint_directory, TEXT, "leat.checkpoint.directory",                                     \
      "spark.streaming.checkpoint.directory", NULL, "", "",                                        \
      "The checkpoint directory; overrides the program's.")                                        \
    X(memory_limit_bytes, SIZE, "leat.memory.limit", "", "256m", "32m", "64t",                     \
      "Memory of the whole job: Kafka's queues take most of it.")                                  \
    X(cores, INTEGER, "leat.local.cores", "", "0", "0", "1024",                                    \
      "Task threads; 0: two for "                                                                  \
      "each core, because a task waits for Kafka as often as it works.")                           \
    X(default_parallelism, INTEGER, "leat.default.parallelism", "spark.default.parallelism", "0",  \
      "0", "65536", "Partitions of a wide operator that says nothing else; 0: the cores.")         \
    X(spill_directory, TEXT, "leat.spill.directory", "spark.local.dir", NULL, "", "",              \
      "Where a batch puts what exceeds the memory; $TMPDIR or /tmp when not set.")                 \
    X(task_failures_max, INTEGER, "leat.task.maxFailures", "spark.task.maxFailures", "4", "1",     \
      "100", "Attempts of one task, and of one batch, before the job stops.")                      \
    X(bad_records, CHOICE, "leat.bad.records", "", "fail", "fail|skip", "",                        \
      "What LEAT_BAD_RECORD from a record function does.")                                         \
    X(bad_records_logged, INTEGER, "leat.bad.records.logged", "", "10", "0", "1000000",            \
      "The first so many skipped records are logged with topic, partition and offset.")            \
    X(max_rate_per_partition, NUMBER, "leat.kafka.maxRatePerPartition",                            \
      "spark.streaming.kafka.maxRatePerPartition", "0", "0", "1e12",                               \
      "Records per second and partition at most; 0: no limit.")                                    \
    X(min_rate_per_partition, INTEGER, "leat.kafka.minRatePerPartition",                           \
      "spark.streaming.kafka.minRatePerPartition", "1", "0", "1000000000",                         \
      "Records per batch and partition that rate control always allows.")                          \
    X(backpressure, BOOL, "leat.backpressure.enabled", "spark.streaming.backpressure.enabled",     \
      "false", "", "", "Adapt the rate to the processing speed (PID).")                            \
    X(initial_rate, NUMBER, "leat.backpressure.initialRate",                                       \
      "spark.streaming.backpressure.initialRate", "0", "0", "1e12",                                \
      "Records per second of a stream until there is an estimate; 0: none.")                       \
    X(rate_estimator, CHOICE, "leat.backpressure.rateEstimator",                                   \
      "spark.streaming.backpressure.rateEstimator", "pid", "pid", "", "The estimator.")            \
    X(pid_proportional, NUMBER, "leat.backpressure.pid.proportional",                              \
      "spark.streaming.backpressure.pid.proportional", "1.0", "0", "1000", "Weight of the error.") \
    X(pid_integral, NUMBER, "leat.backpressure.pid.integral",                                      \
      "spark.streaming.backpressure.pid.integral", "0.2", "0", "1000",                             \
      "Weight of the error's sum: what waits.")                                                    \
    X(pid_derived, NUMBER, "leat.backpressure.pid.derived",                                        \
      "spark.streaming.backpressure.pid.derived", "0.0", "0", "1000",                              \
      "Weight of the error's change.")                                                             \
    X(pid_min_rate, NUMBER, "leat.backpressure.pid.minRate",                                       \
      "spark.streaming.backpressure.pid.minRate", "100", "0.001", "1e12",                          \
      "Records per second of a stream that it never goes below.")                                  \
    X(data_loss, CHOICE, "leat.kafka.data.loss", "", "fail", "fail|earliest|latest", "",           \
      "When retention has passed our position: stop, or go on and count what is lost.")            \
    X(connect_timeout_ms, DURATION, "leat.kafka.connect.timeout", "", "60s", "1s", "24h",          \
      "How long start keeps trying to reach the brokers.")                                         \
    X(request_timeout_ms, DURATION, "leat.kafka.request.timeout", "", "30s", "1s", "1h",           \
      "How long a running job waits for the brokers' answer before it stops.")                     \
    X(transaction_timeout_ms, DURATION, "leat.transaction.timeout", "", "15m", "1s", "24h",        \
      "Of a batch's transaction; cut to the broker's maximum. It must exceed the longest batch.")  \
    X(files_empty, BOOL, "leat.files.empty", "", "false", "", "",                                  \
      "Whether a batch without records makes an output directory, as Spark does.")                 \
    X(files_compression, CHOICE, "leat.files.compression", "", "none", "none|deflate|gzip|zstd",   \
      "", "Of text parts (part-00000.gz) and SequenceFiles; deflate is Hadoop's DefaultCodec.")    \
    X(files_compression_type, CHOICE, "leat.files.compression.type",                               \
      "spark.hadoop.mapreduce.output.fileoutputformat.compress.type", "block", "block|record", "", \
      "Of compressed SequenceFiles: many records together, or each value alone.")                  \
    X(files_skip_empty_parts, BOOL, "leat.files.skip.empty.parts", "", "false", "", "",            \
      "No part for a partition without records.")                                                  \
    X(files_part_records_max, INTEGER, "leat.files.part.records.max", "", "0", "0",                \
      "1000000000000",                                                                             \
      "A part goes on in a new file after so many records: part-00000-00000, -00001 and so on; "   \
      "0: never.")                                                                                 \
    X(files_part_bytes_max, SIZE, "leat.files.part.bytes.max", "", "0", "0", "64t",                \
      "The same after so many bytes, compressed where they are; 0: never.")                        \
    X(stop_after_drain, BOOL, "leat.stop.after.drain", "", "false", "", "",                        \
      "Stop once the log end seen at start has been processed.")                                   \
    X(progress, CHOICE, "leat.progress", "", "auto", "auto|none|line|json", "",                    \
      "What stderr shows of each batch; auto: a line when it is a terminal.")                      \
    X(log_level, CHOICE, "leat.log.level", "", "warn", "error|warn|info|debug", "",                \
      "Log lines on stderr.")                                                                      \
    X(graceful_timeout_ms, DURATION, "leat.stop.gracefulTimeout",                                  \
      "spark.streaming.gracefulStopTimeout", "0", "0", "24h",                                      \
      "A graceful stop becomes an abort after this time; 0: never.")                               \
    X(marker_topic, TEXT, "leat.marker.topic", "", NULL, "", "",                                   \
      "On the sink's cluster, when it is not the source's: holds the job's commit marker.")        \
    X(slots, INTEGER, "leat.state.slots", "", "64", "1", "4096",                                   \
      "Fixed for the life of a checkpoint.")                                                       \
    X(adopt, BOOL, "leat.adopt", "", "false", "", "",                                              \
      "--adopt: start a new lineage on a group that belongs to another one.")                      \
    X(positions, CHOICE, "leat.positions", "", "ask", "ask|ledger|group", "",                      \
      "--positions: which positions count when the checkpoint and the group disagree.")            \
    X(assume, CHOICE, "leat.assume", "", "ask", "ask|committed|aborted", "",                       \
      "--assume: how the last batch ended when nobody can know.")                                  \
    X(explain, BOOL, "leat.explain", "", "false", "", "",                                          \
      "leat explain: print the graph instead of running it.")                                      \
    X(ui_enabled, BOOL, "leat.ui.enabled", "spark.ui.enabled", "true", "", "",                     \
      "Understood; this version has no web UI.")                                                   \
    X(ui_port, INTEGER, "leat.ui.port", "spark.ui.port", "4040", "0", "65535",                     \
      "Understood; this version has no web UI.")                                                   \
    X(hadoop_compress, BOOL, "spark.hadoop.mapreduce.output.fileoutputformat.compress", "",        \
      "false", "", "", "true: leat.files.compression is the codec's, unless it is set.")           \
    X(hadoop_codec, CHOICE, "spark.hadoop.mapreduce.output.fileoutputformat.compress.codec", "",   \
      "org.apache.hadoop.io.compress.DefaultCodec",                                                \
      "org.apache.hadoop.io.compress.DefaultCodec|org.apache.hadoop.io.compress.GzipCodec|"        \
      "org.apache.hadoop.io.compress.ZStandardCodec",                                              \
      "", "See spark.hadoop.mapreduce.output.fileoutputformat.compress.")                          \
    X(executor_memory_bytes, MEMORY, "spark.executor.memory", "", NULL, "1m", "64t",               \
      "Times spark.executor.instances: the memory limit, unless leat.memory.limit is set.")        \
    X(executor_cores, INTEGER, "spark.executor.cores", "", NULL, "1", "1024",                      \
      "Times spark.executor.instances: the cores, unless leat.local.cores or local[n] is set.")    \
    X(executor_instances, INTEGER, "spark.executor.instances", "", "2", "1", "10000",              \
      "See spark.executor.memory and spark.executor.cores; 2 is Spark's default on YARN.")

#endif
