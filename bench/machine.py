"""The benchmark's broker, its topics, and processes whose cost is taken."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from confluent_kafka.admin import AdminClient, NewTopic

ROOT = pathlib.Path(__file__).resolve().parent.parent


def say(text):
    print(text, file=sys.stderr, flush=True)


class Cost:
    """What one process took from exec to its end."""

    def __init__(self, wall_s, usage):
        self.wall_s = wall_s
        self.cpu_s = usage.ru_utime + usage.ru_stime
        self.rss_mb = usage.ru_maxrss / 1024


def start(command, **options):
    return subprocess.Popen([str(word) for word in command], **options)


def wait(process, began):
    """Waits by wait4, for its resource usage; a failure ends the benchmark."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(process.args)}: exit status {process.returncode}")
    return Cost(time.monotonic() - began, usage)


def run(command):
    began = time.monotonic()
    return wait(start(command, stderr=sys.stderr, stdout=subprocess.DEVNULL), began)


def stop(process):
    """Ends it as a user would, and gives its cost."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    return wait(process, began)


def ask(command):
    """The JSON that a tool prints."""
    return json.loads(subprocess.run([str(word) for word in command], check=True,
                                     capture_output=True, text=True).stdout)


class Broker:
    """One node of its own: topics are made for one run and deleted after it."""

    def __init__(self, directory, port):
        self.directory = pathlib.Path(directory).resolve()
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.made = 0

    def kafka(self, *words):
        subprocess.run([str(ROOT / "tools/kafka.sh"), *words, "--port", str(self.port),
                        "--dir", str(self.directory)], check=True)

    def __enter__(self):
        say(f"starting a broker on port {self.port}")
        shutil.rmtree(self.directory, ignore_errors=True)
        self.kafka("start", "--set", "log.segment.delete.delay.ms=500")
        self.admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0})
        return self

    def __exit__(self, *reason):
        self.kafka("stop")
        shutil.rmtree(self.directory, ignore_errors=True)

    def topic(self, name, partitions=4):
        """A new topic: name and a number. Its records' timestamps are from long ago."""
        self.made += 1
        name = f"{name}-{self.made}"
        made = self.admin.create_topics([NewTopic(name, partitions, 1, config={"retention.ms": "-1"})])
        made[name].result(30)
        while name not in self.admin.list_topics(timeout=10).topics:
            time.sleep(0.05)
        return name

    def delete(self, *names):
        for done in self.admin.delete_topics(list(names)).values():
            done.result(30)

    def checkpoint(self, name):
        """A directory for one run, outside of the broker's own."""
        path = self.directory / "checkpoints" / name
        path.parent.mkdir(exist_ok=True)
        return path
