"""Whether what a job put out is what the model says: the first difference, in a sentence, or None.

A line is "partition TAB key TAB value" as graph_present writes it.
"""
import zlib
from collections import Counter

import memory_model
import rules

SHOWN_MAX = 64


def token(value):
    if value is None:
        return "n"
    if isinstance(value, int):
        return f"i{value}"
    raw = value.encode()
    if len(raw) > SHOWN_MAX:
        return f"h{len(raw)}:{zlib.crc32(raw):08x}"
    return "s" + value


def lines_of(rdd):
    return [f"{number}\t{token(key)}\t{token(value)}"
            for number, partition in enumerate(rdd or []) for key, value in partition]


def expectations(description):
    """Per batch and output the lines that must come."""
    job = memory_model.Job(description)
    answers = []
    for batch in description["batches"]:
        streams = job.run(batch)
        answers.append([lines_of(streams[number]) for number in description["outputs"]])
    return answers


def without_partition(line):
    return line.split("\t", 1)[1]


def by_partition(lines):
    """Each partition's lines in their order; the topic has those of all partitions mixed."""
    partitions = {}
    for line in lines:
        partitions.setdefault(int(line.split("\t", 1)[0]), []).append(line)
    return dict(sorted(partitions.items()))


def difference_of_counts(expected, found):
    missing, extra = Counter(expected), Counter(found)
    common = missing & extra
    missing, extra = missing - common, extra - common
    if not missing and not extra:
        return None
    return (f"missing {sorted(missing.elements())[:5]}, too many {sorted(extra.elements())[:5]}"
            .replace("\\t", " "))


def sorted_keys(lines):
    return [line.split("\t")[1] for part in by_partition(lines).values() for line in part]


def difference(stream, expected, found):
    """One output's lines of one batch."""
    if not stream.placed:
        found_records, records = map(without_partition, found), map(without_partition, expected)
        wrong = difference_of_counts(records, found_records)
    else:
        wrong = difference_of_counts(expected, found)
    if wrong is not None:
        return wrong
    if stream.sorted and sorted_keys(expected) != sorted_keys(found):
        return f"not {stream.sorted}: {sorted_keys(found)}"
    if stream.placed and stream.ordered and by_partition(expected) != by_partition(found):
        return f"in another order: {found}, not {expected}"
    return None


def name_of(description, number):
    first = len(description["sources"])
    if number < first:
        return f"source {number}"
    return f"stream {number} ({description['operators'][number - first]['operator']})"


def failure(description, expected, answer):
    if "error" in answer:
        return f"batch {len(answer['batches'])} failed: {answer['error']}"
    streams = rules.infer(description)
    if len(answer["batches"]) != len(expected):
        return f"{len(answer['batches'])} batches instead of {len(expected)}"
    for batch, (wanted, found) in enumerate(zip(expected, answer["batches"])):
        for at, number in enumerate(description["outputs"]):
            wrong = difference(streams[number], wanted[at], found[at])
            if wrong is not None:
                return f"batch {batch}, {name_of(description, number)}: {wrong}"
    return None
