"""The small functions that the random graphs are made of, as the model knows them.

graph_functions.c and graph_wide_functions.c have the same ones under the same names. A value is
None, str (type "s") or int (type "i"); a key likewise. A function whose result would depend on an
order that the engine does not promise says so in `needs`, and is only put where there is one:
"placed" when it depends on what is in which partition, "ordered" when on the order inside of one,
"sequenced" when on the order of all records.
"""
from collections import namedtuple

# takes: the types of value it can be given. gives: the types of key and value that it makes, "="
# for the input's, "v" for the input's value's.
Function = namedtuple("Function", "takes gives run needs", defaults=[()])


def text(value):
    """Any key or value as text; null is "-"."""
    return "-" if value is None else str(value)


def size(value):
    return 0 if value is None else len(value)


def first_letter(value):
    return None if value is None else value[:1]


def is_even(value):
    return (value if isinstance(value, int) else size(value)) & 1 == 0


# ---- (key, value) -> records ----

MAP = {
    "append_x": Function("si", "=s", lambda k, v: (k, text(v) + "x")),
    "value_length": Function("s", "=i", lambda k, v: (k, size(v))),
    "to_text": Function("si", "=s", lambda k, v: (k, text(v))),
    "add_one": Function("i", "=i", lambda k, v: (k, v + 1)),
    "double": Function("i", "=i", lambda k, v: (k, 2 * v)),
    "negate": Function("i", "=i", lambda k, v: (k, -v)),
    "first_letter_as_key": Function("s", "s=", lambda k, v: (first_letter(v), v)),
    "swap": Function("si", "vs", lambda k, v: (v, text(k))),
    "null_key": Function("si", "s=", lambda k, v: (None, v)),
}
FLAT_MAP = {
    "split_letters": Function("s", "=s", lambda k, v: [(k, letter) for letter in v or ""]),
    "repeat": Function("i", "==", lambda k, v: [(k, v)] * (v & 3)),
    "none_or_twice": Function("si", "==", lambda k, v: [] if is_even(v) else [(k, v)] * 2),
}
KEY_CHANGING = {"first_letter_as_key", "swap", "null_key"}  # Not for map_values.

FILTER = {
    "drop_odd": Function("si", "==", lambda k, v: is_even(v)),
    "has_key": Function("si", "==", lambda k, v: k is not None),
    "key_not_a": Function("si", "==", lambda k, v: k != "a"),
    "keep_nonzero": Function("i", "==", lambda k, v: v != 0),
}

# ---- (partition's number, its records) -> records ----

MAP_PARTITIONS = {
    "each_key": Function("si", "=i", lambda p, records: [(k, 1) for k, _ in records]),
    "partition_count": Function("si", "si", lambda p, records: [(str(p), len(records))],
                                ["placed"]),
    "partition_values": Function(
        "si", "ss", lambda p, records: [(str(p), ",".join(text(v) for _, v in records))],
        ["placed", "ordered"]),
    "first_of_partition": Function("si", "==", lambda p, records: records[:1],
                                   ["placed", "ordered"]),
}
TRANSFORM = {
    "even_with_x": Function("si", "=s", lambda p, records: [
        (k, text(v) + "x") for k, v in records if is_even(v)]),
}
GLOM = {
    "sorted_values": Function("si", "ss", lambda values: ",".join(sorted(map(text, values))),
                              ["placed"]),
    "listed_values": Function("si", "ss", lambda values: ",".join(map(text, values)),
                              ["placed", "ordered"]),
}

# ---- combining: associative and commutative ----


def larger_text(a, b):
    return b if a is None else a if b is None else max(a, b)


def merge_letters(a, b):
    return "".join(sorted((a or "") + (b or "")))


REDUCE = {
    "sum": Function("i", "==", lambda a, b: a + b),  # leat_sum_i64, and so on.
    "min": Function("i", "==", min),
    "max": Function("i", "==", max),
    "user_sum": Function("i", "==", lambda a, b: a + b),
    "larger_text": Function("s", "==", larger_text),
    "merge_letters": Function("s", "==", merge_letters),
}
INVERSE = {"sum": "subtract", "user_sum": "subtract"}


def sum_and_count(values):
    return f"{sum(values)}/{len(values)}"


# What create, merge_value and merge_combiners, or zero and the latter two, come to.
COMBINE = {
    "count_values": Function("si", "=i", len),
    "sum_and_count": Function("i", "=s", sum_and_count),
    "longest": Function("s", "=i", lambda values: max(map(size, values))),
}

# ---- all values of a key ----

GROUP = {
    "group_count": Function("si", "=i", lambda k, values: [(k, len(values))]),
    "group_sorted": Function("si", "=s", lambda k, values: [
        (k, ",".join(sorted(map(text, values))))]),
    "group_each": Function("si", "==", lambda k, values: [(k, value) for value in values]),
}
COGROUP = {
    "cogroup_counts": Function("si", "=s", lambda k, l, r: [(k, f"{len(l)},{len(r)}")]),
    "cogroup_sorted": Function("si", "=s", lambda k, l, r: [
        (k, ",".join(sorted(map(text, l))) + "|" + ",".join(sorted(map(text, r))))]),
}
MISSING = object()  # The side of an outer join that has no value.


def pair(key, left, right):
    left, right = ("()" if side is MISSING else text(side) for side in (left, right))
    return [(key, f"{left}+{right}")]


def twice_if_equal(key, left, right):
    if MISSING in (left, right):
        return [(key, "alone")]
    return [(key, text(left))] * 2 if text(left) == text(right) else []


JOIN = {
    "pair": Function("si", "=s", pair),
    "twice_if_equal": Function("si", "=s", twice_if_equal),
}

# ---- state: an object with get (None: there is none), set and remove ----


def add_count(key, values, state):
    state.set((state.get() or 0) + len(values))


def sum_until_idle(key, values, state):
    if values:
        state.set((state.get() or 0) + sum(values))
    else:
        state.remove()


def count_up_to_five(key, values, state):
    count = (state.get() or 0) + len(values)
    if count > 5:
        state.remove()
    elif values:
        state.set(count)


def count_odd(key, values, state):
    """A new key with an even number of values stays without state."""
    if len(values) & 1:
        state.set((state.get() or 0) + 1)


def largest_text(key, values, state):
    known = [value for value in [state.get(), *values] if value is not None]
    if known and max(known) != state.get():
        state.set(max(known))


UPDATE = {
    "add_count": Function("si", "=i", add_count),
    "sum_until_idle": Function("i", "=i", sum_until_idle),
    "count_up_to_five": Function("si", "=i", count_up_to_five),
    "count_odd": Function("si", "=i", count_odd),
    "largest_text": Function("s", "=s", largest_text),
}


def running_count(key, value, state, timing_out):
    if timing_out:
        return [(key, -state.get())]
    state.set((state.get() or 0) + 1)
    return [(key, state.get())]


def count_to_three(key, value, state, timing_out):
    """Removes the state with the third record, and says so."""
    count = (state.get() or 0) + 1
    if timing_out:
        return [(key, 0)]
    if count == 3:
        state.remove()
        return [(key, 3)]
    state.set(count)
    return []


def look_only(key, value, state, timing_out):
    """Sets the state once; later records are seen but set nothing."""
    if timing_out:
        return [(key, -1)]
    known = state.get()
    if known is None:
        state.set(7)
    return [(key, known or 0)]


def running_sum(key, value, state, timing_out):
    if timing_out:
        return []
    state.set((state.get() or 0) + value)
    return [(key, state.get())]


def distinct_neighbours(key, value, state, timing_out):
    if timing_out or text(value) == state.get():
        return []
    state.set(text(value))
    return [(key, text(value))]


# gives: what is emitted; STATE_TYPE: what is kept.
MAP_WITH_STATE = {
    "running_count": Function("si", "=i", running_count),
    "count_to_three": Function("si", "=i", count_to_three),
    "look_only": Function("si", "=i", look_only),
    "running_sum": Function("i", "=i", running_sum, ["sequenced"]),
    "distinct_neighbours": Function("si", "=s", distinct_neighbours, ["sequenced"]),
}
STATE_TYPE = {"distinct_neighbours": "s", "largest_text": "s"}  # The others: "i".

PARTITIONER = {"by_size": lambda key_bytes, partitions: size(key_bytes) % partitions}
