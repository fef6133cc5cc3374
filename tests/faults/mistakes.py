"""What the fault tests share: a mistake has topics, a group and a folder of its own; a job is started
with it, must end in time with the right status, and must say one sentence that has certain words.

A script is a list of functions under @case. They run some at a time, for a job mostly waits.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "chaos"))

# pylint: disable=wrong-import-position
import harness
import topics
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import NewPartitions
from harness import Failure, wait_for

USER = ("sasl.mechanism=PLAIN", "sasl.username=leat", "sasl.password=leat-secret",
        "security.protocol=SASL_SSL")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z (ERROR|WARN|INFO|DEBUG) ")
SENTENCE_MAX = 500
CASES = []


def case(name, **options):
    """Registers function(case); options are the Case's."""
    def register(function):
        CASES.append((name, function, options))
        return function
    return register


class Case:
    """One mistake. Topics are made when records or partitions are asked for."""

    def __init__(self, stage, name, records=3, partitions=1, output=True):
        self.stage, self.name = stage, name
        unique = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + stage.unique
        self.topic, self.output = f"in.{unique}", f"out.{unique}"
        self.group, self.partitions = f"g.{unique}", partitions
        self.folder = stage.work / unique
        self.folder.mkdir(parents=True)
        self.checkpoint = self.folder / "checkpoint"
        self.timeline = harness.Timeline(stage.options.verbose)
        self.processes, self.made, self.fed = [], [], []
        self.producer = stage.producer
        if partitions:
            self.create(self.topic, partitions)
            self.feed(records)
        if output:
            self.create(self.output, partitions or 1)

    # ---- the broker's side ----

    def create(self, topic, partitions, **config):
        self.stage.admin.create(topic, partitions, **config)
        self.made.append(topic)

    def delete(self, topic):
        self.stage.admin.delete(topic)
        self.made.remove(topic)
        wait_for(f"the end of topic '{topic}'",
                 lambda: topic not in self.stage.admin.client.list_topics(timeout=10).topics)

    def add_partitions(self, topic, total):
        for future in self.stage.admin.client.create_partitions(
                [NewPartitions(topic, total)]).values():
            future.result()
        wait_for(f"{total} partitions of '{topic}'",
                 lambda: self.stage.admin.is_ready(topic, total))
        self.producer = self.stage.new_producer()  # The other one does not know them.

    def feed(self, count, value=None, topic=None, partition=None):
        """Appends count records "r<number>", or with this value, round the partitions."""
        for _ in range(count):
            number = len(self.fed)
            where = number % self.partitions if partition is None else partition
            record = f"r{number}".encode() if value is None else value
            self.producer.produce(topic or self.topic, record, f"k{number}".encode(), where)
            self.fed.append(record)
        if self.producer.flush(30):
            raise Failure(f"topic '{topic or self.topic}' takes no records")

    def feed_transactions(self, *counts):
        """Appends to partition 0 a transaction of each count; a negative one is aborted."""
        producer = self.stage.new_producer(f"feed.{self.topic}")
        producer.init_transactions(30)
        for count in counts:
            producer.begin_transaction()
            for _ in range(abs(count)):
                record = f"r{len(self.fed)}".encode() if count > 0 else b"aborted"
                producer.produce(self.topic, record, b"k", 0)
                self.fed += [record] if count > 0 else []
            producer.flush(30)
            if count > 0:
                producer.commit_transaction(30)
            else:
                producer.abort_transaction(30)

    def open_transaction(self, count):
        """Appends count records to partition 0 in a transaction that its producer, the result,
        has open."""
        producer = self.stage.new_producer(f"hangs.{self.topic}")
        producer.init_transactions(30)
        producer.begin_transaction()
        for _ in range(count):
            self.fed.append(f"r{len(self.fed)}".encode())
            producer.produce(self.topic, self.fed[-1], b"k", 0)
        producer.flush(30)
        return producer

    def delete_records(self, partition, before):
        self.stage.tool("delete-records", self.topic, str(partition), str(before))

    def allow(self, kind, name, *operations):
        for operation in operations:
            self.stage.tool("allow", "leat", kind, name, operation)

    def written(self, topic=None):
        """The values that are committed in the output topic, sorted."""
        with self.stage.reader_lock:
            found = self.stage.reader.committed.read(topic or self.output)
        return sorted(record.value for records in found.values() for record in records)

    def position(self, partition=0):
        """The group's offset, -1001 when it has none."""
        asked = self.stage.asker(self.group).committed([TopicPartition(self.topic, partition)],
                                                       timeout=30)
        return asked[0].offset

    # ---- the job's side ----

    def start(self, *arguments, program="any_job", conf=None, environment=None, drain=False,
              **named):
        """Starts a job; named are its arguments (None leaves one out), _ stands for -."""
        conf = {"leat.progress": "json", "leat.transaction.timeout": "5m", **(conf or {})}
        if drain:
            conf["leat.stop.after.drain"] = "true"
        named = {"brokers": self.stage.brokers, "topic": self.topic, "group": self.group,
                 "output_topic": self.output, "checkpoint": self.checkpoint, "interval_ms": 50,
                 **named}
        command = [getattr(self.stage.options, program)]
        for key, value in named.items():
            if value is not None:
                command += ["--" + key.replace("_", "-"), str(value)]
        for key, value in conf.items():
            if value is not None:
                command += ["--conf", f"{key}={value}"]
        command += [str(argument) for argument in arguments]
        self.timeline.add(" ".join(command))
        process = harness.Process(command, environment or {}, self.timeline, self.name)
        self.processes.append(process)
        return process

    def start_as_user(self, ca="ca.pem", user=USER, **named):
        """Over TLS as the user that only has the rights which it was given."""
        parameters = [f"ssl.ca.location={self.stage.broker_folder}/tls/{ca}", *user]
        return self.start(brokers=f"localhost:{self.stage.options.port + 2}",
                          parameters=" ".join(parameters), **named)

    def refused(self, process, *words, status=1, deadline_s=20, logs=(), maybe=(), written=()):
        """The job ends with this status and says all words in its one sentence, and nothing else
        but lines of the log with one of logs (each is there) or maybe; what it wrote is what was
        written."""
        process.expect(status, deadline_s)
        sentences = [line for line in process.lines if line.startswith("leat: ")]
        if len(sentences) != 1 or process.lines[-1] != sentences[0]:
            raise Failure(f"not one sentence at the end, but: {process.messages()}")
        self.timeline.add(sentences[0])
        if len(sentences[0]) > SENTENCE_MAX:
            raise Failure(f"{len(sentences[0])} characters: {sentences[0]}")
        for word in words:
            if word not in sentences[0]:
                raise Failure(f"'{word}' is not in: {sentences[0]}")
        self.only_logged(process, logs, maybe)
        if self.output in self.made and self.written() != sorted(written):
            raise Failure(f"the output is {self.written()}, not {sorted(written)}")
        self.nothing_staged()
        return sentences[0]

    def refused_with_part(self, process, *words, **options):
        """As refused, of a job that had done some of its input."""
        process.wait()
        done = self.written()
        self.check_written(self.fed[:len(done)])
        if not done:
            raise Failure("nothing was done before")
        self.refused(process, *words, written=done, **options)

    def only_logged(self, process, logs=(), maybe=()):
        """Every line is progress, the sentence or a log line with one of these words."""
        for line in process.lines:
            if line.startswith(("leat: ", "{")):
                continue
            if not LOG_LINE.match(line) or not any(word in line for word in (*logs, *maybe)):
                raise Failure(f"{self.name} also says: {line}")
        for word in logs:
            if not any(word in line for line in process.lines):
                raise Failure(f"no line says '{word}', but: {process.messages()}")

    def nothing_staged(self):
        left = [path for path in self.folder.glob("**/.leat*/*") if path.is_file()]
        if left:
            raise Failure(f"left behind: {left}")

    def drains(self, expected=None, logs=(), **options):
        """The corrected job does all that is left; the output is what was fed."""
        process = self.start(drain=True, **options)
        process.expect(0, 30)
        self.only_logged(process, logs)
        self.check_written(self.fed if expected is None else expected)
        return process

    def check_written(self, expected):
        if self.written() != sorted(expected):
            raise Failure(f"the output is {self.written()}, not {sorted(expected)}")

    def wait_for_written(self, expected, process):
        wait_for(f"{len(expected)} records of output",
                 lambda: self.written() == sorted(expected) or not process.is_alive(), 20, 0.1)
        self.check_written(expected)

    def end(self, failed):
        for process in self.processes:
            process.end()
        if failed:
            words = [f"--- last words:\n    {process.messages()}" for process in self.processes]
            print("\n".join(self.timeline.entries + words + [f"--- kept: {self.folder}"]), flush=True)
            return
        if self.made:
            self.stage.admin.delete(*self.made)
        shutil.rmtree(self.folder, ignore_errors=True)


class Stage:
    """The broker and the clients that all cases of a script share."""

    def __init__(self, options):
        self.options = options
        self.brokers = f"127.0.0.1:{options.port}"
        self.broker_folder = pathlib.Path(options.work).resolve() / "broker"
        self.unique = f".{os.getpid()}"
        self.work = self.broker_folder.parent / f"{pathlib.Path(sys.argv[0]).stem}{self.unique}"
        self.work.mkdir(parents=True)
        self.admin, self.reader = topics.Admin(self.brokers), topics.Reader(self.brokers)
        self.reader_lock, self.askers = threading.Lock(), {}
        self.producer = self.new_producer()
        self.failures = []

    def new_producer(self, transactional_id=None):
        settings = {"transactional.id": transactional_id} if transactional_id else {}
        return Producer({"bootstrap.servers": self.brokers, "linger.ms": 1,
                         "message.max.bytes": 20 << 20, "log_level": 2, **settings})

    def tool(self, *words):
        subprocess.run([self.options.broker_tool, self.brokers, *words], check=True, timeout=60)

    def kafka(self, *words):
        subprocess.run([self.options.kafka, *words, "--port", str(self.options.port)], check=True,
                       timeout=60, stdout=subprocess.DEVNULL)

    def asker(self, group):
        """A client that reads a group's offsets; closing one may take long, so it is kept."""
        if group not in self.askers:
            self.askers[group] = topics.Consumer({"bootstrap.servers": self.brokers,
                                                  "group.id": group, "log_level": 2})
        return self.askers[group]

    def play(self, name, function, options):
        began, failed, played = time.monotonic(), True, None
        try:
            played = Case(self, name, **options)
            function(played)
            failed = False
            print(f"ok   {name} ({time.monotonic() - began:.1f} s)", flush=True)
            if self.options.sentences:
                print("\n".join(entry[10:] for entry in played.timeline.entries
                                if "leat: " in entry), flush=True)
        except Exception as failure:  # pylint: disable=broad-except
            self.failures.append(name)
            print(f"FAIL {name}: {failure}", flush=True)
            if not isinstance(failure, (Failure, topics.Timeout)):
                traceback.print_exc(file=sys.stdout)
        finally:
            if played:
                played.end(failed)


def parse(description):
    parser = argparse.ArgumentParser(description=description.split("\n", 1)[0])
    for program in ("relay", "daas", "any-job", "broker-tool"):
        parser.add_argument(f"--{program}", required=True, help="the program")
    parser.add_argument("--kafka", default=ROOT / "tools" / "kafka.sh")
    parser.add_argument("--port", type=int, default=19600, help="of the running broker")
    parser.add_argument("--work", default=ROOT / "build" / "faults-work", help="for all files")
    parser.add_argument("--parallel", type=int, default=4, help="cases at a time")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--sentences", action="store_true", help="print what the jobs said")
    parser.add_argument("--verbose", action="store_true", help="print all as it happens")
    return parser.parse_args()


def run(description, set_up=None):
    """Plays the registered cases and exits."""
    options = parse(description)
    stage = Stage(options)
    if set_up:
        set_up(stage)
    chosen = [entry for entry in CASES if options.only in entry[0]]
    with concurrent.futures.ThreadPoolExecutor(options.parallel) as pool:
        for played in [pool.submit(stage.play, *entry) for entry in chosen]:
            played.result()
    print(f"{len(chosen)} mistakes, {len(stage.failures)} failures"
          + "".join(f"\n  failed: {name}" for name in stage.failures), flush=True)
    if not stage.failures:
        shutil.rmtree(stage.work, ignore_errors=True)
    # The shared consumers are not closed: librdkafka may wait for ever for one that has read a
    # topic which was deleted since.
    os._exit(1 if stage.failures else 0)
