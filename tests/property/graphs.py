#!/usr/bin/env python3
"""Random graphs of operators over random batches, from one seed: graphs.py SEED [COUNT].

A description is one JSON object: sources, operators (stream numbers: sources first), outputs,
batches of [source, partition, key, value(, how often the value is repeated)], and how it is run.
"""
import json
import random
import sys

import functions
import rules

GROUPS = {"narrow": rules.NARROW, "wide": rules.WIDE, "state": rules.STATE,
          "windows": rules.WINDOWS}
MODIFIERS = ["cached", "partitioned", "initial_state", "time_to_live", "slid_parent"]
WAYS = ["spill", "cores", "restart", "crash"]  # How a graph is run.
KEYS = ["a", "b", "c", "ab", "a b", "", None, "key"]
TEXTS = ["", "a", "b", "xy", "ba", "a b", "cab", "zz z", None]
OPERATORS_MAX = 8
TRIES = 60
BIG_REPEAT = 60000


def names():
    """Everything that --without can leave out."""
    return [*GROUPS, *(name for group in GROUPS.values() for name in group), *MODIFIERS, *WAYS]


def left_out(without):
    """Names of groups become those of their operators."""
    return {name for given in without for name in GROUPS.get(given, [given])}


def random_records(rng, description, hot):
    keys = description["keys"]
    records = []
    for _ in range(rng.choice([0, 1, 3, 8, 20, rng.randrange(rules.BATCH_RECORDS_MAX + 1)])):
        number = rng.randrange(len(description["sources"]))
        source = description["sources"][number]
        key = keys[0] if rng.random() < hot else rng.choice(keys)
        if source["types"][1] == "i":
            value = rng.randrange(10) if source["natural"] else rng.randrange(-9, 20)
        else:
            value = rng.choice(TEXTS)
        record = [number, rng.randrange(source["partitions"]), key, value]
        if description.get("spill") and isinstance(value, str):
            record.append(BIG_REPEAT)
        records.append(record)
    return records


def random_sources(rng):
    sources = []
    for _ in range(rng.choice([1, 1, 2])):
        sources.append({"partitions": rng.randrange(1, 4), "types": rng.choice(["ss", "ss", "si"]),
                        "natural": rng.random() < 0.6})
    return sources


def add_modifiers(rng, operator, streams, without):
    name = operator["operator"]
    must = name in ("partition_by", "repartition")
    if must or "partitioned" not in without and rng.random() < 0.5:
        operator["partitions"] = rng.randrange(1, 5)
        if rng.random() < 0.3:
            operator["partitioner"] = rng.choice(list(functions.PARTITIONER))
    if name in rules.NARROW or rng.random() < 0.1:
        operator.pop("partitions", None)
        operator.pop("partitioner", None)
    if "cached" not in without and rng.random() < 0.15:
        operator["cached"] = True


def add_state_options(rng, operator, streams, without):
    if rng.random() < 0.5 and operator["operator"] == "update_state_by_key":
        operator["touched_keys_only"] = True
    if rng.random() < 0.6 and operator["operator"] == "map_with_state":
        operator["timeout_ms"] = rng.choice([1000, 1500, 2000, 3000])
    if "time_to_live" not in without and rng.random() < 0.2:
        operator["time_to_live_ms"] = rng.choice([1000, 1500, 2000])
    if "initial_state" not in without and rng.random() < 0.5:
        operator["initial"] = rng.randrange(streams)


def random_inputs(rng, name, description, streams):
    """Often the newest stream, so that chains become long."""
    if name == "state_snapshots":
        first = len(description["sources"])
        with_state = [first + i for i, op in enumerate(description["operators"])
                      if op["operator"] == "map_with_state"]
        return [rng.choice(with_state or [0])]
    count = len(streams)
    return [rng.choice([count - 1, rng.randrange(count)])
            for _ in range(2 if name in rules.TWO_INPUTS else 1)]


def random_operator(rng, name, description, without):
    properties = rules.infer(description)
    streams = len(properties)
    operator = {"operator": name, "inputs": random_inputs(rng, name, description, properties)}
    if name in rules.TABLES:
        value = properties[operator["inputs"][0]].value
        operator["function"] = rng.choice([
            function for function, about in rules.TABLES[name].items() if value in about.takes])
    if name == "sort_by_key":
        operator["descending"] = rng.random() < 0.5
    if name in rules.WINDOWS:
        operator["length_ms"] = 1000 * rng.randrange(1, 7)
        operator["slide_ms"] = 1000 * rng.choice([0, 1, 1, 2, 3])
    if name in ("reduce_by_window", "reduce_by_key_and_window") and rng.random() < 0.5:
        operator["inverse"] = "subtract"
    if name == "reduce_by_key_and_window" and rng.random() < 0.4:
        operator["filter"] = rng.choice(["keep_nonzero", "has_key", "key_not_a"])
    if name in ("update_state_by_key", "map_with_state"):
        add_state_options(rng, operator, streams, without)
    add_modifiers(rng, operator, streams, without)
    return operator


def is_fit(description):
    try:
        rules.infer(description)
        return True
    except rules.Unfit:
        return False


def add_operators(rng, description, allowed, without):
    operators = description["operators"]
    wanted = rng.randrange(1, OPERATORS_MAX + 1)
    for _ in range(TRIES):
        name = rng.choices(allowed, [3 if name in rules.STATE else 1 for name in allowed])[0]
        operators.append(random_operator(rng, name, description, without))
        description["outputs"] = [len(description["sources"]) + len(operators) - 1]
        if not is_fit(description):
            operators.pop()
            description["outputs"] = [0]
        if len(operators) == wanted:
            return


def choose_outputs(rng, description):
    """What nobody reads is put out, and now and then something in the middle."""
    count = len(description["sources"]) + len(description["operators"])
    read = {i for op in description["operators"] for i in [*op["inputs"], op.get("initial", -1)]}
    description["outputs"] = [i for i in range(count) if i not in read or rng.random() < 0.1]


def add_batches(rng, description, without):
    hot = rng.choice([0, 0, 0.8])
    description["keys"] = rng.sample(KEYS, rng.randrange(1, 7))
    for _ in range(rng.randrange(7)):
        batch = {"records": random_records(rng, description, hot)}
        before = description["batches"]
        if before and before[-1]["records"] and rng.random() < 0.3:
            way = rng.choice(["restart", "crash"])
            if way not in without and description["restarts"]:
                batch["restart"] = way
        description["batches"].append(batch)
    del description["keys"], description["restarts"]


def random_graph(rng, index, without=()):
    """None when these dice gave no graph."""
    without = left_out(without)
    allowed = [name for group in GROUPS.values() for name in group if name not in without]
    description = {"index": index, "sources": random_sources(rng), "operators": [],
                   "outputs": [0], "batches": [], "restarts": rng.random() < 0.25,
                   "without": sorted(without & {"slid_parent"})}
    if rng.random() < 0.02 and "spill" not in without:
        description["spill"] = True
    if rng.random() < 0.5 and "cores" not in without:
        description["cores"] = rng.choice([1, 2])
    if description["restarts"]:  # What is in which partition is not known then.
        add_batches(rng, description, without)
        add_operators(rng, description, allowed, without)
    else:
        add_operators(rng, description, allowed, without)
        add_batches(rng, description, without)
    choose_outputs(rng, description)
    return description if description["operators"] and is_fit(description) else None


def graphs(seed, count, without=()):
    """count descriptions; the index-th is the same whatever the count is."""
    for index in range(count):
        yield graph(seed, index, without)


def graph(seed, index, without=()):
    for attempt in range(100):
        rng = random.Random(f"{seed} {index} {attempt}")
        description = random_graph(rng, index, without)
        if description is not None:
            return description
    raise AssertionError(f"no graph without {sorted(without)}")


if __name__ == "__main__":
    for one in graphs(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10):
        print(json.dumps(rules.annotated(one)))
