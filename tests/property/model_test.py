#!/usr/bin/env python3
"""The model against answers written by hand, from Spark's documents: one case an operator."""
import pathlib
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "verify"))
import graphs
import memory_model
import rules

TEXTS = [(0, 0, "a", "x"), (0, 0, "b", "yy"), (0, 1, "a", None), (0, 1, None, "x")]
NUMBERS = [(0, 0, "a", 3), (0, 1, "b", 2), (0, 0, "a", 1), (0, 0, None, 2)]


def job(operators, *batches, types="ss", sources=1):
    """Per batch the last operator's RDD, its records sorted in each partition."""
    description = {"index": 0, "outputs": [0], "operators": operators,
                   "sources": [{"types": types, "partitions": 3, "natural": False}] * sources,
                   "batches": [{"records": batch} for batch in batches]}
    rules.infer(description)
    model = memory_model.Job(description)
    return [sort(model.run(batch)[-1]) for batch in description["batches"]]


def sort(rdd):
    return None if rdd is None else [sorted(part, key=repr) for part in rdd]


def op(name, function=None, inputs=(0,), **more):
    return {"operator": name, "inputs": list(inputs), **more,
            **({} if function is None else {"function": function})}


class Batches(unittest.TestCase):
    def gives(self, operator, expected, records=None, **more):
        [rdd] = job([operator], TEXTS if records is None else records, **more)
        self.assertEqual(rdd, sort(expected))

    def test_narrow_operators_keep_partitions(self):
        self.gives(op("map", "append_x"),
                   [[("a", "xx"), ("b", "yyx")], [("a", "-x"), (None, "xx")]])
        self.gives(op("flat_map", "split_letters"),
                   [[("a", "x"), ("b", "y"), ("b", "y")], [(None, "x")]])
        self.gives(op("filter", "drop_odd"), [[("b", "yy")], [("a", None)]])
        self.gives(op("glom", "listed_values"), [[(None, "x,yy")], [(None, "-,x")]])
        self.gives(op("map_partitions", "partition_count"), [[("0", 2)], [("1", 2)]])
        self.gives(op("union", inputs=(0, 0)), 2 * [[("a", "x"), ("b", "yy")],
                                                   [("a", None), (None, "x")]])

    def test_one_record_a_batch(self):
        self.gives(op("count"), [[(None, 4)]])
        self.gives(op("count"), [[(None, 0)]], records=[])
        self.gives(op("reduce", "sum"), [[(None, 8)]], NUMBERS, types="si")
        self.gives(op("reduce", "sum"), [[]], [], types="si")

    def test_one_record_a_key(self):
        self.gives(op("count_by_value"), [[("x", 2), ("yy", 1), (None, 1)]])
        self.gives(op("reduce_by_key", "max"), [[("a", 3), ("b", 2), (None, 2)]], NUMBERS,
                   types="si")
        self.gives(op("reduce_by_key", "merge_letters"), [[("a", "x"), ("b", "yy"), (None, "x")]])
        self.gives(op("aggregate_by_key", "sum_and_count"),
                   [[("a", "4/2"), ("b", "2/1"), (None, "2/1")]], NUMBERS, types="si")
        self.gives(op("group_by_key", "group_sorted"), [[("a", "-,x"), ("b", "yy"), (None, "x")]])

    def test_keys_go_to_the_partition_of_their_hash(self):
        """murmur2("foobar") is -790332482, positive 1357151166; null goes to 0."""
        self.gives(op("partition_by", partitions=5), [[(None, "q")], [("foobar", "p")], [], [], []],
                   [(0, 0, "foobar", "p"), (0, 0, None, "q")])
        self.gives(op("distinct", partitions=2, partitioner="by_size"), [[("", "y")], [("a", "x")]],
                   [(0, 0, "a", "x"), (0, 2, "a", "x"), (0, 1, "", "y")])

    def test_sorting_puts_null_first_or_last(self):
        records = [(0, 0, "b", "x"), (0, 1, None, "x"), (0, 0, "", "x"), (0, 2, "ab", "x")]
        for descending, keys in ((False, [None, "", "ab", "b"]), (True, ["b", "ab", "", None])):
            model = memory_model.Job({"sources": [{}], "operators": [
                op("sort_by_key", descending=descending)]})
            [_, rdd] = model.run({"records": records})
            self.assertEqual([key for key, _ in rdd[0]], keys)

    def test_joins_pair_all_values_of_a_key(self):
        records = [(0, 0, "a", "1"), (0, 1, "a", "2"), (0, 0, None, "3"), (0, 0, "l", "4"),
                   (1, 0, "a", "7"), (1, 0, "a", None), (1, 0, None, "8"), (1, 0, "r", "9")]
        inner = [("a", "1+7"), ("a", "1+-"), ("a", "2+7"), ("a", "2+-"), (None, "3+8")]
        left, right = [("l", "4+()")], [("r", "()+9")]
        for name, extra in (("join", []), ("left_outer_join", left), ("right_outer_join", right),
                            ("full_outer_join", left + right)):
            self.gives(op(name, "pair", (0, 1)), [inner + extra], records, sources=2)
        self.gives(op("cogroup", "cogroup_sorted", (0, 1)),
                   [[("a", "1,2|-,7"), (None, "3|8"), ("l", "4|"), ("r", "|9")]], records,
                   sources=2)


class Memory(unittest.TestCase):
    def gives(self, operators, batches, expected, types="ss"):
        rdds = job(operators, *batches, types=types)
        self.assertEqual(rdds, [None if records is None else sort([records])
                                for records in expected])

    def test_a_window_covers_its_length_at_multiples_of_its_slide(self):
        batches = [[(0, 0, "a", str(number))] for number in range(1, 7)]
        self.gives([op("window", length_ms=3000, slide_ms=2000)], batches,
                   [None, [("a", "1"), ("a", "2")], None, [("a", "2"), ("a", "3"), ("a", "4")],
                    None, [("a", "4"), ("a", "5"), ("a", "6")]])
        self.gives([op("window", length_ms=3000, slide_ms=2000), op("count", inputs=(1,))], batches,
                   [None, [(None, 2)], None, [(None, 3)], None, [(None, 3)]])

    def test_windows_reduce_and_count(self):
        batches = [[(0, 0, "a", 1), (0, 0, "b", 2)], [(0, 0, "a", 5)], [], []]
        length = {"length_ms": 2000, "slide_ms": 0}
        self.gives([op("reduce_by_key_and_window", "sum", **length)], batches,
                   [[("a", 1), ("b", 2)], [("a", 6), ("b", 2)], [("a", 5)], []], "si")
        self.gives([op("reduce_by_key_and_window", "sum", filter="key_not_a", **length)], batches,
                   [[("b", 2)], [("b", 2)], [], []], "si")
        self.gives([op("reduce_by_window", "sum", **length)], batches,
                   [[(None, 3)], [(None, 8)], [(None, 5)], []], "si")
        self.gives([op("count_by_window", **length)], batches,
                   [[(None, 2)], [(None, 3)], [(None, 1)], [(None, 0)]], "si")
        self.gives([op("count_by_value_and_window", **length)], batches,
                   [[(1, 1), (2, 1)], [(1, 1), (2, 1), (5, 1)], [(5, 1)], []], "si")

    def test_update_state_calls_known_and_new_keys(self):
        batches = [[(0, 0, "a", "x"), (0, 0, "b", "x")], [(0, 0, "a", "x")], []]
        self.gives([op("update_state_by_key", "add_count")], batches,
                   [[("a", 1), ("b", 1)], [("a", 2), ("b", 1)], [("a", 2), ("b", 1)]])
        self.gives([op("update_state_by_key", "add_count", touched_keys_only=True)], batches,
                   [[("a", 1), ("b", 1)], [("a", 2)], []])
        self.gives([op("update_state_by_key", "count_odd", time_to_live_ms=1000)],
                   [*batches, []], [[("a", 1), ("b", 1)], [("a", 2), ("b", 1)], [("a", 2)], []])

    def test_update_state_removes(self):
        self.gives([op("update_state_by_key", "sum_until_idle")],
                   [[(0, 0, "a", 3), (0, 1, "a", 4), (0, 0, "b", 1)], [(0, 0, "b", 1)], []],
                   [[("a", 7), ("b", 1)], [("b", 2)], []], "si")

    def test_state_begins_with_the_initial_stream(self):
        self.gives([op("count_by_value"), op("update_state_by_key", "add_count", (0,), initial=1)],
                   [[(0, 0, "a", "q"), (0, 0, "b", "q")], [(0, 0, "q", "c")]],
                   [[("a", 1), ("b", 1), ("q", 2)], [("a", 1), ("b", 1), ("q", 3)]])

    def test_map_with_state_emits_for_each_record_and_times_out(self):
        touches = [[(0, 0, "a", "x"), (0, 0, "a", "y"), (0, 0, "b", "x")], [(0, 0, "b", "x")], [],
                   [(0, 0, "c", "x")]]
        operator = op("map_with_state", "running_count", timeout_ms=1000)
        self.gives([operator], touches, [[("a", 1), ("a", 2), ("b", 1)], [("b", 2)], [("a", -2)],
                                         [("b", -2), ("c", 1)]])
        self.gives([operator, op("state_snapshots", inputs=(1,))], touches,
                   [[("a", 2), ("b", 1)], [("a", 2), ("b", 2)], [("b", 2)], [("c", 1)]])

    def test_map_with_state_removes_within_a_batch(self):
        self.gives([op("map_with_state", "count_to_three"), op("state_snapshots", inputs=(1,))],
                   [[(0, 0, "a", "x")] * 4, [(0, 0, "a", "x")] * 2], [[("a", 1)], []])


class Graphs(unittest.TestCase):
    def test_every_operator_and_function_is_drawn(self):
        drawn = set()
        for description in graphs.graphs(1, 2000):
            for operator in description["operators"]:
                drawn |= {operator["operator"], operator.get("function")} | set(operator)
            drawn |= set(description) | {batch.get("restart") for batch in description["batches"]}
        wanted = {name for group in graphs.GROUPS.values() for name in group}
        wanted |= {function for table in rules.TABLES.values() for function in table}
        wanted |= {"cached", "partitions", "partitioner", "initial", "time_to_live_ms", "filter",
                   "inverse", "timeout_ms", "touched_keys_only", "spill", "cores", "restart",
                   "crash"}
        self.assertEqual(wanted - drawn, set())

    def test_the_same_seed_gives_the_same_graphs(self):
        first = list(graphs.graphs(5, 50))
        self.assertEqual(first, list(graphs.graphs(5, 50)))
        self.assertEqual(first[30], graphs.graph(5, 30))
        self.assertNotEqual(first[30], graphs.graph(6, 30))

    def test_what_is_left_out_is_not_drawn(self):
        for description in graphs.graphs(1, 300, ["wide", "state", "windows", "restart", "crash"]):
            names = {operator["operator"] for operator in description["operators"]}
            self.assertTrue(names <= set(rules.NARROW))
            self.assertFalse(any("restart" in batch for batch in description["batches"]))


if __name__ == "__main__":
    unittest.main()
