#!/usr/bin/env bash
# Shows examples/daas.c at work: a broker, generated events, the job; Ctrl-C ends all that it
# started. `make run` builds first.
#
#   tools/run.sh [--port P] [--dir D] [--rate EVENTS_PER_SECOND] [--interval-ms N] [--job PROGRAM]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
program=$root/build/release/examples/daas
directory=$root/.kafka
port=
rate=1000
interval=2000
while [ $# -gt 0 ]; do
    case $1 in
    --port) port=$2; shift 2 ;;
    --dir) directory=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --interval-ms) interval=$2; shift 2 ;;
    --job) program=$2; shift 2 ;;
    *) echo "run.sh: there is no option '$1', see the file's head" >&2; exit 2 ;;
    esac
done
mkdir -p "$directory"
directory=$(realpath "$directory")

is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

kafka() {
    "$root/tools/kafka.sh" "$@" --port "$port" --dir "$directory"
}

# Our own broker where it runs; else Kafka's usual port, or the next one that nobody has.
choose_port() {
    port=$(cat "$directory/port" 2>/dev/null || echo 9092)
    kafka status >/dev/null && return
    port=9092
    while is_taken "$port" || is_taken $((port + 1)); do port=$((port + 10)); done
}

end() {
    trap - EXIT INT TERM
    [ -z "${job:-}" ] || { kill -TERM "$job" 2>/dev/null || true; wait "$job" 2>/dev/null || true; }
    [ -z "${feeder:-}" ] || { kill -TERM "$feeder" 2>/dev/null || true; wait "$feeder" 2>/dev/null || true; }
    [ -z "${started_broker:-}" ] || kafka stop
    echo "stopped: the job, the events$([ -z "${started_broker:-}" ] || echo " and the broker")" >&2
}
trap end EXIT
trap 'exit 0' INT TERM

[ -n "$port" ] || choose_port
broker=127.0.0.1:$port
if ! kafka status >/dev/null; then
    kafka start
    started_broker=yes
fi
echo "$port" >"$directory/port"
for topic in events tags; do
    kafka topic "$topic" 4 2>/dev/null || true # It is there since the last time.
done
python=/usr/bin/python3
"$python" -B "$root/tools/feed.py" --params "$directory/params.json"
setsid "$python" -B "$root/tools/feed.py" "$broker" events "$rate" &
feeder=$!
cat >&2 <<EOF

  broker           $broker, in $directory
  job              examples/daas.c, a batch every $interval ms, checkpoint in $directory/checkpoint
  in               topic events, $rate msgpack events a second
  out              topic tags:      tools/show.py $broker tags
                   text files:      $directory/text/tags-<ms>.txt/part-*
  Ctrl-C           ends all three

EOF
# Of its own session: Ctrl-C reaches this script, and this script stops the job as it should be.
setsid "$program" --brokers "$broker" --topic events --group daas-demo \
    --checkpoint "$directory/checkpoint" --output-topic tags --params "$directory/params.json" \
    --output-dir "$directory/text/tags" --interval-ms "$interval" --conf leat.progress=line \
    --conf leat.log.level=error --conf spark.streaming.kafka.maxRatePerPartition=100000 &
job=$!
wait "$job" && status=0 || status=$?
job=
exit "$status"
