"""The events that the tests feed, from a seed: the same seed gives the same events.

Every record proves itself: `id` is <producer> << 32 | <sequence>, and the headers carry the
producer and the sequence within the key, so that losses and duplicates show by counting.
"""
import json
import random

import pack

KINDS = ("click", "view", "order", "ping", "scroll")
WANTED = ("click", "view", "order")
USERS = 300
PRODUCER_SHIFT = 32


def user_name(number):
    """Mostly plain names; some are long, some are not ASCII."""
    if number % 29 == 0:
        return f"użytkownik-☃-{number:04d}"
    if number % 31 == 0:
        return f"user-{number:04d}-" + "x" * 40
    return f"user-{number:04d}"


def params():
    """The broadcast dictionary of daas: every fifth user has no segment."""
    segments = {user_name(n): f"segment-{n % 7}" for n in range(USERS) if n % 5}
    return {"kinds": list(WANTED), "segments": segments}


def write_params(path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(params(), file)


class Generator:
    """An endless source of (key, value, headers); about 150 bytes, 1.5 tags wanted per event."""

    def __init__(self, seed, producer=1, keyless=False):
        self.random = random.Random(seed)
        self.producer = producer
        self.keyless = keyless
        self.sequence = 0
        self.sequences = {}

    def event(self):
        choose = self.random
        event = {
            "id": self.producer << PRODUCER_SHIFT | self.sequence,
            "user": user_name(choose.randrange(USERS)),
            "kind": choose.choice(KINDS),
            "value": choose.random() * 10 ** choose.randrange(-3, 9),
            "tags": [self.tag() for _ in range(choose.choice((0, 1, 2, 3, 4, 5)))],
        }
        self.sequence += 1
        if choose.random() < 0.1:
            fields = list(event.items())
            choose.shuffle(fields)
            event = dict(fields)
        return event

    def tag(self):
        number = self.random.randrange(500)
        if number == 0:
            return "long-tag-" + "y" * 120
        if number < 10:
            return f"tag-ä-{number}"
        return f"autumn-campaign/{'abcdefgh'[number % 8]}/tag-{number:03d}-top"

    def next(self):
        event = self.event()
        key = event["user"].encode()
        sequence = self.sequences.get(key, 0)
        self.sequences[key] = sequence + 1
        headers = [("producer", b"%d" % self.producer), ("sequence", b"%d" % sequence)]
        if sequence % 10 == 9:
            headers.append(("empty", b""))
        if self.keyless and self.random.random() < 0.05:
            key = None
        return key, pack.pack(event), headers


class Lines:
    """An endless source of lines of words: a few hot ones, many rare ones, all kinds of blanks."""

    WORDS = 400
    BLANKS = (b" ", b" ", b" ", b"  ", b"\t", b"\n", b" \r\n ", b"\x0b", b"\x0c")

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sequence = 0

    def word(self):
        number = int(self.WORDS * self.random.random() ** 3)
        if number % 50 == 17:
            return f"słowo-☃-{number}".encode()
        if number % 50 == 23:
            return b"\xff\xfe-%d" % number  # No UTF-8.
        if number % 200 == 31:
            return b"long-%d-" % number + b"x" * 600
        return b"word-%d" % number

    def next(self):
        choose = self.random
        self.sequence += 1
        if choose.random() < 0.02:
            return b"key", choose.choice((None, b"", b" \t ")), []
        line = b""
        for _ in range(choose.randrange(1, 9)):
            line += choose.choice(self.BLANKS) + self.word()
        return b"line-%d" % choose.randrange(50), line + choose.choice((b"", b" ")), []
