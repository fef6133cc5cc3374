"""The invariants, checked on a recorded history. Nothing here knows a broker.

Names as in the fault plan: I1 no-loss, I2 no-dup, I3 order, I5 atomic batch, I6 monotone,
I7 no aborted read, I8 liveness (no open transaction left), I10 files.
"""
import bisect
import re
from collections import Counter, defaultdict, namedtuple
from dataclasses import dataclass, field

NAMES = {"I1": "no-loss", "I2": "no-dup", "I3": "order", "I5": "atomic batch", "I6": "monotone",
         "I7": "no aborted read", "I8": "liveness", "I10": "files"}


class Violation(namedtuple("Violation", "invariant where what")):
    def __str__(self):
        return f"{self.invariant} {NAMES[self.invariant]}: {self.where}: {self.what}"


@dataclass
class History:
    """What was recorded of one job.

    inputs, outputs: the read_committed view, {partition: [Record]} in offset order.
    withheld: the input records that read_committed does not show (aborted, still open).
    cuts: {partition: [offset]}: a reader saw all below the offset and nothing from it on.
    seen: {partition: [offset]} of the records that a reader was given while the job ran.
    batches: the committed Batches in order; None when nobody knows them.
    ends: {(topic, partition): (stable end, log end)} at rest.
    directories: {name: {file: bytes}} of the text output; None when there is none.
    sightings: {name: {file: size}} as first seen while the job ran.
    staged: paths of staging directories at rest.
    finished: all input was to be done. clean: the job stopped as asked, was not killed.
    """
    input_topic: str
    output_topic: str
    inputs: dict
    outputs: dict
    withheld: list = field(default_factory=list)
    cuts: dict = field(default_factory=dict)
    seen: dict = field(default_factory=dict)
    batches: list = None
    ends: dict = field(default_factory=dict)
    directories: dict = None
    sightings: dict = field(default_factory=dict)
    staged: list = field(default_factory=list)
    text_base: str = ""
    lineage: str = None
    finished: bool = True
    clean: bool = True
    uncommitted_outputs: int = 0


def output_place(history, record):
    return f"topic '{history.output_topic}' partition {record.partition} offset {record.offset}"


def input_place(history, position):
    return f"topic '{history.input_topic}' partition {position[0]} offset {position[1]}"


class BatchIndex:
    """Which batch an input offset belongs to, from the offsets that the batches committed."""

    def __init__(self, history):
        self.untils = defaultdict(list)
        self.numbers = defaultdict(list)
        for batch in history.batches:
            for (topic, partition), until in sorted(batch.until.items()):
                known = self.untils[partition]
                if topic == history.input_topic and until > (known[-1] if known else -1):
                    known.append(until)
                    self.numbers[partition].append(batch.number)

    def number(self, partition, offset):
        """None for an offset that no batch has committed."""
        at = bisect.bisect_right(self.untils[partition], offset)
        numbers = self.numbers[partition]
        return numbers[at] if at < len(numbers) else None

    def committed(self, partition):
        return self.untils[partition][-1] if self.untils[partition] else 0


def check_monotone(history):
    """I6: batch numbers, times and offsets never go back, and a number is committed once."""
    last, offsets = None, {}
    for batch in history.batches:
        where = f"batch {batch.number} (attempt {batch.attempt}, time {batch.time_ms})"
        moved = [tp for tp, until in batch.until.items() if until != offsets.get(tp, 0)]
        if last and batch.number < last.number:
            yield Violation("I6", where, f"committed after batch {last.number}")
        elif last and batch.number == last.number and moved and last.number > 0:
            topic, partition = moved[0]
            yield Violation("I6", where, "committed twice, the second time with another offset: "
                            f"topic '{topic}' partition {partition} offset "
                            f"{batch.until[moved[0]]}")
        elif last and batch.number > last.number and batch.time_ms <= last.time_ms:
            yield Violation("I6", where, f"not later than batch {last.number}'s {last.time_ms}")
        for (topic, partition), until in batch.until.items():
            if until < offsets.get((topic, partition), 0):
                yield Violation("I6", where, f"topic '{topic}' partition {partition} went back "
                                f"from {offsets[topic, partition]} to {until}")
            offsets[topic, partition] = until
        last = batch


def expected_positions(history, model):
    """{identity: [(partition, offset, index), ...]}: where each output record must come from."""
    expected = defaultdict(list)
    for partition in sorted(history.inputs):
        for record in history.inputs[partition]:
            for index, identity in enumerate(model.outputs(record)):
                expected[identity].append((partition, record.offset, index))
    return expected


def matched_outputs(history, model, expected, violations):
    """[(output record, position or None)] per partition; reports I2, I3's partition and I7."""
    withheld = {identity for record in history.withheld for identity in model.outputs(record)}
    taken, first = Counter(), {}
    matched = {partition: [] for partition in history.outputs}
    for partition, records in sorted(history.outputs.items()):
        for record in records:
            identity = model.identity(record)
            positions, count = expected.get(identity, ()), taken[identity]
            where = output_place(history, record)
            if not positions and identity in withheld:
                violations.append(Violation("I7", where, f"{model.describe(identity)} is of "
                                            "input that was aborted or is still open"))
            elif not positions:
                violations.append(Violation("I2", where, "no input record explains "
                                            f"{model.describe(identity)}"))
            elif count >= len(positions):
                violations.append(Violation("I2", where, f"{model.describe(identity)} from "
                                            f"{input_place(history, positions[-1])} is there "
                                            f"already, at {first[identity]}"))
            else:
                first.setdefault(identity, where)
                matched[partition].append((record, positions[count]))
                check_partition(history, model, record, identity, violations)
            taken[identity] += 1
    for identity, positions in expected.items():
        del positions[:min(taken[identity], len(positions))]
    return matched


def check_partition(history, model, record, identity, violations):
    wanted = model.partition(identity, len(history.outputs))
    if wanted is not None and wanted != record.partition:
        violations.append(Violation("I3", output_place(history, record), "the record belongs to "
                                    f"partition {wanted} by murmur2 of its key {identity[0]!r}"))


def check_order(history, matched):
    """I3: the records of one source partition keep their order within each output partition."""
    for records in matched.values():
        last = {}
        for record, position in records:
            before = last.get(position[0])
            if before and position < before:
                yield Violation("I3", output_place(history, record),
                                f"the record of {input_place(history, position)} stands behind "
                                f"the one of offset {before[1]}")
            last[position[0]] = max(position, before or position)


def check_losses(history, model, missing, index):
    """I1: an input record below the committed offset has all its output records."""
    for identity, positions in missing.items():
        for position in positions:
            committed = index and position[1] < index.committed(position[0])
            if history.finished or committed:
                state = "below the committed offset" if committed else "at the end of the run"
                yield Violation("I1", input_place(history, position),
                                f"{state}, {model.describe(identity)} is missing in topic "
                                f"'{history.output_topic}'")


def check_batches(history, matched, index):
    """I5: per output partition the batches follow one another, each whole, none half seen."""
    for partition, records in matched.items():
        spans, last = {}, None
        offsets = [record.offset for record in history.outputs[partition]]
        before = dict(zip(offsets[1:], offsets))
        for record, position in records:
            number = index.number(position[0], position[1])
            where = output_place(history, record)
            if number is None:
                yield Violation("I5", where, f"visible, but {input_place(history, position)} is "
                                "not committed")
                continue
            if last and number < last[0]:
                yield Violation("I5", where, f"a record of batch {number} behind batch {last[0]}")
            elif last and number == last[0] and record.offset != before[record.offset] + 1:
                yield Violation("I5", where, f"batch {number} is not in one piece: the record "
                                f"before is at offset {before[record.offset]}")
            last = (number, record.offset)
            span = spans.setdefault(number, [record.offset, record.offset])
            span[1] = max(span[1], record.offset)
        yield from check_cuts(history, partition, spans)


def check_cuts(history, partition, spans):
    ordered = sorted((first, last, number) for number, (first, last) in spans.items())
    firsts = [span[0] for span in ordered]
    for cut in history.cuts.get(partition, ()):
        at = bisect.bisect_left(firsts, cut) - 1
        if at >= 0 and ordered[at][0] < cut <= ordered[at][1]:
            first, last, number = ordered[at]
            yield Violation("I5", f"topic '{history.output_topic}' partition {partition} offset "
                            f"{cut}", f"a reader saw batch {number} (offsets {first} to {last}) "
                            "only up to here")


def check_seen(history):
    """I6: what a reader was given while the job ran is what is there, without a gap."""
    for partition, seen in history.seen.items():
        offsets = [record.offset for record in history.outputs.get(partition, ())]
        for was, now in zip(seen, offsets):
            if was != now:
                yield Violation("I6", f"topic '{history.output_topic}' partition {partition} "
                                f"offset {min(was, now)}", f"a reader was given offset {was} "
                                f"where now {now} stands")
                break


def check_ends(history):
    """I8: nothing stays open: what read_committed may read ends where the log ends."""
    for (topic, partition), (stable, end) in sorted(history.ends.items()):
        if stable != end:
            yield Violation("I8", f"topic '{topic}' partition {partition} offset {stable}",
                            f"a transaction is still open, the log ends at {end}")


def expected_parts(history, model, index):
    """{batch number: {partition: [line]}}."""
    parts = defaultdict(lambda: defaultdict(list))
    for partition, records in history.inputs.items():
        for record in records:
            number = index.number(partition, record.offset)
            if number is not None:
                parts[number][partition].extend(model.lines(record))
    return parts


def check_directory(history, name, parts, found):
    """One directory against {partition: [line]}."""
    where = f"directory '{name}'"
    if "_SUCCESS" not in found:
        yield Violation("I10", where, "_SUCCESS is missing")
    elif found["_SUCCESS"] and (history.lineage or "").encode() not in found["_SUCCESS"]:
        yield Violation("I10", where, f"_SUCCESS is of another job: {found['_SUCCESS'][:80]!r}")
    for file in sorted(found):
        part = re.fullmatch(r"part-(\d{5})", file)
        if not part and file != "_SUCCESS":
            yield Violation("I10", f"file '{name}/{file}'", "neither a part nor _SUCCESS")
        elif part and int(part[1]) not in history.inputs:
            yield Violation("I10", f"file '{name}/{file}'", "there is no such source partition")
    for partition in sorted(history.inputs):
        file = f"part-{partition:05d}"
        yield from check_part(f"file '{name}/{file}'", parts.get(partition, []), found.get(file))


def check_part(where, expected, data):
    if data is None:
        if expected:
            yield Violation("I10", where, f"missing, with {len(expected)} lines")
        return
    if data and not data.endswith(b"\n"):
        yield Violation("I10", where, f"ends in a torn line: {data[-60:]!r}")
    lines = data.decode(errors="replace").splitlines()
    for number, (wanted, found) in enumerate(zip(expected, lines), 1):
        if wanted != found:
            yield Violation("I10", f"{where} line {number}", f"is {found!r}, expected {wanted!r}")
            return
    if len(lines) != len(expected):
        yield Violation("I10", where, f"has {len(lines)} lines, expected {len(expected)}")


def check_files(history, model, index):
    """I10: the directories of the committed batches, whole, and nothing else."""
    for path in history.staged if history.clean else ():
        yield Violation("I10", f"directory '{path}'", "a staging directory is left over")
    yield from check_sightings(history)
    parts = expected_parts(history, model, index)
    times = {}
    for batch in history.batches:
        times.setdefault(batch.time_ms, batch.number)
    for name, found in sorted(history.directories.items()):
        label = re.fullmatch(re.escape(history.text_base) + r"-(\d+)\.txt", name)
        number = times.pop(int(label[1]), None) if label else None
        if number is None:
            yield Violation("I10", f"directory '{name}'", "no committed batch has this time")
        else:
            yield from check_directory(history, name, parts[number], found)
    for time_ms, number in times.items():
        if not history.clean and number == history.batches[-1].number:
            continue  # The next start publishes it.
        lines = sum(map(len, parts[number].values()))
        if lines:
            yield Violation("I10", f"directory '{history.text_base}-{time_ms}.txt'",
                            f"missing: batch {number} has {lines} lines")


def check_sightings(history):
    """What a lister saw of a final directory at first was all of it."""
    for name, files in sorted(history.sightings.items()):
        now = {file: len(data) for file, data in history.directories.get(name, {}).items()}
        if files != now:
            yield Violation("I10", f"directory '{name}'", "was seen half done: first "
                            f"{sorted(files.items())}, in the end {sorted(now.items())}")


def check(history, model):
    """All violations of the history, most important first."""
    violations = []
    expected = expected_positions(history, model)
    matched = matched_outputs(history, model, expected, violations)
    index = BatchIndex(history) if history.batches is not None else None
    violations.extend(check_losses(history, model, expected, index))
    violations.extend(check_order(history, matched))
    if index:
        violations.extend(check_monotone(history))
        violations.extend(check_batches(history, matched, index))
        if history.directories is not None:
            violations.extend(check_files(history, model, index))
    violations.extend(check_seen(history))
    violations.extend(check_ends(history))
    order = list(NAMES)
    return sorted(violations, key=lambda violation: order.index(violation.invariant))


def report(violations, limit=3):
    """The first violations of each invariant, one line each."""
    lines, shown = [], Counter()
    for violation in violations:
        shown[violation.invariant] += 1
        if shown[violation.invariant] <= limit:
            lines.append(str(violation))
    for invariant, count in shown.items():
        if count > limit:
            lines.append(f"{invariant} {NAMES[invariant]}: {count - limit} more")
    return "\n".join(lines)
