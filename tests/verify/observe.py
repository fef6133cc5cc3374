"""Witnesses that watch a job while it runs: what a reader and a lister could see at each moment."""
import os
import threading
import time

from confluent_kafka import KafkaError, KafkaException, TopicPartition

import topics


class LiveReader(threading.Thread):
    """A read_committed consumer of the output topic.

    cuts: {partition: [offset]}, each an end of what could be read at some moment.
    seen: {partition: [offset]}, the records that it was given.
    """

    def __init__(self, brokers, topic, partitions):
        super().__init__(name=f"reader of {topic}", daemon=True)
        self.view = topics.View(brokers, "read_committed")
        self.topic = topic
        self.cuts = {partition: [] for partition in range(partitions)}
        self.seen = {partition: [] for partition in range(partitions)}
        self.stopping = threading.Event()
        self.view.consumer.assign([TopicPartition(topic, partition, 0)
                                   for partition in range(partitions)])
        self.start()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.take(self.view.consumer.consume(500, 0.01))
                self.look()
            except KafkaException:
                time.sleep(0.02)  # The broker is away; the job's business, not ours.
        self.view.close()

    def take(self, messages):
        for message in messages:
            if message.error() is None:
                self.seen[message.partition()].append(message.offset())
            elif message.error().code() == KafkaError._PARTITION_EOF:
                self.cut(message.partition(), message.offset())

    def look(self):
        for partition in self.cuts:
            place = TopicPartition(self.topic, partition)
            self.cut(partition, self.view.consumer.get_watermark_offsets(place, timeout=1)[1])

    def cut(self, partition, offset):
        cuts = self.cuts[partition]
        if offset >= 0 and (not cuts or cuts[-1] != offset):
            cuts.append(offset)

    def stop(self):
        self.stopping.set()
        self.join()


class Lister(threading.Thread):
    """Lists a folder for directories <base>-*.txt and notes each one's files when first seen."""

    def __init__(self, base_path):
        super().__init__(name=f"lister of {base_path}", daemon=True)
        self.parent, self.base = os.path.split(os.path.abspath(base_path))
        self.sightings = {}
        self.stopping = threading.Event()
        self.start()

    def run(self):
        while not self.stopping.is_set():
            self.look()
            self.stopping.wait(0.004)

    def look(self):
        try:
            names = os.listdir(self.parent)
        except FileNotFoundError:
            return
        for name in names:
            if name.startswith(self.base + "-") and name not in self.sightings:
                path = os.path.join(self.parent, name)
                self.sightings[name] = {file: os.stat(os.path.join(path, file)).st_size
                                        for file in os.listdir(path)}

    def stop(self):
        self.stopping.set()
        self.join()


def read_directories(base_path):
    """({name: {file: bytes}}, [staging directories]) beside the text output's base path."""
    parent, base = os.path.split(os.path.abspath(base_path))
    directories, staged = {}, []
    for name in sorted(os.listdir(parent)) if os.path.isdir(parent) else ():
        path = os.path.join(parent, name)
        if name.startswith(".leat-"):
            staged.extend(staging_leaves(path))
        elif name.startswith(base + "-"):
            directories[name] = {}
            for file in os.listdir(path):
                with open(os.path.join(path, file), "rb") as part:
                    directories[name][file] = part.read()
    return directories, staged


def staging_leaves(path):
    """The innermost directories below a staging directory, to name what was left."""
    return [folder for folder, folders, _ in os.walk(path) if not folders]
