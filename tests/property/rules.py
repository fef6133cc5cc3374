"""Which graphs make sense: the type of every stream, and what the API promises of its order.

infer(description) gives the properties of every stream, sources first; Unfit when an operator
cannot stand where it stands. The generator and the shrinker both try and ask.
"""
from dataclasses import dataclass, replace

import functions
import model

RECORDS_MAX = 4000  # In one stream and batch.
BATCH_RECORDS_MAX = 40


class Unfit(Exception):
    """This operator cannot be put here."""


@dataclass(frozen=True)
class Properties:
    key: str             # "s" or "i"
    value: str
    weight: int          # About how many records a batch has at most.
    slide: int = 1       # Every how many batches there is an RDD.
    partitions: int = 0  # 0: the API does not say.
    placed: bool = False   # What is in which partition is known,
    ordered: bool = False  # and in which order.
    sorted: str = ""       # "ascending" or "descending" from the first to the last partition.
    unique: bool = False   # One record a key.
    natural: bool = False  # No value is below 0.


TABLES = {
    "map": functions.MAP, "map_values": functions.MAP, "flat_map": functions.FLAT_MAP,
    "flat_map_values": functions.FLAT_MAP, "filter": functions.FILTER,
    "map_partitions": functions.MAP_PARTITIONS, "transform": functions.TRANSFORM,
    "glom": functions.GLOM, "reduce": functions.REDUCE, "reduce_by_key": functions.REDUCE,
    "reduce_by_window": functions.REDUCE, "reduce_by_key_and_window": functions.REDUCE,
    "combine_by_key": functions.COMBINE, "aggregate_by_key": functions.COMBINE,
    "group_by_key": functions.GROUP, "group_by_key_and_window": functions.GROUP,
    "cogroup": functions.COGROUP, "join": functions.JOIN, "left_outer_join": functions.JOIN,
    "right_outer_join": functions.JOIN, "full_outer_join": functions.JOIN,
    "update_state_by_key": functions.UPDATE, "map_with_state": functions.MAP_WITH_STATE,
}
NARROW = ["map", "flat_map", "filter", "map_values", "flat_map_values", "map_partitions", "union",
          "transform"]
WIDE = ["glom", "reduce", "count", "count_by_value", "reduce_by_key", "combine_by_key",
        "aggregate_by_key", "group_by_key", "cogroup", "join", "left_outer_join",
        "right_outer_join", "full_outer_join", "distinct", "sort_by_key", "partition_by",
        "repartition"]
STATE = ["update_state_by_key", "map_with_state", "state_snapshots"]
WINDOWS = ["window", "reduce_by_window", "count_by_window", "count_by_value_and_window",
           "group_by_key_and_window", "reduce_by_key_and_window"]
JOINS = ["join", "left_outer_join", "right_outer_join", "full_outer_join"]
TWO_INPUTS = ["union", "cogroup", *JOINS]
# One record, or one a partition: no key to place it by, and no partitions to choose.
NOT_PARTITIONED = ["reduce", "count", "reduce_by_window", "count_by_window", "glom", "window"]
UNIQUE = ["reduce_by_key", "combine_by_key", "aggregate_by_key", "count_by_value",
          "update_state_by_key", "state_snapshots", "count_by_value_and_window",
          "reduce_by_key_and_window"]
# Would make keys or single values of megabytes out of big values, or too many of them.
NOT_BIG = {"split_letters", "swap", "merge_letters", "group_sorted", "cogroup_sorted", "glom",
           "partition_values", "distinct_neighbours", "count_by_value", "twice_if_equal",
           "count_by_value_and_window", *JOINS,
           # What a batch changes of state and windows stays in memory until it is committed.
           *STATE, *WINDOWS}
BELOW_ZERO = {"negate", "running_count", "look_only"}
FACTOR = {"split_letters": 4, "repeat": 3, "none_or_twice": 2, "twice_if_equal": 2}


def need(condition):
    if not condition:
        raise Unfit


def made_by_function(operator, parent):
    """Key and value type that the operator's function makes."""
    function = TABLES[operator["operator"]].get(operator.get("function"))
    need(function is not None and parent.value in function.takes)
    need("placed" not in function.needs or parent.placed)
    need("ordered" not in function.needs or parent.ordered)
    need("sequenced" not in function.needs or parent.ordered and parent.partitions == 1)
    key, value = function.gives
    return ({"=": parent.key, "v": parent.value}.get(key, key),
            {"=": parent.value}.get(value, value))


def narrow(operator, parents):
    name, parent = operator["operator"], parents[0]
    if name == "union":
        other = parents[1]
        need(other.slide == parent.slide)
        return replace(parent, weight=parent.weight + other.weight, sorted="", unique=False,
                       placed=parent.placed and other.placed,
                       ordered=parent.ordered and other.ordered,
                       partitions=(parent.partitions + other.partitions
                                   if parent.partitions and other.partitions else 0),
                       natural=parent.natural and other.natural)
    need(not name.endswith("_values") or operator.get("function") not in functions.KEY_CHANGING)
    key, value = made_by_function(operator, parent)
    keeps_keys = name in ("filter", "map_values", "flat_map_values", "transform")
    weight = parent.weight * FACTOR.get(operator["function"], 1)
    return replace(parent, key=key, value=value, weight=weight,
                   sorted=parent.sorted if keeps_keys else "",
                   unique=parent.unique and name in ("filter", "map_values"),
                   natural=parent.natural and operator["function"] not in BELOW_ZERO)


def check_window(operator, parent):
    slide_ms = operator["slide_ms"] or model.INTERVAL_MS
    parent_ms = parent.slide * model.INTERVAL_MS
    need(operator["length_ms"] % parent_ms == 0 and slide_ms % parent_ms == 0)
    if "inverse" in operator:
        need(functions.INVERSE.get(operator["function"]) == operator["inverse"])
    if operator.get("filter") == "keep_nonzero":
        # What leaves the window after the filter forgot its key must not matter.
        need(parent.natural and operator["function"] in functions.INVERSE)
    if "filter" in operator:
        need(parent.value in functions.FILTER[operator["filter"]].takes)
        need(operator["filter"] in ("keep_nonzero", "has_key", "key_not_a"))
    return slide_ms // model.INTERVAL_MS


def check_initial(operator, parent, streams):
    """Whether the initial state, if there is one, has no value below 0."""
    if "initial" not in operator:
        return True
    need(operator["initial"] < len(streams) and parent.slide == 1)
    initial = streams[operator["initial"]]
    need(initial.unique and initial.slide == 1 and initial.key == parent.key)
    need(initial.value == functions.STATE_TYPE.get(operator["function"], "i"))
    return initial.natural


def types_of_wide(operator, parent, description):
    """Key and value type of the result."""
    name = operator["operator"]
    if name in ("reduce", "reduce_by_window"):
        return "s", made_by_function(operator, parent)[1]
    if name in ("count", "count_by_window"):
        return "s", "i"
    if name.startswith("count_by_value"):
        return parent.value, "i"
    if name == "state_snapshots":
        at = operator["inputs"][0] - len(description["sources"])
        need(at >= 0 and description["operators"][at]["operator"] == "map_with_state")
        function = description["operators"][at]["function"]
        return parent.key, functions.STATE_TYPE.get(function, "i")
    if name in TABLES:
        return made_by_function(operator, parent)
    return parent.key, parent.value


def wide(operator, parents, streams, description):
    name, parent = operator["operator"], parents[0]
    need(not (parent.slide > 1 and "slid_parent" in description.get("without", ())))
    if name in TWO_INPUTS:
        need(parents[1].key == parent.key and parents[1].slide == parent.slide)
    key, value = types_of_wide(operator, parent, description)
    result = Properties(key, value, parent.weight, parent.slide, unique=name in UNIQUE,
                        natural=parent.natural)
    if name == "glom":
        return replace(parent, key="s", value="s", sorted="", unique=False)
    if name in JOINS:
        result = replace(result, weight=parent.weight * parents[1].weight *
                         FACTOR.get(operator["function"], 1))
    if name == "cogroup":
        result = replace(result, weight=parent.weight + parents[1].weight)
    if name in WINDOWS:
        result = replace(result, slide=check_window(operator, parent), weight=parent.weight *
                         min(6, operator["length_ms"] // model.INTERVAL_MS))
    if name in STATE:
        natural = check_initial(operator, parent, streams) and parent.natural
        natural = natural and operator.get("function") not in BELOW_ZERO
        return replace(result, natural=natural, weight=2 * parent.weight)
    if name == "sort_by_key":
        return replace(result, sorted="descending" if operator["descending"] else "ascending",
                       unique=parent.unique)
    if name not in (*NOT_PARTITIONED, *WINDOWS, "repartition") and "partitions" in operator:
        return replace(result, placed=True, partitions=operator["partitions"])
    return result


def check_modifiers(operator):
    name = operator["operator"]
    if "partitions" in operator:
        need(name not in NARROW and name not in NOT_PARTITIONED)
    if name in ("partition_by", "repartition"):
        need("partitions" in operator)
    if "partitioner" in operator:
        need("partitions" in operator and name not in STATE and name not in WINDOWS)
        need(name not in ("sort_by_key", "repartition"))


def check_fields(description, operator):
    name = operator["operator"]
    need(len(operator["inputs"]) == (2 if name in TWO_INPUTS else 1))
    check_modifiers(operator)
    if description.get("spill"):
        need(name not in NOT_BIG and operator.get("function") not in NOT_BIG)


def check_batches(description):
    """A batch before a restart has read something: it is committed, and so is its time."""
    batches = description["batches"]
    for before, batch in zip([{"records": []}, *batches], batches):
        need("restart" not in batch or before["records"])
    if any("initial" in operator for operator in description["operators"]):
        need(not batches or batches[0]["records"])


def infer(description):
    restarts = any("restart" in batch for batch in description["batches"])
    streams = []
    for source in description["sources"]:
        # A start finds the partitions that are there, which are fewer than there were.
        known = not restarts or source["partitions"] == 1
        streams.append(Properties(*source["types"], weight=BATCH_RECORDS_MAX, placed=known,
                                  ordered=True, partitions=source["partitions"],
                                  natural=source["natural"]))
    for operator in description["operators"]:
        need(all(i < len(streams) for i in operator["inputs"]))
        check_fields(description, operator)
        parents = [streams[i] for i in operator["inputs"]]
        if operator["operator"] in NARROW:
            need(len(parents) < 2 or (parents[0].key, parents[0].value) ==
                 (parents[1].key, parents[1].value))
            streams.append(narrow(operator, parents))
        else:
            streams.append(wide(operator, parents, streams, description))
        need(streams[-1].weight <= RECORDS_MAX)
    check_batches(description)
    need(description["outputs"] and all(i < len(streams) for i in description["outputs"]))
    return streams


def annotated(description):
    """The description with the types that graph_job is told: each operator's, and its state's."""
    streams = infer(description)
    operators = []
    for operator, stream in zip(description["operators"], streams[len(description["sources"]):]):
        operator = {**operator, "types": stream.key + stream.value}
        if operator["operator"] in STATE and "function" in operator:
            operator["state_type"] = functions.STATE_TYPE.get(operator["function"], "i")
        operators.append(operator)
    return {**description, "operators": operators}
