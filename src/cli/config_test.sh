#!/bin/sh
# `leat config`: what it prints, where, and how it exits.
set -u
leat=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
failures=0

# expect STATUS TEXT ARGUMENT...: the exit status, and TEXT in what comes from stdout when the
# status is 0, from stderr otherwise.
expect() {
    status=$1
    text=$2
    shift 2
    "$leat" "$@" >"$directory/stdout" 2>"$directory/stderr"
    got=$?
    said=$directory/stdout
    [ "$status" -eq 0 ] || said=$directory/stderr
    if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$said"; then
        echo "leat $*: exit status $got instead of $status, or it did not say '$text':" >&2
        cat "$directory/stdout" "$directory/stderr" >&2
        failures=$((failures + 1))
    fi
}

printf 'spark.task.maxFailures 7\nspark.ssl.keyPassword hunter2\n' >"$directory/job.conf"
printf 'leat.cores = 3\n' >"$directory/wrong.conf"

expect 0 'leat.task.maxFailures, spark.task.maxFailures' config --list
expect 0 'spark.driver.*' config --list
expect 0 'leat.batch.records.max = 1000000  (default)' config
expect 0 "leat.task.maxFailures = 7  (spark.task.maxFailures, $directory/job.conf:1)" \
    config --properties-file "$directory/job.conf"
expect 0 '********' config --get spark.ssl.keyPassword --properties-file "$directory/job.conf"
expect 0 '20s' config --get leat.batch.interval --conf leat.batch.interval=20000
expect 0 '20s' config --conf leat.batch.interval=20000 --get=leat.batch.interval
expect 2 "did you mean 'leat.batch.interval'" config --get leat.batch.intervall
expect 2 "did you mean 'leat.batch.interval'" config --conf leat.batch.intervall=1s
expect 2 "leat.batch.interval is '-1s' (--conf)" config --conf leat.batch.interval=-1s
expect 1 "$directory/wrong.conf:1" config --properties-file "$directory/wrong.conf"
expect 1 'leat.checkpoint.directory is not set' config --get leat.checkpoint.directory
expect 1 'spark.driver.memory is not set' config --get spark.driver.memory
expect 2 "there is no setting 'nosuch'; see" config --get nosuch
expect 2 'usage: leat config' config --lost
expect 2 'usage: leat config' config --get
LEAT_BATCH_INTERVALL=1s expect 1 'did you mean LEAT_BATCH_INTERVAL?' config
LEAT_BATCH_INTERVAL=5s expect 0 '5s' config --get leat.batch.interval

printf 'leat.kafka.param.sasl.password=hunter2\n' >>"$directory/job.conf"
expect 0 'leat.kafka.param.sasl.password = ********' config --properties-file "$directory/job.conf"
expect 0 'leat.kafka.param.NAME' config --list
LEAT_KAFKA_PARAM_CLIENT_ID=me expect 0 'me' config --get leat.kafka.param.client.id

"$leat" config --properties-file "$directory/job.conf" 2>&1 | grep -q hunter2 && {
    echo "leat config shows a password" >&2
    failures=$((failures + 1))
}
[ -z "$("$leat" config --get leat.checkpoint.directory 2>/dev/null)" ] || {
    echo "leat config --get of what is not set prints something" >&2
    failures=$((failures + 1))
}
for command in run explain config version; do
    expect 0 "usage: leat $command" "$command" --help
done
[ "$failures" -eq 0 ]
