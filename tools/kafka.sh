#!/usr/bin/env bash
# A one-node Kafka for development and tests: KRaft, loopback only, in a folder of its own.
#
#   tools/kafka.sh start|stop|status [--port P] [--dir D] [--secure] [--acl] [--set KEY=VALUE]...
#   tools/kafka.sh stop --kill          SIGKILL
#   tools/kafka.sh topic NAME PARTITIONS [KEY=VALUE]...
#   tools/kafka.sh acl ARGUMENTS        Kafka's own ACL command
#   tools/kafka.sh fetch                only downloads
#
# Listeners: PLAINTEXT on P; with --secure SASL_SSL (SCRAM-SHA-512 or PLAIN, user leat, password
# leat-secret) on P+2 and SSL on P+3, with a certificate of a test CA: D/tls/ca.pem. --acl: only who
# comes in without a password may do what no ACL allows. The controller listens on P+1.
#
# Kafka since 3.7.2 checks the nonce of SCRAM's last message, and librdkafka before 2.6.1 sends it
# with the client's part twice (github.com/confluentinc/librdkafka/pull/4895): no broker setting
# lets such a client in. PLAIN is for these.
set -euo pipefail

version=4.3.1
here=$(cd "$(dirname "$0")" && pwd)
jars=${XDG_CACHE_HOME:-$HOME/.cache}/leat/kafka-$version
port=9092
directory=$here/../.kafka
secure=no
acl=no
signal=TERM
settings=()
words=()

fail() {
    echo "kafka.sh: $*" >&2
    exit 1
}

[ $# -gt 0 ] || fail "usage: kafka.sh start|stop|status|topic|acl|fetch (see the file's head)"
command=$1
shift
while [ $# -gt 0 ]; do
    case $1 in
    --port) port=$2; shift 2 ;;
    --dir) directory=$2; shift 2 ;;
    --secure) secure=yes; shift ;;
    --acl) acl=yes; shift ;;
    --set) settings+=("$2"); shift 2 ;;
    --kill) signal=KILL; shift ;;
    *) words+=("$1"); shift ;;
    esac
done
directory=$(realpath -m "$directory")
properties=$directory/server.properties

fetch() {
    (cd "$jars" 2>/dev/null && sha256sum --status -c "$here/kafka.sha256") && return
    echo "kafka.sh: fetching Apache Kafka $version into $jars" >&2
    command -v mvn >/dev/null || fail "needs maven: apt-get install maven"
    rm -rf "$jars.part"
    mkdir -p "$jars.part"
    mvn -q -B -f "$here/kafka-pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$jars.part" >&2 || fail "Maven Central did not give Apache Kafka $version"
    (cd "$jars.part" && sha256sum --quiet -c "$here/kafka.sha256") >&2 ||
        fail "the downloaded files are not those of tools/kafka.sha256"
    rm -rf "$jars"
    mv "$jars.part" "$jars"
}

java_run() {
    java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$@"
}

pid_of_broker() {
    local pid
    pid=$(cat "$directory/pid" 2>/dev/null) || return 1
    grep -qaF "$properties" "/proc/$pid/cmdline" 2>/dev/null || return 1
    echo "$pid"
}

port_is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}

make_certificates() {
    local tls=$directory/tls
    [ -e "$tls/server.pem" ] && return
    mkdir -p "$tls"
    (
        cd "$tls"
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=leat test CA" -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >server.ext
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile server.ext -out server.crt
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=another CA" -keyout other.key -out other-ca.pem
        cat server.key server.crt ca.pem >server.pem.part
        mv server.pem.part server.pem
    ) >"$directory/tls.log" 2>&1 || fail "openssl failed, see $directory/tls.log"
}

write_properties() {
    local listeners="PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))"
    local advertised="PLAINTEXT://127.0.0.1:$port"
    if [ $secure = yes ]; then
        listeners+=",SASL_SSL://127.0.0.1:$((port + 2)),SSL://127.0.0.1:$((port + 3))"
        advertised+=",SASL_SSL://localhost:$((port + 2)),SSL://localhost:$((port + 3))"
    fi
    cat >"$properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=$listeners
advertised.listeners=$advertised
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
log.dirs=$directory/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
log.cleaner.backoff.ms=500
message.max.bytes=20971520
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=30000
EOF
    if [ $secure = yes ]; then
        cat >>"$properties" <<EOF
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_leat="leat-secret";
ssl.keystore.type=PEM
ssl.keystore.location=$directory/tls/server.pem
EOF
    fi
    if [ $acl = yes ]; then
        cat >>"$properties" <<EOF
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
EOF
    fi
    [ ${#settings[@]} -eq 0 ] || printf '%s\n' "${settings[@]}" >>"$properties"
    cat >"$directory/log4j2.yaml" <<EOF
Configuration:
  Appenders:
    File: {name: file, fileName: $directory/server.log, PatternLayout: {pattern: "%d %p %m (%c)%n"}}
  Loggers:
    Root: {level: warn, AppenderRef: [{ref: file}]}
EOF
}

metadata_log_grows() {
    local log=$directory/data/__cluster_metadata-0 size
    size=$(du -sb "$log" | cut -f1)
    for _ in $(seq 60); do
        [ "$(du -sb "$log" | cut -f1)" = "$size" ] || return 0
        sleep 0.05
    done
}

# A killed broker is still on duty in its own metadata. Kafka 4.3 then takes office too early after a
# start: it ends the transactions that it finds prepared, and when the old session is fenced
# meanwhile, their partitions have no leader, are taken for deleted and get no markers: transactions
# that are over for the coordinator and open in the logs, for ever. So the controller comes first,
# alone, and fences the old session. A broker that is stopped for seconds must not be fenced either:
# hence the long session in write_properties.
fence_killed_broker() {
    local controller
    [ ! -e "$directory/data/.kafka_cleanshutdown" ] || return 0
    cat >"$directory/controller.properties" <<EOF
process.roles=controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=CONTROLLER://127.0.0.1:$((port + 1))
controller.listener.names=CONTROLLER
log.dirs=$directory/data
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=500
EOF
    sed 's/level: warn/level: info/; s#server.log#controller.log#' "$directory/log4j2.yaml" >"$directory/controller.log4j2.yaml"
    rm -f "$directory/controller.log"
    java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m \
        -Dlog4j2.configurationFile="$directory/controller.log4j2.yaml" kafka.Kafka \
        "$directory/controller.properties" >"$directory/controller.out.log" 2>&1 </dev/null &
    controller=$!
    for _ in $(seq 200); do # Ten seconds; one that was killed while starting is fenced already.
        grep -q 'Fencing broker 1' "$directory/controller.log" 2>/dev/null && break
        sleep 0.05
    done
    # It says so before it writes so. It writes every half second; what comes second is behind it.
    metadata_log_grows
    metadata_log_grows
    kill -KILL "$controller"
    wait "$controller" 2>/dev/null || true
}

start() {
    if pid_of_broker >/dev/null; then
        python_admin wait 30 || fail "the broker on port $port does not answer, see $directory/server.log"
        return
    fi
    for _ in $(seq 30); do # One that was just killed may still hold it.
        port_is_taken || break
        sleep 0.1
    done
    port_is_taken && fail "port $port is taken by something else; choose another with --port"
    fetch
    mkdir -p "$directory"
    [ $secure = no ] || make_certificates
    write_properties
    export CLASSPATH="$jars/*"
    if [ ! -e "$directory/data/meta.properties" ]; then
        java_run -Xmx256m kafka.tools.StorageTool format -t "$(head -c 16 /dev/urandom | base64 | tr '+/' ab | tr -d =)" \
            --add-scram 'SCRAM-SHA-512=[name=leat,password=leat-secret]' -c "$properties" >"$directory/format.log" 2>&1 ||
            fail "cannot format $directory/data, see $directory/format.log"
    else
        fence_killed_broker
    fi
    setsid nohup java -Xms256m -Xmx512m -XX:+UseSerialGC -Dlog4j2.configurationFile="$directory/log4j2.yaml" \
        kafka.Kafka "$properties" >"$directory/out.log" 2>&1 </dev/null &
    echo $! >"$directory/pid"
    python_admin wait 60 || fail "the broker does not answer on port $port, see $directory/server.log"
}

stop() {
    local pid
    pid=$(pid_of_broker) || { rm -f "$directory/pid"; return 0; }
    kill -"$signal" "$pid" 2>/dev/null || true
    for _ in $(seq 600); do
        kill -0 "$pid" 2>/dev/null && pid_of_broker >/dev/null || port_is_taken || { rm -f "$directory/pid"; return 0; }
        sleep 0.1
    done
    fail "the broker $pid does not end"
}

python_admin() {
    /usr/bin/python3 -B "$here/kafka_admin.py" "127.0.0.1:$port" "$@"
}

case $command in
start) start ;;
stop) stop ;;
fetch) fetch ;;
status)
    pid=$(pid_of_broker) || { echo "stopped"; exit 1; }
    echo "running: process $pid, $(grep '^advertised.listeners=' "$properties"), folder $directory"
    ;;
topic) python_admin topic "${words[@]}" ;;
acl)
    export CLASSPATH="$jars/*"
    java_run -Xmx128m -Dlog4j2.level=error org.apache.kafka.tools.AclCommand --bootstrap-server "127.0.0.1:$port" "${words[@]}"
    ;;
*) fail "there is no command '$command'" ;;
esac
