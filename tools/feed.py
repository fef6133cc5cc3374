#!/usr/bin/env python3
"""Feeds msgpack events at a steady rate until it is ended: feed.py BROKER TOPIC EVENTS_PER_SECOND.

The events are those of examples/daas.c: {"id", "user", "kind", "value", "tags"}. With --params FILE
it only writes the dictionary that goes with them.
"""
import json
import random
import signal
import sys
import time

import msgpack
from confluent_kafka import Producer

USERS, SLICE_S = 1000, 0.02
KINDS, WANTED = ("click", "view", "order", "ping", "scroll"), ("click", "view", "order")
TAGS = ("sport", "news", "music", "film", "food", "travel", "books", "games")


def write_params(path):
    segments = {f"user-{n}": f"segment-{n % 7}" for n in range(USERS) if n % 5}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"kinds": WANTED, "segments": segments}, file)


def event(choose, number):
    user = f"user-{choose.randrange(USERS)}"
    return user, msgpack.packb({"id": number, "user": user, "kind": choose.choice(KINDS),
                                "value": round(choose.uniform(0, 100), 2),
                                "tags": choose.sample(TAGS, choose.randrange(5))})


def feed(broker, topic, per_second):
    producer = Producer({"bootstrap.servers": broker, "linger.ms": 5, "enable.idempotence": True,
                         "log_level": 2})
    choose, fed, start = random.Random(1), 0, time.monotonic()
    while True:
        due = int((time.monotonic() - start) * per_second)
        for number in range(fed, due):
            key, value = event(choose, number)
            producer.produce(topic, value, key)
        fed = due
        producer.poll(SLICE_S)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--params":
        write_params(sys.argv[2])
    elif len(sys.argv) == 4:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # tools/run.sh ends it.
        feed(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
