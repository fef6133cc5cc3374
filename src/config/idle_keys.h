/*
 * idle_keys: Spark's keys that have nothing to act on here, and the line that says so.
 *
 *   X(key, the only value that is accepted or NULL, why)
 *
 * A key that ends in ".*" stands for all that begin so; an exact line goes before it. A family is
 * here as a whole only when none of its keys acts: a misspelt name in it changes nothing.
 */
#ifndef LEAT_CONFIG_IDLE_KEYS_H
#define LEAT_CONFIG_IDLE_KEYS_H

#define LEAT_IDLE_KEY_MAP(X)                                                                       \
    X("spark.driver.*", NULL, "there is no driver process")                                        \
    X("spark.executor.heartbeatInterval", NULL, "there are no executor processes")                 \
    X("spark.executor.heartbeat.maxFailures", NULL, "there are no executor processes")             \
    X("spark.executor.id", NULL, "there are no executor processes")                                \
    X("spark.executor.memoryOverhead", NULL, "the memory limit counts everything")                 \
    X("spark.executor.memoryOverheadFactor", NULL, "the memory limit counts everything")           \
    X("spark.executor.pyspark.memory", NULL, "there is no Python")                                 \
    X("spark.executor.extraJavaOptions", NULL, "there is no JVM")                                  \
    X("spark.executor.defaultJavaOptions", NULL, "there is no JVM")                                \
    X("spark.executor.extraClassPath", NULL, "there is no JVM")                                    \
    X("spark.executor.extraLibraryPath", NULL, "the job is linked against its libraries")          \
    X("spark.executor.userClassPathFirst", NULL, "there is no JVM")                                \
    X("spark.executor.logs.rolling.*", NULL, "the log goes to stderr")                             \
    X("spark.executor.processTreeMetrics.*", NULL, "there are no executor processes")              \
    X("spark.executor.resource.*", NULL, "there are no executor processes")                        \
    X("spark.executorEnv.*", NULL, "the job has this process's environment")                       \
    X("spark.cores.max", NULL, "leat.local.cores is the number of cores")                          \
    X("spark.dynamicAllocation.enabled", "false", "there are no executors to allocate")            \
    X("spark.dynamicAllocation.*", NULL, "there are no executors to allocate")                     \
    X("spark.shuffle.*", NULL, "nothing is shuffled")                                              \
    X("spark.reducer.*", NULL, "nothing is shuffled")                                              \
    X("spark.io.*", NULL, "nothing is shuffled")                                                   \
    X("spark.files.*", NULL, "the job reads files where they are")                                 \
    X("spark.files", NULL, "the job reads files where they are")                                   \
    X("spark.archives", NULL, "the job reads files where they are")                                \
    X("spark.jars", NULL, "there is no JVM")                                                       \
    X("spark.jars.*", NULL, "there is no JVM")                                                     \
    X("spark.submit.pyFiles", NULL, "there is no Python")                                          \
    X("spark.python.*", NULL, "there is no Python")                                                \
    X("spark.pyspark.*", NULL, "there is no Python")                                               \
    X("spark.serializer", NULL, "records are bytes")                                               \
    X("spark.serializer.*", NULL, "records are bytes")                                             \
    X("spark.kryo.*", NULL, "records are bytes")                                                   \
    X("spark.kryoserializer.*", NULL, "records are bytes")                                         \
    X("spark.closure.serializer", NULL, "functions are not shipped")                               \
    X("spark.rdd.compress", NULL, "records are bytes")                                             \
    X("spark.broadcast.*", NULL, "a broadcast is one value in this process")                       \
    X("spark.checkpoint.compress", NULL, "the checkpoint is a database")                           \
    X("spark.cleaner.*", NULL, "memory is given back at the end of a batch")                       \
    X("spark.memory.*", NULL, "leat.memory.limit is one limit for everything")                     \
    X("spark.storage.*", NULL, "leat.memory.limit is one limit for everything")                    \
    X("spark.network.timeout", NULL, "leat.kafka.request.timeout is the time to wait for brokers") \
    X("spark.network.*", NULL, "there are no executor processes")                                  \
    X("spark.rpc.*", NULL, "there are no executor processes")                                      \
    X("spark.port.maxRetries", NULL, "there are no executor processes")                            \
    X("spark.blockManager.port", NULL, "there are no executor processes")                          \
    X("spark.task.cpus", NULL, "a task has one thread")                                            \
    X("spark.task.reaper.*", NULL, "a task is never abandoned")                                    \
    X("spark.stage.maxConsecutiveAttempts", NULL,                                                  \
      "leat.task.maxFailures counts tasks and batches")                                            \
    X("spark.locality.*", NULL, "data is read over the network")                                   \
    X("spark.speculation", NULL, "a task has one attempt at a time")                               \
    X("spark.speculation.*", NULL, "a task has one attempt at a time")                             \
    X("spark.blacklist.*", NULL, "there are no executor processes")                                \
    X("spark.excludeOnFailure.*", NULL, "there are no executor processes")                         \
    X("spark.decommission.*", NULL, "there are no executor processes")                             \
    X("spark.scheduler.*", NULL, "batches run one after the other")                                \
    X("spark.yarn.maxAppAttempts", NULL, "a supervisor restarts the job")                          \
    X("spark.yarn.am.attemptFailuresValidityInterval", NULL, "a supervisor restarts the job")      \
    X("spark.yarn.executor.failuresValidityInterval", NULL, "a supervisor restarts the job")       \
    X("spark.yarn.max.executor.failures", NULL, "a supervisor restarts the job")                   \
    X("spark.yarn.queue", NULL, "the job runs on this machine")                                    \
    X("spark.yarn.submit.waitAppCompletion", NULL, "the job runs on this machine")                 \
    X("spark.yarn.am.waitTime", NULL, "the job runs on this machine")                              \
    X("spark.yarn.rolledLog.includePattern", NULL, "the log goes to stderr")                       \
    X("spark.yarn.*", NULL, "the job runs on this machine")                                        \
    X("spark.kubernetes.*", NULL, "the job runs on this machine")                                  \
    X("spark.mesos.*", NULL, "the job runs on this machine")                                       \
    X("spark.deploy.*", NULL, "the job runs on this machine")                                      \
    X("spark.kerberos.keytab", NULL, "Kafka's parameters have sasl.kerberos.keytab")               \
    X("spark.kerberos.principal", NULL, "Kafka's parameters have sasl.kerberos.principal")         \
    X("spark.kerberos.*", NULL, "the job runs on this machine")                                    \
    X("spark.security.*", NULL, "the job runs on this machine")                                    \
    X("spark.hadoop.*", NULL, "files are written by this process, without Hadoop")                 \
    X("spark.sql.*", NULL, "there is no SQL")                                                      \
    X("spark.hive.*", NULL, "there is no SQL")                                                     \
    X("spark.ui.showConsoleProgress", NULL, "leat.progress is what stderr shows")                  \
    X("spark.ui.consoleProgress.update.interval", NULL, "leat.progress shows every batch")         \
    X("spark.ui.retainedJobs", NULL, "this version has no web UI")                                 \
    X("spark.ui.retainedStages", NULL, "this version has no web UI")                               \
    X("spark.ui.retainedTasks", NULL, "this version has no web UI")                                \
    X("spark.ui.retainedDeadExecutors", NULL, "this version has no web UI")                        \
    X("spark.ui.killEnabled", NULL, "this version has no web UI")                                  \
    X("spark.ui.filters", NULL, "this version has no web UI")                                      \
    X("spark.ui.reverseProxy", NULL, "this version has no web UI")                                 \
    X("spark.ui.reverseProxyUrl", NULL, "this version has no web UI")                              \
    X("spark.ui.view.acls", NULL, "this version has no web UI")                                    \
    X("spark.ui.view.acls.groups", NULL, "this version has no web UI")                             \
    X("spark.acls.enable", NULL, "this version has no web UI")                                     \
    X("spark.admin.acls", NULL, "this version has no web UI")                                      \
    X("spark.authenticate", NULL, "there are no executor processes")                               \
    X("spark.authenticate.*", NULL, "there are no executor processes")                             \
    X("spark.ssl.*", NULL, "Kafka's parameters have TLS")                                          \
    X("spark.redaction.*", NULL, "secrets are masked by the name of their key")                    \
    X("spark.eventLog.*", NULL, "there is no event log")                                           \
    X("spark.history.*", NULL, "there is no event log")                                            \
    X("spark.metrics.*", NULL, "leat.progress=json has the numbers of every batch")                \
    X("spark.extraListeners", NULL, "listeners are added by the program")                          \
    X("spark.log.*", NULL, "leat.log.level is the log's level")                                    \
    X("spark.logConf", NULL, "leat config shows the configuration")                                \
    X("spark.streaming.blockInterval", NULL, "there are no receivers")                             \
    X("spark.streaming.blockQueueSize", NULL, "there are no receivers")                            \
    X("spark.streaming.receiver.maxRate", NULL, "there are no receivers")                          \
    X("spark.streaming.receiver.blockStoreTimeout", NULL, "there are no receivers")                \
    X("spark.streaming.receiverRestartDelay", NULL, "there are no receivers")                      \
    X("spark.streaming.receiver.writeAheadLog.enable", NULL, "there are no receivers")             \
    X("spark.streaming.receiver.writeAheadLog.class", NULL, "there are no receivers")              \
    X("spark.streaming.receiver.writeAheadLog.closeFileAfterWrite", NULL,                          \
      "there are no receivers")                                                                    \
    X("spark.streaming.receiver.writeAheadLog.maxFailures", NULL, "there are no receivers")        \
    X("spark.streaming.receiver.writeAheadLog.rollingIntervalSecs", NULL,                          \
      "there are no receivers")                                                                    \
    X("spark.streaming.driver.writeAheadLog.allowBatching", NULL,                                  \
      "the ledger is the write-ahead log")                                                         \
    X("spark.streaming.driver.writeAheadLog.batchingTimeout", NULL,                                \
      "the ledger is the write-ahead log")                                                         \
    X("spark.streaming.driver.writeAheadLog.class", NULL, "the ledger is the write-ahead log")     \
    X("spark.streaming.driver.writeAheadLog.closeFileAfterWrite", NULL,                            \
      "the ledger is the write-ahead log")                                                         \
    X("spark.streaming.driver.writeAheadLog.maxFailures", NULL,                                    \
      "the ledger is the write-ahead log")                                                         \
    X("spark.streaming.driver.writeAheadLog.rollingIntervalSecs", NULL,                            \
      "the ledger is the write-ahead log")                                                         \
    X("spark.streaming.clock", "org.apache.spark.util.SystemClock",                                \
      "a test's clock is leat_test's")                                                             \
    X("spark.streaming.manualClock.jump", NULL, "a test's clock is leat_test's")                   \
    X("spark.streaming.concurrentJobs", "1",                                                       \
      "batches run one after the other, or their order is lost")                                   \
    X("spark.streaming.dynamicAllocation.enabled", "false", "there are no executors to allocate")  \
    X("spark.streaming.dynamicAllocation.minExecutors", NULL,                                      \
      "there are no executors to allocate")                                                        \
    X("spark.streaming.dynamicAllocation.maxExecutors", NULL,                                      \
      "there are no executors to allocate")                                                        \
    X("spark.streaming.dynamicAllocation.scalingInterval", NULL,                                   \
      "there are no executors to allocate")                                                        \
    X("spark.streaming.dynamicAllocation.scalingUpRatio", NULL,                                    \
      "there are no executors to allocate")                                                        \
    X("spark.streaming.dynamicAllocation.scalingDownRatio", NULL,                                  \
      "there are no executors to allocate")                                                        \
    X("spark.streaming.dynamicAllocation.testing", NULL, "there are no executors to allocate")     \
    X("spark.streaming.fileStream.minRememberDuration", NULL, "there is no file stream")           \
    X("spark.streaming.minRememberDuration", NULL, "there is no file stream")                      \
    X("spark.streaming.stopGracefullyOnShutdown", NULL, "SIGTERM always stops gracefully")         \
    X("spark.streaming.stopSparkContextByDefault", NULL, "there is one context")                   \
    X("spark.streaming.kafka.maxRetries", NULL, "leat.kafka.request.timeout limits retries")       \
    X("spark.streaming.kafka.allowNonConsecutiveOffsets", NULL,                                    \
      "holes in the offsets are always allowed")                                                   \
    X("spark.streaming.kafka.consumer.cache.enabled", NULL, "each partition keeps its reader")     \
    X("spark.streaming.kafka.consumer.cache.initialCapacity", NULL,                                \
      "each partition keeps its reader")                                                           \
    X("spark.streaming.kafka.consumer.cache.maxCapacity", NULL, "each partition keeps its reader") \
    X("spark.streaming.kafka.consumer.cache.loadFactor", NULL, "each partition keeps its reader")  \
    X("spark.streaming.kafka.consumer.poll.ms", NULL,                                              \
      "leat.kafka.request.timeout is the time to wait")                                            \
    X("spark.streaming.kinesis.retry.waitTime", NULL, "there is no Kinesis stream")                \
    X("spark.streaming.kinesis.retry.maxAttempts", NULL, "there is no Kinesis stream")             \
    X("spark.streaming.sessionByKey.deltaChainThreshold", NULL, "state has no delta chain")        \
    X("spark.streaming.ui.retainedBatches", NULL, "this version has no web UI")                    \
    X("spark.streaming.unpersist", NULL, "memory is given back at the end of a batch")

#endif
