"""Spark's semantics of a graph of operators, batch by batch, in the plainest way there is.

An RDD is a list of partitions, each a list of (key, value); None is a batch without an RDD, which
is what a window gives between its slides, and everything that is made of it. Where the API leaves
open what is in which partition, there is one partition. The k-th batch is at k intervals.
"""
import struct
from collections import Counter

import functions
from functions import MISSING
from murmur2 import partition_of as murmur2_partition

INTERVAL_MS = 1000


def flat(rdd):
    return [record for partition in rdd for record in partition]


def by_key(records):
    """{key: its values in order}."""
    grouped = {}
    for key, value in records:
        grouped.setdefault(key, []).append(value)
    return grouped


def key_bytes(key):
    if isinstance(key, int):
        return struct.pack("<q", key)
    return None if key is None else key.encode()


def partition_of(key, partitions, function):
    """A null key belongs to partition 0."""
    raw = key_bytes(key)
    if function is not None:
        return functions.PARTITIONER[function](raw, partitions)
    return 0 if raw is None else murmur2_partition(raw, partitions)


def placed(operator, records):
    """The records in the partitions that the operator declares; otherwise in one."""
    partitions = operator.get("partitions", 1)
    rdd = [[] for _ in range(partitions)]
    for record in records:
        rdd[partition_of(record[0], partitions, operator.get("partitioner"))].append(record)
    return rdd


def reduced(operator, values):
    """The values of one key combined."""
    run = functions.REDUCE[operator["function"]].run
    result = values[0]
    for value in values[1:]:
        result = run(result, value)
    return result


# ---- narrow operators: partition by partition ----


def each_partition(run, rdd):
    return [list(run(number, partition)) for number, partition in enumerate(rdd)]


def run_map(operator, rdd):
    run = functions.MAP[operator["function"]].run
    return each_partition(lambda _, records: [run(k, v) for k, v in records], rdd)


def run_flat_map(operator, rdd):
    run = functions.FLAT_MAP[operator["function"]].run
    return each_partition(lambda _, records: [out for k, v in records for out in run(k, v)], rdd)


def run_filter(operator, rdd):
    keep = functions.FILTER[operator["function"]].run
    return each_partition(lambda _, records: [(k, v) for k, v in records if keep(k, v)], rdd)


def run_map_partitions(operator, rdd):
    return each_partition(functions.MAP_PARTITIONS[operator["function"]].run, rdd)


def run_transform(operator, rdd):
    return each_partition(functions.TRANSFORM[operator["function"]].run, rdd)


def run_union(operator, left, right):
    return left + right


def run_glom(operator, rdd):
    run = functions.GLOM[operator["function"]].run
    return [[(None, run([value for _, value in records]))] for records in rdd]


# ---- wide operators ----


def run_reduce(operator, rdd):
    values = [value for _, value in flat(rdd)]
    return [[(None, reduced(operator, values))] if values else []]


def run_count(operator, rdd):
    return [[(None, len(flat(rdd)))]]


def run_count_by_value(operator, rdd):
    return placed(operator, Counter(value for _, value in flat(rdd)).items())


def run_reduce_by_key(operator, rdd):
    return placed(operator, [(key, reduced(operator, values))
                             for key, values in by_key(flat(rdd)).items()])


def run_combine_by_key(operator, rdd):
    run = functions.COMBINE[operator["function"]].run
    return placed(operator, [(key, run(values)) for key, values in by_key(flat(rdd)).items()])


def in_key_partitions(operator, keys, emitted_for):
    """What a function emits for each key, in that key's partition, whatever keys it emits."""
    rdd = [[] for _ in range(operator.get("partitions", 1))]
    for key in keys:
        partition = partition_of(key, len(rdd), operator.get("partitioner"))
        rdd[partition].extend(emitted_for(key))
    return rdd


def run_group_by_key(operator, rdd):
    run = functions.GROUP[operator["function"]].run
    grouped = by_key(flat(rdd))
    return in_key_partitions(operator, grouped, lambda key: run(key, grouped[key]))


def run_cogroup(operator, left, right):
    run = functions.COGROUP[operator["function"]].run
    left, right = by_key(flat(left)), by_key(flat(right))
    return in_key_partitions(operator, {**left, **right},
                             lambda key: run(key, left.get(key, []), right.get(key, [])))


def joined(operator, left, right, keep_left, keep_right):
    run = functions.JOIN[operator["function"]].run
    left, right = by_key(flat(left)), by_key(flat(right))

    def emitted_for(key):
        if key not in left and not keep_right or key not in right and not keep_left:
            return []
        return [record for a in left.get(key, [MISSING]) for b in right.get(key, [MISSING])
                for record in run(key, a, b)]
    return in_key_partitions(operator, {**left, **right}, emitted_for)


def run_join(operator, left, right):
    return joined(operator, left, right, False, False)


def run_left_outer_join(operator, left, right):
    return joined(operator, left, right, True, False)


def run_right_outer_join(operator, left, right):
    return joined(operator, left, right, False, True)


def run_full_outer_join(operator, left, right):
    return joined(operator, left, right, True, True)


def run_distinct(operator, rdd):
    return placed(operator, dict.fromkeys(flat(rdd)))


def run_sort_by_key(operator, rdd):
    """Null first, text by its bytes (all of it is ASCII); descending is exactly the reverse."""
    def rank(record):
        return (False,) if record[0] is None else (True, record[0])
    return [sorted(flat(rdd), key=rank, reverse=operator["descending"])]


def run_partition_by(operator, rdd):
    return placed(operator, flat(rdd))


def run_repartition(operator, rdd):
    return [flat(rdd)]


PLAIN = {name[len("run_"):]: run for name, run in list(globals().items())
         if name.startswith("run_")}
PLAIN.update(map_values=run_map, flat_map_values=run_flat_map, aggregate_by_key=run_combine_by_key)
