"""A failing description made small: every single simplification that still fails is taken."""
import copy

import rules

RUNS_MAX = 400
OPTIONAL = ["cached", "partitioner", "partitions", "filter", "inverse", "initial",
            "touched_keys_only", "timeout_ms", "time_to_live_ms"]
WAYS = ["spill", "cores"]


def without_stream(description, number, instead):
    """Operator `number` gone (a stream's number); what read it reads stream `instead`."""
    first = len(description["sources"])
    smaller = copy.deepcopy(description)
    del smaller["operators"][number - first]

    def moved(stream):
        stream = instead if stream == number else stream
        return stream - 1 if stream > number else stream
    for operator in smaller["operators"]:
        operator["inputs"] = [moved(stream) for stream in operator["inputs"]]
        if "initial" in operator:
            operator["initial"] = moved(operator["initial"])
    smaller["outputs"] = sorted({moved(stream) for stream in smaller["outputs"]})
    return smaller


def smaller_graphs(description):
    for at in range(len(description["outputs"])):
        if len(description["outputs"]) > 1:
            smaller = copy.deepcopy(description)
            del smaller["outputs"][at]
            yield smaller
    first = len(description["sources"])
    for at in reversed(range(len(description["operators"]))):
        for instead in dict.fromkeys(description["operators"][at]["inputs"]):
            yield without_stream(description, first + at, instead)
    for at, operator in enumerate(description["operators"]):
        for field in OPTIONAL:
            if field in operator:
                smaller = copy.deepcopy(description)
                del smaller["operators"][at][field]
                yield smaller


def smaller_runs(description):
    for way in WAYS:
        if way in description:
            yield {name: value for name, value in description.items() if name != way}
    for at, batch in enumerate(description["batches"]):
        if "restart" in batch:
            smaller = copy.deepcopy(description)
            del smaller["batches"][at]["restart"]
            yield smaller


def smaller_batches(description):
    for at in reversed(range(len(description["batches"]))):
        smaller = copy.deepcopy(description)
        del smaller["batches"][at]
        yield smaller
    for at, batch in enumerate(description["batches"]):
        size = len(batch["records"])
        while size > 0:
            for start in range(0, len(batch["records"]), size):
                smaller = copy.deepcopy(description)
                del smaller["batches"][at]["records"][start:start + size]
                yield smaller
            size //= 2


def candidates(description):
    for kind in (smaller_batches, smaller_graphs, smaller_runs):
        for smaller in kind(description):
            try:
                rules.infer(smaller)
            except rules.Unfit:
                continue
            yield smaller


def shrink(description, still_fails):
    """The smallest found; still_fails(description) runs one."""
    runs = 0
    progress = True
    while progress:
        progress = False
        for smaller in candidates(description):
            runs += 1
            if runs > RUNS_MAX:
                return description
            if still_fails(smaller):
                description, progress = smaller, True
                break
    return description
