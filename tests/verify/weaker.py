"""The invariants of jobs whose batches no marker in the group tells apart: those that write files
only (authority L of the commit protocol), and those that run at least once (A)."""
import re
from collections import Counter

import checks
from checks import Violation


def written_lines(history):
    """({partition: [line]} of all directories by their time, violations)."""
    lines, violations = {partition: [] for partition in history.inputs}, []
    label = re.compile(re.escape(history.text_base) + r"-(\d+)\.txt")
    for name in history.directories:
        if not label.fullmatch(name):
            violations.append(Violation("I10", f"directory '{name}'", "is no batch's"))
    for name in sorted(filter(label.fullmatch, history.directories),
                       key=lambda name: int(label.fullmatch(name)[1])):
        found = history.directories[name]
        if "_SUCCESS" not in found:
            violations.append(Violation("I10", f"directory '{name}'", "_SUCCESS is missing"))
        for file in sorted(found):
            part = re.fullmatch(r"part-(\d{5})", file)
            if part and int(part[1]) in lines:
                text = found[file].decode(errors="replace")
                if text and not text.endswith("\n"):
                    violations.append(Violation("I10", f"file '{name}/{file}'",
                                                f"ends in a torn line: {text[-60:]!r}"))
                lines[int(part[1])] += text.splitlines()
            elif file != "_SUCCESS":
                violations.append(Violation("I10", f"file '{name}/{file}'", "is no part"))
    return lines, violations


def check_files_only(history, model):
    """The directories, one after the other, are the input: each line once, in order, all there."""
    lines, violations = written_lines(history)
    for partition, records in sorted(history.inputs.items()):
        expected = [line for record in records for line in model.lines(record)]
        found, where = lines[partition], f"the lines of partition {partition}"
        for number, (wanted, line) in enumerate(zip(expected, found), 1):
            if wanted != line:
                violations.append(Violation("I10", f"{where}, line {number}",
                                            f"is {line!r}, expected {wanted!r}"))
                break
        else:
            if len(found) > len(expected) or history.finished and len(found) < len(expected):
                violations.append(Violation("I10", where, f"are {len(found)}, expected "
                                            f"{len(expected)}"))
    violations += [Violation("I10", f"directory '{path}'", "a staging directory is left over")
                   for path in (history.staged if history.clean else ())]
    return violations + list(checks.check_sightings(history))


def compare(expected, found, where, describe):
    """Everything expected is there at least so often, and nothing else is."""
    for identity, count in expected.items():
        if found[identity] < count:
            yield Violation("I1", where, f"{describe(identity)} is there {found[identity]} times, "
                            f"expected {count} at least")
    for identity in found.keys() - expected.keys():
        yield Violation("I2", where, f"no input record explains {describe(identity)}")


def check_at_least_once(history, model):
    """Repeats are allowed, losses and inventions are not. The input must be finished."""
    inputs = [record for records in history.inputs.values() for record in records]
    outputs = [record for records in history.outputs.values() for record in records]
    expected = Counter(identity for record in inputs for identity in model.outputs(record))
    found = Counter(map(model.identity, outputs))
    violations = list(compare(expected, found, f"topic '{history.output_topic}'", model.describe))
    if history.directories is not None:
        lines, torn = written_lines(history)
        expected = Counter(line for record in inputs for line in model.lines(record))
        found = Counter(line for part in lines.values() for line in part)
        violations += torn + list(compare(expected, found, "the text files", repr))
    return violations


def repeats(history, model):
    """How many records of the output topic are there a second time."""
    expected = sum(len(model.outputs(record)) for records in history.inputs.values()
                   for record in records)
    return sum(map(len, history.outputs.values())) - expected
