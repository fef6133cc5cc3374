"""What every chaos test needs: a broker, topics, a job to start and kill, a feed, a final check.

Nothing sleeps for luck: what must come true is waited for with a deadline, and a deadline that
passes fails the test. Whatever happens is written to a timeline that a failing test prints, with
its seed.
"""
import argparse
import base64
import concurrent.futures
import ctypes
import json
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "verify"))

# pylint: disable=wrong-import-position
import batchwise
import checks
import events
import model
import observe
import topics
import verify

LIBC = ctypes.CDLL(None)
PORT = 19392
JOBS = ("relay", "daas", "wordcount", "stateful")
READ_LINES = ("wordcount", "stateful")
DEADLINE_S = 60
PARTITIONS = 3
WRITE_FILES, WRITE_KAFKA = ("daas", "files", "stateful"), JOBS
# Enough for any batch; daas's own cap is 10 records a second. The feed is the pace-maker.
CONF = {"leat.progress": "json", "spark.streaming.backpressure.enabled": "false",
        "spark.streaming.kafka.maxRatePerPartition": "100000"}


class Failure(Exception):
    """The job or a check did not do what the contract says."""


def wait_for(what, condition, deadline_s=DEADLINE_S, pause_s=0.01):
    """Returns the condition's first true value."""
    deadline = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {deadline_s} s in vain for: {what}")
        time.sleep(pause_s)


class Broker:
    """tools/kafka.sh on a port and in a folder of its own."""

    def __init__(self, script, port, folder):
        self.script, self.port, self.folder = str(script), port, pathlib.Path(folder)
        self.address = f"127.0.0.1:{port}"

    def call(self, command):
        log = self.folder.parent / f"kafka-{self.port}.{command}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "w", encoding="utf-8") as output:
            status = subprocess.run([self.script, command, "--port", str(self.port), "--dir",
                                     str(self.folder)], stdout=output, stderr=subprocess.STDOUT,
                                    check=False, stdin=subprocess.DEVNULL, timeout=300).returncode
        return status, log.read_text(encoding="utf-8")

    def is_running(self):
        return self.call("status")[0] == 0

    def start(self):
        status, output = self.call("start")
        if status != 0:
            raise Failure(f"the broker did not start: {output[-2000:]}")

    def stop(self):
        self.call("stop")

    def process_ids(self):
        """The broker is the process whose command line or environment names our folder."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"java" in command.split(b"\0")[0] and os.fsencode(self.folder) in command:
                found.append(int(entry.name))
        return found

    def pause(self):
        """It answers no more, and no connection breaks, until resume."""
        for process_id in self.process_ids():
            os.kill(process_id, signal.SIGSTOP)

    def resume(self):
        for process_id in self.process_ids():
            os.kill(process_id, signal.SIGCONT)

    def kill(self):
        """SIGKILL, and the process is gone when this returns."""
        victims = self.process_ids()
        if not victims:
            raise Failure(f"no broker process names {self.folder}")
        for process_id in victims:
            os.kill(process_id, signal.SIGKILL)
        wait_for("the end of the killed broker", lambda: not self.process_ids())


def die_with_the_test():
    """In the child: a test that is killed leaves no job behind (PR_SET_PDEATHSIG)."""
    LIBC.prctl(1, signal.SIGKILL)


class Process:
    """A started job: its stderr is collected, its progress lines parsed."""

    def __init__(self, command, environment, timeline, name):
        self.name, self.timeline = name, timeline
        self.lines, self.progress = [], []
        self.popen = subprocess.Popen(command, env={**os.environ, **environment}, text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, errors="replace",
                                      preexec_fn=die_with_the_test)
        self.collector = threading.Thread(target=self.collect, daemon=True)
        self.collector.start()

    def collect(self):
        for line in self.popen.stderr:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("{"):
                try:
                    self.progress.append(json.loads(line))
                except ValueError:
                    pass  # The line that a kill cut off.

    def is_alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        self.timeline.add(f"{self.name}: {signal.Signals(number).name}")
        self.popen.send_signal(number)

    def signal_twice(self, number):
        """The second one comes after the first was handled: pending ones merge."""
        def is_handled():
            try:
                with open(f"/proc/{self.popen.pid}/status", encoding="ascii") as status:
                    pending = re.search(r"ShdPnd:\s*([0-9a-f]+)", status.read())
                return not int(pending[1], 16) & 1 << (number - 1)
            except OSError:
                return True
        self.signal(number)
        wait_for("the handled signal", is_handled, pause_s=0.001)
        self.signal(number)

    def wait(self, deadline_s=DEADLINE_S):
        """The exit status, negative for a signal."""
        try:
            status = self.popen.wait(deadline_s)
        except subprocess.TimeoutExpired:
            self.timeline.add(f"{self.name}: still there after {deadline_s} s: {self.messages()}")
            raise Failure(f"{self.name} did not end within {deadline_s} s") from None
        self.collector.join(10)
        self.timeline.add(f"{self.name}: ended with {status} after {len(self.progress)} batches")
        return status

    def expect(self, wanted, deadline_s=DEADLINE_S):
        status = self.wait(deadline_s)
        if status != wanted:
            raise Failure(f"{self.name} ended with {status} instead of {wanted}: {self.messages()}")

    def expect_sentence(self, *patterns):
        """The job said why it ended; patterns are searched in what is no progress line."""
        for pattern in patterns:
            if not re.search(pattern, self.messages(40), re.I):
                raise Failure(f"{self.name} did not say '{pattern}', but: {self.messages()}")

    def messages(self, count=12):
        return "\n    ".join([line for line in self.lines if not line.startswith("{")][-count:])

    def wait_for_batches(self, count, deadline_s=DEADLINE_S):
        """Until count more batches than now were reported; False when the job ended before."""
        goal = len(self.progress) + count
        wait_for(f"{count} batches of {self.name}",
                 lambda: len(self.progress) >= goal or not self.is_alive(), deadline_s)
        return len(self.progress) >= goal

    def wait_until_it_handles_signals(self):
        """Until SIGTERM has a handler: the program has reached leat_main."""
        def handled():
            try:
                with open(f"/proc/{self.popen.pid}/status", encoding="ascii") as status:
                    caught = re.search(r"SigCgt:\s*([0-9a-f]+)", status.read())
                return not self.is_alive() or int(caught[1], 16) & 1 << (signal.SIGTERM - 1)
            except OSError:
                return True
        wait_for(f"{self.name}'s signal handler", handled, pause_s=0.001)

    def end(self):
        if self.is_alive():
            self.popen.kill()
        self.popen.wait()


class Timeline:
    def __init__(self, verbose=False):
        self.start, self.entries, self.verbose = time.monotonic(), [], verbose

    def add(self, text):
        entry = f"{time.monotonic() - self.start:9.3f} {text}"
        self.entries.append(entry)
        if self.verbose:
            print(entry, flush=True)


class SteadyFeed(threading.Thread):
    """Feeds events at a steady rate until stopped."""

    def __init__(self, feeder, per_second):
        super().__init__(daemon=True)
        self.feeder, self.per_second = feeder, per_second
        self.stopping, self.failure = threading.Event(), None
        self.start()

    def run(self):
        start, fed = time.monotonic(), 0
        try:
            while not self.stopping.wait(0.02):
                due = int((time.monotonic() - start) * self.per_second) - fed
                self.feeder.feed(due)
                fed += due
            self.feeder.flush()
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def stop(self):
        self.stopping.set()
        self.join()
        if self.failure:
            raise self.failure


def to_bytes(text):
    """What leat state wrote as text: UTF-8, or base64 of what is none."""
    if text.startswith("base64:"):
        return base64.b64decode(text.removeprefix("base64:"))
    return text.encode()


def to_number(value):
    """A number as it is; of a window's running value what stands behind its three numbers."""
    return value if isinstance(value, int) else struct.unpack("<24x?q", to_bytes(value))[1]


class Scene:
    """One job with topics, group, checkpoint and folders of its own, and its witnesses."""

    def __init__(self, stage, name, job, input_topic=None, files=True, partitions=PARTITIONS,
                 input_config=None):
        self.stage, self.name, self.job = stage, name, job
        self.brokers = stage.brokers  # What the job is told.
        self.timeline = Timeline(stage.options.verbose)
        self.partitions = partitions
        unique = re.sub(r"[^a-z0-9.-]+", "-", f"{job}.{name}".lower()) + "." + stage.unique
        self.groups = [f"g.{unique}"]
        self.output_topic, self.with_output_topic = f"out.{unique}", True
        self.own_input = input_topic is None
        self.input_topic = input_topic or f"in.{unique}"
        self.folder = stage.work / unique
        self.folder.mkdir(parents=True)
        self.checkpoint = self.folder / "checkpoint"
        self.output_dir = self.folder / "text" / "tags" if job in WRITE_FILES and files else None
        self.starts, self.processes = 0, []
        self.live = self.lister = None
        if self.own_input:
            stage.admin.create(self.input_topic, partitions, **(input_config or {}))
        stage.admin.create(self.output_topic, partitions)

    def feeder(self, **options):
        """Of what the job reads: events, or lines of words."""
        return self.stage.feeder(self.input_topic, lines=self.job in READ_LINES, **options)

    def watch(self):
        """Puts the witnesses in place; call it before the first start."""
        self.live = observe.LiveReader(self.stage.brokers, self.output_topic, self.partitions)
        if self.output_dir:
            self.output_dir.parent.mkdir(exist_ok=True)
            self.lister = observe.Lister(self.output_dir)

    def command(self, interval_ms, conf, arguments):
        program = getattr(self.stage.options, self.job)
        command = [program, "--brokers", self.brokers, "--topic", self.input_topic,
                   "--group", self.groups[-1], "--interval-ms", str(interval_ms)]
        if self.checkpoint:
            command += ["--checkpoint", str(self.checkpoint)]
        if self.with_output_topic and self.job in WRITE_KAFKA:
            command += ["--output-topic", self.output_topic]
        if self.job == "daas":
            command += ["--params", str(self.stage.params)]
        if self.output_dir:
            command += ["--output-dir", str(self.output_dir)]
        for key, value in {**CONF, **conf}.items():
            command += ["--conf", f"{key}={value}"]
        return command + [str(argument) for argument in arguments]

    def start(self, crash=None, interval_ms=50, conf=None, drain=False, arguments=()):
        """Starts the job; drain stops it at the log end that it saw at its start."""
        self.starts += 1
        conf = dict(conf or {})
        if drain:
            conf["leat.stop.after.drain"] = "true"
        environment = {"LEAT_CRASH": crash} if crash else {}
        name = f"{self.job}#{self.starts}"
        command = self.command(interval_ms, conf, arguments)
        if self.starts == 1:
            self.timeline.add(" ".join(command))
        self.timeline.add(f"{name}: started" + (f", LEAT_CRASH={crash}" if crash else "")
                          + (", drains" if drain else ""))
        process = Process(command, environment, self.timeline, name)
        self.processes.append(process)
        return process

    def finish(self, **options):
        """One undisturbed run over what is left."""
        self.start(drain=True, **options).expect(0)

    def positions(self):
        """{partition: committed offset} of the present group."""
        with self.stage.reader_lock:
            _, batches = self.stage.reader.batches(self.groups[-1])
        return {partition: offset for batch in batches
                for (topic, partition), offset in batch.until.items() if topic == self.input_topic}

    def verify(self, finished=True, clean=True, inputs=None, keep_watching=False):
        """Fails on the first violated invariant. The job must be stopped; clean says that it
        stopped as asked, finished that it did all its input."""
        for witness in (self.live, self.lister):
            if witness and witness.is_alive() and not keep_watching:
                witness.stop()
        with self.stage.reader_lock:
            history = verify.collect(self.stage.reader, self.input_topic, self.output_topic,
                                     self.groups, self.output_dir, inputs, self.live, self.lister,
                                     finished, clean)
        self.timeline.add(verify.summary(history))
        model_of_job = self.stage.models[self.job]
        if self.job in READ_LINES:
            model_of_job = model_of_job.new()
            violations = batchwise.check(history, model_of_job)
        else:
            violations = checks.check(history, model_of_job)
        if violations:
            raise Failure("violated:\n" + checks.report(violations))
        if not history.batches:
            raise Failure("no batch was committed with a marker in the group's offsets")
        if self.job in READ_LINES and clean:
            self.verify_state(model_of_job)
        return history

    def verify_state(self, model_of_job):
        """What `leat state export` says of the stopped job is what its batches make."""
        sizes = []
        for name, wanted in model_of_job.remembered().items():
            found = self.exported(name)
            sizes.append(f"{len(found)} keys in '{name}'")
            fault = batchwise.check_state(name, wanted, found)
            if fault:
                raise Failure(fault)
        self.timeline.add(f"{self.timeline.entries[-1][10:]}, {', '.join(sizes)}")

    def leat_state(self, *verb):
        """leat state, done."""
        return subprocess.run([self.stage.options.leat, "state", *verb, "--checkpoint",
                               str(self.checkpoint)], capture_output=True, check=False,
                              timeout=DEADLINE_S)

    def exported(self, name):
        """{key: value} of a state; of a window, its running values."""
        done = self.leat_state("export", name)
        if done.returncode != 0 or done.stderr:
            raise Failure(f"leat state export {name} ended with {done.returncode}: "
                          f"{done.stderr.decode()}")
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        return {to_bytes(entry["key"]): to_number(entry["value"]) for entry in entries}

    def end(self, failed):
        for process in self.processes:
            process.end()
        for witness in (self.live, self.lister):
            if witness and witness.is_alive():
                witness.stop()
        if failed:
            words = [f"--- {process.name}'s last words:\n    {process.messages()}"
                     for process in self.processes[-3:]]
            print("\n".join(self.timeline.entries + words + [f"--- kept: {self.folder}"]),
                  flush=True)
            return
        mine = [self.output_topic] + ([self.input_topic] if self.own_input else [])
        self.stage.admin.delete(*mine)
        shutil.rmtree(self.folder, ignore_errors=True)


class Stage:
    """The broker, the clients and the folders that all scenes of a script share."""

    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.unique = f"{options.seed}-{os.getpid()}"
        self.work = pathlib.Path(options.work).resolve() / self.unique
        self.work.mkdir(parents=True)
        self.broker, self.started_broker = None, False
        if options.brokers:
            self.brokers = options.brokers
        else:
            self.broker = Broker(options.kafka, options.port, self.work.parent / "broker")
            self.started_broker = not self.broker.is_running()
            if self.started_broker:
                self.broker.start()
            self.brokers = self.broker.address
        self.admin = topics.Admin(self.brokers)
        self.reader = topics.Reader(self.brokers)
        self.reader_lock = threading.Lock()
        self.params = self.work / "params.json"
        events.write_params(self.params)
        self.models = {"relay": model.Relay(), "daas": model.Daas(events.params()),
                       "files": model.Ids(), "wordcount": batchwise.WordCount(),
                       "stateful": batchwise.Stateful()}
        self.failures, self.scenes, self.topics = [], 0, []

    def feeder(self, topic, producer=1, transactional=False, partitions=PARTITIONS, keyless=False,
               lines=False):
        generator = (events.Lines(f"{self.options.seed}/{producer}") if lines else
                     events.Generator(f"{self.options.seed}/{producer}", producer, keyless))
        return topics.Feeder(self.brokers, topic, partitions, generator,
                             f"feed-{topic}-{producer}" if transactional else None)

    def preload(self, name, count, **feeder_options):
        """A topic with count events that scenes share; returns its name and its records."""
        topic = f"in.{name}.{self.unique}"
        self.admin.create(topic, PARTITIONS)
        feeder = self.feeder(topic, **feeder_options)
        feeder.feed(count)
        feeder.flush()
        self.topics.append(topic)
        return topic, verify.read_inputs(self.reader, topic)

    def play_all(self, scenes):
        """Plays (name, job, act, scene options) in two threads: a scene mostly waits."""
        with concurrent.futures.ThreadPoolExecutor(self.options.parallel) as pool:
            for played in [pool.submit(self.play, name, job, act, **scene_options)
                           for name, job, act, scene_options in scenes]:
                played.result()

    def play(self, name, job, act, **scene_options):
        """Runs act(scene) and records a failure; returns the scene."""
        if self.options.only not in f"{job} {name}":
            return None
        self.scenes += 1
        began = time.monotonic()
        scene = Scene(self, name, job, **scene_options)
        failed = True
        try:
            act(scene)
            failed = False
            print(f"ok   {job} {name} ({time.monotonic() - began:.1f} s): "
                  f"{scene.timeline.entries[-1][10:]}", flush=True)
        except Exception as failure:  # pylint: disable=broad-except
            self.failures.append(f"{job} {name}")
            print(f"FAIL {job} {name}, seed {self.options.seed}: {failure}", flush=True)
            if not isinstance(failure, (Failure, topics.Timeout)):
                traceback.print_exc(file=sys.stdout)
        finally:
            scene.end(failed)
        return scene

    def close(self):
        """The script's exit status."""
        if self.topics:
            self.admin.delete(*self.topics)
        if self.started_broker:
            self.broker.stop()
        if not self.failures:
            shutil.rmtree(self.work, ignore_errors=True)
        print(f"{self.scenes} scenes, {len(self.failures)} failures, seed {self.options.seed}"
              + "".join(f"\n  failed: {name}" for name in self.failures), flush=True)
        return 1 if self.failures else 0


def parse(description, jobs=("relay", "daas"), configure=None):
    """The options that all chaos scripts share."""
    parser = argparse.ArgumentParser(description=description.split("\n", 1)[0])
    for job in JOBS:
        parser.add_argument(f"--{job}", required=job in jobs, help="the program")
    parser.add_argument("--leat", help="the leat program, for jobs with state")
    parser.add_argument("--brokers", default=os.environ.get("LEAT_TEST_BOOTSTRAP"),
                        help="a running broker, instead of one of our own")
    parser.add_argument("--kafka", default=ROOT / "tools" / "kafka.sh", help="starts the broker")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--work", default=ROOT / "build" / "chaos-work", help="for all files")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--parallel", type=int, default=2, help="scenes at a time")
    parser.add_argument("--only", default="", help="scenes whose name contains this")
    parser.add_argument("--verbose", action="store_true", help="print the timeline as it happens")
    if configure:
        configure(parser)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    return options


def run(options, acts):
    """Plays acts(stage) on a stage and exits."""
    stage = Stage(options)
    try:
        acts(stage)
    except Exception:  # pylint: disable=broad-except
        stage.failures.append("the script itself")
        traceback.print_exc(file=sys.stdout)
    status = stage.close()
    sys.stdout.flush()
    # The shared consumers are not closed: librdkafka may wait for ever for one that has read a
    # topic which was deleted since.
    os._exit(status)
