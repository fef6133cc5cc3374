"""Jobs that remember: what each batch must put out, and what is remembered after the last.

The records of a batch are known from the offsets that it committed, its time from its marker. The
model replays the batches and knows no code of leat; the checks are those of checks.py, for batches.
"""
from collections import Counter, namedtuple

import checks
from checks import Violation
from murmur2 import partition_of

# What one batch must put out: outputs counts (key, value), lines counts lines of text.
Expected = namedtuple("Expected", "batch outputs lines")
NOTHING = b"-"


class WordCount:
    """A running count of each word; each batch puts out the words that it touched."""
    writes_text = False
    states = ("counts",)

    def __init__(self):
        self.counts = Counter()

    def step(self, time_ms, words):
        """The batch's (outputs, lines)."""
        self.counts.update(words)
        return Counter((word, b"%d" % self.counts[word]) for word in set(words)), Counter()

    def remembered(self):
        """{state name: {key: value}}"""
        return {"counts": dict(self.counts)}

    @staticmethod
    def new():
        return WordCount()


class Window:
    """What a window of batches holds, (T - length, T], combined by key."""

    def __init__(self, length_ms, combine):
        self.length_ms, self.combine, self.panes = length_ms, combine, []

    def step(self, time_ms, counts):
        self.panes = [pane for pane in self.panes if pane[0] > time_ms - self.length_ms]
        self.panes.append((time_ms, counts))
        values = {}
        for _, pane in self.panes:
            for word, count in pane.items():
                values[word] = self.combine(values[word], count) if word in values else count
        return values


class Stateful:
    """stateful.c: a count joined with a sliding one, words that fell silent, a window as text."""
    writes_text = True
    states = ("counts", "idle", "recent")
    timeout_ms, interval_ms, slide_ms = 300, 50, 100

    def __init__(self):
        self.counts, self.idle = Counter(), {}
        self.recent = Window(1000, lambda left, right: left + right)
        self.largest = Window(200, max)
        self.slid = Window(400, self.recent.combine)
        self.last_ms = None
        self.last_recent = {}

    def gone(self, time_ms, batch):
        for word, count in batch.items():
            self.idle[word] = (self.idle.get(word, (0, 0))[0] + count, time_ms)
        late = [word for word, (_, seen) in self.idle.items() if time_ms - seen > self.timeout_ms]
        return [(word, b"gone %d" % self.idle.pop(word)[0]) for word in late]

    def slide(self, time_ms, batch):
        """Put out when a multiple of the slide has come since the batch before."""
        values = self.slid.step(time_ms, batch)
        last_ms = time_ms - self.interval_ms if self.last_ms is None else self.last_ms
        self.last_ms = time_ms
        if time_ms // self.slide_ms == last_ms // self.slide_ms:
            return []
        return [(word, b"slid %d" % value) for word, value in values.items()]

    def step(self, time_ms, words):
        batch = Counter(words)
        self.counts.update(batch)
        recent = self.last_recent = self.recent.step(time_ms, batch)
        outputs = Counter(
            (word, (b"%d" % self.counts[word] if word in batch else NOTHING) + b" "
             + (b"%d" % recent[word] if word in recent else NOTHING))
            for word in {**batch, **recent})
        outputs.update(self.gone(time_ms, batch))
        outputs.update(self.slide(time_ms, batch))
        return outputs, Counter(b"%s\t%d" % item
                                for item in self.largest.step(time_ms, batch).items())

    def remembered(self):
        return {"counts": dict(self.counts),
                "idle": {word: total for word, (total, _) in self.idle.items()},
                "recent": self.last_recent}

    @staticmethod
    def new():
        return Stateful()


# ---- the batches ----

def replay(history, model):
    """[Expected] of the committed batches in order; the model is then what the job must be."""
    index, taken, expected, last = checks.BatchIndex(history), {}, [], 0
    for partition, records in sorted(history.inputs.items()):
        for record in records:
            taken.setdefault(index.number(partition, record.offset), []).extend(
                (record.value or b"").split())
    for batch in history.batches:
        if batch.number > last:  # Not one that anchored another group.
            expected.append(Expected(batch, *model.step(batch.time_ms,
                                                        taken.get(batch.number, []))))
            last = batch.number
    return expected


def check_outputs(history, expected):
    """I1, I2, I3, I5: per output partition the batches' records, whole, once and in order."""
    for partition, records in sorted(history.outputs.items()):
        at, spans = 0, {}
        for batch, outputs, _ in expected:
            wanted = Counter({identity: count for identity, count in outputs.items()
                              if partition_of(identity[0], len(history.outputs)) == partition})
            found = records[at:at + sum(wanted.values())]
            fault = compare(history, batch, partition, wanted, found)
            if fault:
                yield fault
                return  # What follows is only shifted.
            at += len(found)
            if found:
                spans[batch.number] = [found[0].offset, found[-1].offset]
                if found[-1].offset - found[0].offset != len(found) - 1:
                    yield Violation("I5", checks.output_place(history, found[0]),
                                    f"batch {batch.number} is not in one piece")
        for record in records[at:at + 1]:
            yield Violation("I2", checks.output_place(history, record),
                            f"behind all batches stands {record.key!r}: {record.value!r}")
        yield from checks.check_cuts(history, partition, spans)


def compare(history, batch, partition, wanted, found):
    """What is wrong with a batch's records in one partition, or None."""
    there = Counter((record.key, record.value) for record in found)
    where = (f"batch {batch.number} (time {batch.time_ms}), topic '{history.output_topic}' "
             f"partition {partition}")
    for identity in wanted - there:
        others = sorted(value for key, value in there if key == identity[0])
        return Violation("I1", where, f"{identity[0]!r}: {identity[1]!r} is missing, there is "
                         f"{others or 'nothing'} of that key")
    for identity in there - wanted:
        return Violation("I2", where, f"{identity[0]!r}: {identity[1]!r} is not of this batch")
    return None


def check_inputs(history):
    """I1: all input is committed."""
    index = checks.BatchIndex(history)
    for partition, records in sorted(history.inputs.items()):
        if records and history.finished and index.committed(partition) <= records[-1].offset:
            yield Violation("I1", checks.input_place(history, (partition, records[-1].offset)),
                            "at the end of the run, not committed")


def check_text(history, expected):
    """I10: each batch's directory has its lines, whatever part they are in."""
    times = {entry.batch.time_ms: entry for entry in expected if entry.lines}
    for name, files in sorted(history.directories.items()):
        label = name[len(history.text_base) + 1:].removesuffix(".txt")
        entry = times.pop(int(label), None) if label.isdigit() else None
        lines = Counter(line for file, data in files.items() if file.startswith("part-")
                        for line in data.splitlines())
        where = f"directory '{name}'"
        if "_SUCCESS" not in files:
            yield Violation("I10", where, "_SUCCESS is missing")
        if entry is None and lines:
            yield Violation("I10", where, "no committed batch with text has this time")
        elif entry is not None and lines != entry.lines:
            yield Violation("I10", where, f"batch {entry.batch.number}: too few "
                            f"{list((entry.lines - lines).items())[:3]}, too many "
                            f"{list((lines - entry.lines).items())[:3]}")
    for time_ms, entry in times.items():
        if history.clean or entry is not expected[-1]:
            yield Violation("I10", f"directory '{history.text_base}-{time_ms}.txt'",
                            f"missing: batch {entry.batch.number} has text")
    for path in history.staged if history.clean else ():
        yield Violation("I10", f"directory '{path}'", "a staging directory is left over")
    yield from checks.check_sightings(history)


def check(history, model):
    """All violations of the history; model has stepped through its batches afterwards."""
    if not history.batches:
        return [Violation("I6", "the group", "no batch is known")]
    expected = replay(history, model)
    violations = list(check_outputs(history, expected))
    violations.extend(check_inputs(history))
    violations.extend(checks.check_monotone(history))
    if history.directories is not None:
        violations.extend(check_text(history, expected))
    violations.extend(checks.check_seen(history))
    violations.extend(checks.check_ends(history))
    return violations


def check_state(name, wanted, found):
    """None, or how what is remembered differs; both {key: value}."""
    for key in sorted({**wanted, **found}):
        if wanted.get(key) != found.get(key):
            return (f"state '{name}' remembers {found.get(key)} of {key!r}, and the batches make "
                    f"it {wanted.get(key)}")
    return None
