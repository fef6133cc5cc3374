#!/usr/bin/python3
"""The verifier on bad histories: each fault must be caught and named. Needs no broker."""
import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import checks
import events
import model
import murmur2
import pack
import weaker

PARTITIONS = 3
BATCHES = 5
PER_BATCH = 40  # Input records per partition and batch.


def make_inputs(seed):
    """{partition: [Record]}, spread by key as a Java producer does, with a hole after each 17th."""
    generator = events.Generator(seed, keyless=False)
    inputs = {partition: [] for partition in range(PARTITIONS)}
    offsets = [0] * PARTITIONS
    while min(map(len, inputs.values())) < BATCHES * PER_BATCH:
        key, value, headers = generator.next()
        partition = model.partition_of(key, PARTITIONS)
        if len(inputs[partition]) == BATCHES * PER_BATCH:
            continue
        offset = offsets[partition]
        inputs[partition].append(model.Record("in", partition, offset, key, value, tuple(headers),
                                              1_700_000_000_000 + generator.sequence))
        offsets[partition] += 2 if offset % 17 == 16 else 1
    return inputs


def written(job, identity, partition, offset):
    """The record that a right job writes for an identity."""
    if isinstance(job, model.Relay):
        return model.Record("out", partition, offset, *identity)
    key, number, tag, segment = identity
    value = pack.pack({"id": number, "tag": tag, "segment": segment})
    return model.Record("out", partition, offset, key, value, (), 1)


def run_job(job, seed=1):
    """The history of a right job: a transaction a batch, a marker behind each."""
    inputs = make_inputs(seed)
    history = checks.History("in", "out", inputs, {p: [] for p in range(PARTITIONS)}, batches=[],
                             text_base="tags", lineage="00ff00ff00ff00ff",
                             directories={} if job.writes_text else None)
    ends = [0] * PARTITIONS
    history.cuts = {partition: [0] for partition in range(PARTITIONS)}
    for number in range(BATCHES + 1):
        until, taken = {}, {}
        for partition, records in inputs.items():
            taken[partition] = records[max(number - 1, 0) * PER_BATCH:number * PER_BATCH]
            until["in", partition] = taken[partition][-1].offset + 1 if number else 0
        history.batches.append(model.Batch(number, "1.1", 1_700_000_000_000 + number * 50, until))
        if number:
            run_batch(job, history, taken, ends, history.batches[-1].time_ms)
    history.ends = {("out", partition): (end, end) for partition, end in enumerate(ends)}
    history.ends["in", 0] = (9, 9)
    return history


def run_batch(job, history, taken, ends, time_ms):
    touched = set()
    for partition, records in taken.items():
        for record in records:
            for identity in job.outputs(record):
                target = model.partition_of(identity[0], PARTITIONS)
                history.outputs[target].append(written(job, identity, target, ends[target]))
                ends[target] += 1
                touched.add(target)
    for target in touched:
        ends[target] += 1  # The transaction's marker.
        history.cuts[target].append(ends[target])
    if history.directories is not None:
        files = {f"part-{partition:05d}": "".join(line + "\n" for record in records
                                                  for line in job.lines(record)).encode()
                 for partition, records in taken.items()}
        files["_SUCCESS"] = b"leat 00ff00ff00ff00ff 1\n"
        name = f"tags-{time_ms}.txt"
        history.directories[name] = files
        history.sightings[name] = {file: len(data) for file, data in files.items()}


class History(unittest.TestCase):
    def setUp(self):
        self.relay = model.Relay()
        self.daas = model.Daas(events.params())
        self.relayed = run_job(self.relay)
        self.tagged = run_job(self.daas)

    def caught(self, invariant, *words, job=None, history=None):
        """The history is bad by this invariant, and the message says these words."""
        job, history = job or self.relay, history or self.relayed
        violations = checks.check(history, job)
        named = [str(violation) for violation in violations if violation.invariant == invariant]
        self.assertTrue(named, f"{invariant} was not reported, but: {checks.report(violations)}")
        self.assertTrue(any(all(word in line for word in words) for line in named), named[:3])
        return violations

    def caught_in_daas(self, invariant, *words):
        return self.caught(invariant, *words, job=self.daas, history=self.tagged)


class RightJobs(History):
    def test_a_right_relay_passes(self):
        self.assertEqual(checks.check(self.relayed, self.relay), [])

    def test_a_right_daas_passes(self):
        self.assertEqual(checks.check(self.tagged, self.daas), [])
        self.assertGreater(sum(map(len, self.tagged.outputs.values())), 500)

    def test_a_job_without_known_batches_is_checked_all_the_same(self):
        self.relayed.batches = None
        self.assertEqual(checks.check(self.relayed, self.relay), [])
        del self.relayed.outputs[0][5]
        self.caught("I1", "topic 'in'")

    def test_an_unfinished_run_may_lack_what_is_not_committed(self):
        for partition, records in self.relayed.outputs.items():
            self.relayed.outputs[partition] = [
                record for record in records
                if record.value not in {r.value for p in range(PARTITIONS)
                                        for r in self.relayed.inputs[p][-PER_BATCH:]}]
        del self.relayed.batches[-1]
        self.caught("I1", "at the end of the run")
        self.relayed.finished = False
        self.assertEqual(checks.check(self.relayed, self.relay), [])


class Weaker(History):
    """Jobs whose batches nobody knows: files only, and at least once."""

    def setUp(self):
        super().setUp()
        self.ids = model.Ids()
        self.filed = run_job(self.ids)
        self.filed.batches = self.tagged.batches = None
        self.name = sorted(self.filed.directories)[2]
        self.files = self.filed.directories[self.name]

    def caught_by(self, check, history, job, *words):
        said = [str(violation) for violation in check(history, job)]
        self.assertTrue(any(all(word in line for word in words) for line in said), said[:3])

    def caught_in_files(self, *words):
        self.filed.sightings = {}
        self.caught_by(weaker.check_files_only, self.filed, self.ids, *words)

    def test_right_jobs_pass(self):
        self.assertEqual(weaker.check_files_only(self.filed, self.ids), [])
        self.assertEqual(weaker.check_at_least_once(self.tagged, self.daas), [])
        self.assertEqual(weaker.repeats(self.tagged, self.daas), 0)

    def test_a_line_that_is_lost_doubled_or_torn_is_caught(self):
        part = self.files["part-00001"]
        lines = part.splitlines(keepends=True)
        for bad, word in ((lines[1:], "line 81"), (lines[:1] + lines, "line 82"),
                          (lines[::-1], "line 81"), ([part[:-1]], "torn")):
            self.files["part-00001"] = b"".join(bad)
            self.caught_in_files(word)

    def test_a_directory_that_is_lost_half_done_or_foreign_is_caught(self):
        self.filed.directories["tags-1.txt.part"] = {}
        self.caught_in_files("tags-1.txt.part")
        del self.filed.directories["tags-1.txt.part"]
        success = self.files.pop("_SUCCESS")
        self.caught_in_files("_SUCCESS")
        self.files["_SUCCESS"] = success
        self.filed.staged = ["/x/.leat-1/2"]
        self.caught_in_files("left over")
        last = sorted(self.filed.directories)[-1]
        del self.filed.directories[last]
        self.caught_in_files("expected 200")

    def test_at_least_once_may_repeat_but_not_lose(self):
        again = self.tagged.outputs[0][3]
        self.tagged.outputs[0].insert(9, again)
        self.assertEqual(weaker.check_at_least_once(self.tagged, self.daas), [])
        self.assertEqual(weaker.repeats(self.tagged, self.daas), 1)
        self.tagged.outputs[0].remove(again)
        self.tagged.outputs[0].remove(again)
        self.caught_by(weaker.check_at_least_once, self.tagged, self.daas, "I1", "0 times")

    def test_at_least_once_invents_nothing_and_loses_no_line(self):
        record = self.tagged.outputs[0][3]
        self.tagged.outputs[0].append(record._replace(key=b"nobody"))
        self.caught_by(weaker.check_at_least_once, self.tagged, self.daas, "I2", "nobody")
        self.tagged.directories[self.name]["part-00000"] = b""
        self.caught_by(weaker.check_at_least_once, self.tagged, self.daas, "I1", "text files")


class BadOutput(History):
    def test_a_lost_record_is_caught(self):
        lost = self.relayed.outputs[1].pop(7)
        source = [r for p in range(PARTITIONS) for r in self.relayed.inputs[p]
                  if r.value == lost.value][0]
        self.caught("I1", f"partition {source.partition} offset {source.offset}:", "missing")

    def test_a_lost_record_is_caught_while_the_run_goes_on(self):
        self.relayed.finished = False
        self.relayed.outputs[1].pop(7)
        self.caught("I1", "below the committed offset")

    def test_a_lost_tag_is_caught(self):
        del self.tagged.outputs[2][30]
        self.caught_in_daas("I1", "topic 'in'")

    def test_a_doubled_record_is_caught(self):
        records = self.relayed.outputs[0]
        records.append(records[11]._replace(offset=records[-1].offset + 2))
        self.caught("I2", f"topic 'out' partition 0 offset {records[-1].offset}:",
                    f"partition 0 offset {records[11].offset}")

    def test_a_doubled_tag_is_caught(self):
        records = self.tagged.outputs[0]
        records.append(records[-1]._replace(offset=records[-1].offset + 1))
        self.caught_in_daas("I2", "is there already")

    def test_a_record_from_nowhere_is_caught(self):
        records = self.relayed.outputs[0]
        records[3] = records[3]._replace(value=records[3].value + b"\0")
        self.caught("I2", f"partition 0 offset {records[3].offset}:", "no input record explains")
        self.caught("I1", "missing")

    def test_a_dropped_header_is_caught(self):
        records = self.relayed.outputs[0]
        records[3] = records[3]._replace(headers=records[3].headers[:1])
        self.caught("I2", "no input record explains")

    def test_a_changed_timestamp_is_caught(self):
        records = self.relayed.outputs[0]
        records[3] = records[3]._replace(timestamp=records[3].timestamp + 1)
        self.caught("I2", "no input record explains")

    def test_two_swapped_records_are_caught(self):
        records = self.relayed.outputs[2]
        first, second = records[4], records[5]
        records[4] = second._replace(offset=first.offset)
        records[5] = first._replace(offset=second.offset)
        self.caught("I3", f"partition 2 offset {second.offset}:", "stands behind")

    def test_two_swapped_tags_of_one_event_are_caught(self):
        records = self.tagged.outputs[2]
        at = next(i for i in range(len(records) - 1)
                  if pack.unpack(records[i].value)["id"] == pack.unpack(records[i + 1].value)["id"]
                  and records[i].value != records[i + 1].value)
        records[at], records[at + 1] = (records[at + 1]._replace(offset=records[at].offset),
                                        records[at]._replace(offset=records[at + 1].offset))
        self.caught_in_daas("I3", "stands behind")

    def test_a_wrong_partition_is_caught(self):
        record = self.relayed.outputs[0].pop()
        end = self.relayed.outputs[1][-1].offset + 1
        self.relayed.outputs[1].append(record._replace(partition=1, offset=end))
        self.caught("I3", f"topic 'out' partition 1 offset {end}:", "belongs to partition 0")

    def test_an_aborted_input_record_is_caught(self):
        aborted = self.relayed.inputs[1].pop(9)
        self.relayed.withheld.append(aborted)
        self.caught("I7", "topic 'out'", "aborted")


class BadBatches(History):
    def test_half_a_batch_visible_is_caught(self):
        middle = self.relayed.outputs[1][PER_BATCH + 5].offset
        self.relayed.cuts[1].append(middle)
        self.caught("I5", f"topic 'out' partition 1 offset {middle}:", "only up to here")

    def test_a_batch_in_two_transactions_is_caught(self):
        records = self.relayed.outputs[1]
        self.relayed.outputs[1] = records[:10] + [r._replace(offset=r.offset + 1)
                                                  for r in records[10:]]
        self.caught("I5", "not in one piece")

    def test_a_visible_batch_without_its_offsets_is_caught(self):
        del self.relayed.batches[-1]
        self.caught("I5", "is not committed")

    def test_batches_in_the_wrong_order_are_caught(self):
        records = self.tagged.outputs[0]
        last = records.pop()
        records.insert(0, last._replace(offset=-1))
        self.caught_in_daas("I5", "behind batch")

    def test_a_batch_committed_twice_is_caught(self):
        batch = self.relayed.batches[3]
        until = {tp: offset + 1 for tp, offset in batch.until.items()}
        self.relayed.batches.insert(4, batch._replace(attempt="2.1", until=until))
        self.caught("I6", "batch 3", "committed twice")

    def test_offsets_that_go_back_are_caught(self):
        batch = self.relayed.batches[-1]
        self.relayed.batches[-1] = batch._replace(until={**batch.until, ("in", 2): 3})
        self.caught("I6", "topic 'in' partition 2 went back", "to 3")

    def test_a_batch_number_that_goes_back_is_caught(self):
        self.relayed.batches[4] = self.relayed.batches[4]._replace(number=2)
        self.caught("I6", "committed after batch 3")

    def test_a_batch_time_that_stands_still_is_caught(self):
        batches = self.relayed.batches
        batches[4] = batches[4]._replace(time_ms=batches[3].time_ms)
        self.caught("I6", "not later than")

    def test_a_record_that_vanished_is_caught(self):
        self.relayed.seen = {1: [record.offset for record in self.relayed.outputs[1]]}
        del self.relayed.outputs[1][9]
        self.caught("I6", "partition 1", "a reader was given offset")

    def test_an_open_transaction_is_caught(self):
        self.relayed.ends["out", 1] = (100, 117)
        self.caught("I8", "topic 'out' partition 1 offset 100:", "still open")


class BadFiles(History):
    def setUp(self):
        super().setUp()
        self.name = sorted(self.tagged.directories)[2]
        self.files = self.tagged.directories[self.name]

    def seen_as_it_is(self):
        self.tagged.sightings[self.name] = {file: len(data) for file, data in self.files.items()}

    def test_a_torn_line_is_caught(self):
        self.files["part-00001"] = self.files["part-00001"][:-4]
        self.seen_as_it_is()
        self.caught_in_daas("I10", f"{self.name}/part-00001", "torn line")

    def test_a_missing_success_file_is_caught(self):
        del self.files["_SUCCESS"]
        self.seen_as_it_is()
        self.caught_in_daas("I10", self.name, "_SUCCESS is missing")

    def test_a_success_file_of_another_job_is_caught(self):
        self.files["_SUCCESS"] = b"leat 1111111111111111 1\n"
        self.seen_as_it_is()
        self.caught_in_daas("I10", self.name, "of another job")

    def test_a_staging_directory_left_over_is_caught(self):
        self.tagged.staged.append("/data/.leat-00ff00ff00ff00ff/3.1.1/tags")
        self.caught_in_daas("I10", "/data/.leat-00ff00ff00ff00ff/3.1.1/tags", "left over")

    def test_a_missing_directory_is_caught(self):
        del self.tagged.directories[self.name]
        del self.tagged.sightings[self.name]
        self.caught_in_daas("I10", self.name, "missing: batch 3")

    def test_a_directory_of_no_batch_is_caught(self):
        self.tagged.directories["tags-77.txt"] = copy.copy(self.files)
        self.caught_in_daas("I10", "tags-77.txt", "no committed batch")

    def test_a_missing_part_is_caught(self):
        del self.files["part-00002"]
        self.seen_as_it_is()
        self.caught_in_daas("I10", "part-00002", "missing, with")

    def test_a_part_too_many_is_caught(self):
        self.files["part-00003"] = b""
        self.seen_as_it_is()
        self.caught_in_daas("I10", "part-00003", "no such source partition")

    def test_a_lost_line_is_caught(self):
        self.files["part-00000"] = self.files["part-00000"].split(b"\n", 1)[1]
        self.seen_as_it_is()
        self.caught_in_daas("I10", "part-00000' line 1", "expected")

    def test_a_doubled_last_line_is_caught(self):
        last = self.files["part-00000"].splitlines(True)[-1]
        self.files["part-00000"] += last
        self.seen_as_it_is()
        self.caught_in_daas("I10", "part-00000", "lines, expected")

    def test_a_directory_that_grew_in_the_open_is_caught(self):
        self.tagged.sightings[self.name] = {"part-00000": 17}
        self.caught_in_daas("I10", self.name, "seen half done")

    def test_a_temporary_file_left_inside_is_caught(self):
        self.files[".part-00000.tmp"] = b""
        self.seen_as_it_is()
        self.caught_in_daas("I10", ".part-00000.tmp", "neither a part nor _SUCCESS")


class Parts(unittest.TestCase):
    def test_murmur2_equals_the_java_clients(self):
        """The vectors of Apache Kafka's UtilsTest.testMurmur2."""
        vectors = {b"21": -973932308, b"foobar": -790332482,
                   b"a-little-bit-long-string": -985981536,
                   b"a-little-bit-longer-string": -1486304829,
                   b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
                   b"abc": 479470107}
        for key, expected in vectors.items():
            self.assertEqual(murmur2.murmur2(key), expected & 0xFFFFFFFF, key)

    def test_msgpack_equals_the_specification(self):
        """Bytes written down from the specification, not from a program."""
        examples = [(None, "c0"), (True, "c3"), (7, "07"), (-1, "ff"), (-33, "d0df"), (128, "cc80"),
                    (65536, "ce00010000"), (1 << 40, "cf0000010000000000"),
                    (1.5, "cb3ff8000000000000"), ("a", "a161"), ("x" * 32, "d920" + "78" * 32),
                    ([1, 2], "920102"),
                    ({"a": 1}, "81a16101"), (b"\1", "c40101"), (list(range(16)), "dc0010" + bytes(
                        range(16)).hex())]
        for value, expected in examples:
            self.assertEqual(pack.pack(value).hex(), expected)
            self.assertEqual(pack.unpack(bytes.fromhex(expected)), value)
        for bad in (b"", b"\xc1", b"\xa2a", b"\x01\x01", b"\x92\x01", b"\xce\0"):
            with self.assertRaises(ValueError):
                pack.unpack(bad)

    def test_the_same_seed_gives_the_same_events_of_the_right_size(self):
        first, second = events.Generator(3), events.Generator(3)
        records = [first.next() for _ in range(4000)]
        self.assertEqual(records, [second.next() for _ in range(4000)])
        size = sum(len(value) for _, value, _ in records) / len(records)
        self.assertTrue(110 < size < 190, size)
        daas = model.Daas(events.params())
        outputs = sum(len(daas.outputs(model.Record("in", 0, 0, *record, 0))) for record in records)
        self.assertTrue(1.35 < outputs / len(records) < 1.65, outputs)


if __name__ == "__main__":
    unittest.main()
