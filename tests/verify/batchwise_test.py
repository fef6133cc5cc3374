#!/usr/bin/python3
"""The checks of jobs that remember, on bad histories: each fault must be caught. Needs no broker."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import batchwise
import checks
import events
import model

PARTITIONS = 3
BATCHES = 6
PER_BATCH = 5  # Input records per partition and batch.
INTERVAL_MS = 150


def make_inputs(seed):
    lines = events.Lines(seed)
    return {partition: [model.Record("in", partition, offset, *lines.next()[:2], (), 1)
                        for offset in range(BATCHES * PER_BATCH)]
            for partition in range(PARTITIONS)}


def run_job(job, seed=1):
    """The history of a right job, by a walk of its own through the batches."""
    history = checks.History("in", "out", make_inputs(seed), {p: [] for p in range(PARTITIONS)},
                             batches=[model.Batch(0, "", 0, {("in", p): 0 for p in range(3)})],
                             text_base="text", directories={} if job.writes_text else None)
    ends = [0] * PARTITIONS
    for number in range(1, BATCHES + 1):
        taken = slice((number - 1) * PER_BATCH, number * PER_BATCH)
        words = [word for records in history.inputs.values() for record in records[taken]
                 for word in (record.value or b"").split()]
        until = {("in", partition): number * PER_BATCH for partition in range(PARTITIONS)}
        history.batches.append(model.Batch(number, "1.1", number * INTERVAL_MS, until))
        write(history, ends, *job.step(number * INTERVAL_MS, words), number * INTERVAL_MS)
    history.cuts = {partition: [end] for partition, end in enumerate(ends)}
    return history


def write(history, ends, outputs, lines, time_ms):
    for key, value in outputs.elements():
        partition = model.partition_of(key, PARTITIONS)
        history.outputs[partition].append(
            model.Record("out", partition, ends[partition], key, value, (), 1))
        ends[partition] += 1
    for partition in range(PARTITIONS):
        ends[partition] += 1  # The transaction's marker.
    if lines:
        text = b"".join(line + b"\n" for line in lines.elements())
        history.directories[f"text-{time_ms}.txt"] = {"part-00000": text, "_SUCCESS": b"{}"}


class History(unittest.TestCase):
    """Faults in the output of wordcount and of stateful.c."""

    def caught(self, history, job, invariant):
        violations = batchwise.check(history, job.new())
        self.assertTrue(violations, "nothing was caught")
        self.assertEqual(violations[0].invariant, invariant, violations[0])

    def test_right_jobs_pass(self):
        for job in (batchwise.WordCount(), batchwise.Stateful()):
            self.assertEqual(batchwise.check(run_job(job), job.new()), [])

    def test_a_right_history_has_what_it_should_prove(self):
        job = batchwise.Stateful()
        history = run_job(job)
        values = [record.value for records in history.outputs.values() for record in records]
        self.assertTrue(any(value.startswith(b"gone") for value in values), "no timeout")
        self.assertTrue(any(value.startswith(b"- ") for value in values), "nothing only in windows")

    def test_a_lost_record_is_caught(self):
        for at in (0, 7, -1):
            job = batchwise.WordCount()
            history = run_job(job)
            del history.outputs[1][at]
            self.caught(history, job, "I1")

    def test_a_doubled_record_is_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        last = history.outputs[2][-1]
        history.outputs[2].append(last._replace(offset=last.offset + 1))
        self.caught(history, job, "I2")

    def test_a_wrong_count_is_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        record = history.outputs[0][3]
        history.outputs[0][3] = record._replace(value=b"%d" % (int(record.value) + 1))
        self.caught(history, job, "I1")

    def test_counts_of_a_batch_that_ran_twice_are_caught(self):
        """The batch's state was kept, its output was taken back: all later counts are too high."""
        right, job = batchwise.WordCount(), batchwise.WordCount()
        right.step(0, [b"word-0", b"word-1"])
        self.caught(run_job(right), job, "I1")

    def test_a_batch_without_its_offsets_is_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        del history.batches[-1]
        self.caught(history, job, "I2")

    def test_records_in_another_partition_are_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        history.outputs[0], history.outputs[1] = history.outputs[1], history.outputs[0]
        self.caught(history, job, "I1")

    def test_a_batch_in_two_transactions_is_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        history.outputs[0] = [record._replace(offset=record.offset + (record.offset > 2))
                              for record in history.outputs[0]]
        self.caught(history, job, "I5")

    def test_half_a_batch_seen_is_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        history.cuts[0].append(history.outputs[0][2].offset)
        self.caught(history, job, "I5")

    def test_input_that_was_not_read_is_caught(self):
        job = batchwise.WordCount()
        history = run_job(job)
        record = history.inputs[0][-1]
        history.inputs[0].append(record._replace(offset=record.offset + 1))
        self.caught(history, job, "I1")

    def test_an_older_window_is_caught(self):
        job = batchwise.Stateful()
        job.recent.length_ms = 2 * INTERVAL_MS
        self.caught(run_job(job), job, "I1")

    def test_a_timeout_that_came_early_is_caught(self):
        job = batchwise.Stateful()
        job.timeout_ms -= 1
        self.caught(run_job(job), job, "I1")

    def test_a_lost_line_of_text_is_caught(self):
        job = batchwise.Stateful()
        history = run_job(job)
        files = history.directories[f"text-{2 * INTERVAL_MS}.txt"]
        files["part-00000"] = files["part-00000"].split(b"\n", 1)[1]
        self.caught(history, job, "I10")

    def test_a_missing_directory_is_caught(self):
        job = batchwise.Stateful()
        history = run_job(job)
        del history.directories[f"text-{3 * INTERVAL_MS}.txt"]
        self.caught(history, job, "I10")

    def test_a_directory_of_no_batch_is_caught(self):
        job = batchwise.Stateful()
        history = run_job(job)
        history.directories["text-1.txt"] = {"part-00000": b"a\t1\n", "_SUCCESS": b""}
        self.caught(history, job, "I10")

    def test_other_state_is_caught(self):
        wanted = {b"a": 1, b"b": 2}
        self.assertIsNone(batchwise.check_state("counts", wanted, dict(wanted)))
        for found in ({b"a": 1}, {b"a": 1, b"b": 3}, {b"a": 1, b"b": 2, b"c": 1}):
            self.assertIn("'counts'", batchwise.check_state("counts", wanted, found))


if __name__ == "__main__":
    unittest.main()
