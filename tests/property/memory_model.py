"""What windows and stateful operators remember, as the model has it: see model.py.

Each class is one operator: step(now, rdd, first_rdd) gives the batch's RDD; `first_rdd` is that of
`initial`, in the job's first batch only.
"""
import functions
import model
from model import by_key, flat, in_key_partitions, placed, reduced


class Window:
    """A window at T covers (T - length, T]; it is put out at multiples of its slide."""

    def __init__(self, operator):
        self.operator = operator
        self.length = operator["length_ms"]
        self.slide = operator["slide_ms"] or model.INTERVAL_MS
        self.history = []  # (time, records)

    def step(self, now, rdd, _):
        self.history.append((now, [] if rdd is None else flat(rdd)))
        self.history = [(time, records) for time, records in self.history
                        if time > now - self.length]
        if now % self.slide != 0:
            return None
        return self.put_out([record for _, records in self.history for record in records])

    def put_out(self, records):
        operator, rdd = self.operator, [records]
        name = operator["operator"]
        if name == "window":
            return rdd
        if name == "reduce_by_key_and_window":
            keep = functions.FILTER[operator["filter"]].run if "filter" in operator else None
            pairs = [(key, reduced(operator, values)) for key, values in by_key(records).items()]
            return placed(operator, [p for p in pairs if keep is None or keep(*p)])
        plain = {"reduce_by_window": "reduce", "count_by_window": "count",
                 "count_by_value_and_window": "count_by_value",
                 "group_by_key_and_window": "group_by_key"}[name]
        return model.PLAIN[plain](operator, rdd)


class Cell:
    """One key's state as a user's function sees it, and what it did to it."""

    def __init__(self, value):
        self.value = value
        self.was_set = self.was_removed = False

    def get(self):
        return self.value

    def set(self, value):
        self.value, self.was_set, self.was_removed = value, True, False

    def remove(self):
        self.value, self.was_set, self.was_removed = None, False, True


class Keyed:
    """key -> (state, when it was set, when a record was last seen)."""

    def __init__(self, operator):
        self.operator = operator
        self.state = {}

    def begin(self, now, first_rdd):
        """State that was not set for longer than the time to live is gone, without a call."""
        if first_rdd is not None:
            self.state = {key: (value, now, now) for key, value in flat(first_rdd)
                          if value is not None}
        live = self.operator.get("time_to_live_ms", 0)
        if live:
            self.state = {key: held for key, held in self.state.items() if now - held[1] <= live}

    def cell(self, key):
        return Cell(self.state[key][0] if key in self.state else None)

    def keep(self, now, key, cell):
        if cell.was_set:
            self.state[key] = (cell.value, now, now)
        elif cell.was_removed:
            self.state.pop(key, None)
        elif key in self.state:
            self.state[key] = (*self.state[key][:2], now)

    def snapshot(self):
        return [(key, held[0]) for key, held in self.state.items()]


class UpdateStateByKey(Keyed):
    """Every known and every new key once a batch; or, told so, only those with values."""

    def step(self, now, rdd, first_rdd):
        if rdd is None:
            return None
        self.begin(now, first_rdd)
        values = by_key(flat(rdd))
        touched_only = self.operator.get("touched_keys_only", False)
        keys = list(values) if touched_only else list({**self.state, **values})
        for key in keys:
            cell = self.cell(key)
            functions.UPDATE[self.operator["function"]].run(key, values.get(key, []), cell)
            self.keep(now, key, cell)
        return placed(self.operator, [(key, self.state[key][0]) for key in keys
                                      if key in self.state])


class MapWithState(Keyed):
    """Once a record; then once for each key that had none for longer than the timeout."""

    def step(self, now, rdd, first_rdd):
        if rdd is None:
            return None
        self.begin(now, first_rdd)
        run = functions.MAP_WITH_STATE[self.operator["function"]].run
        emitted = {}
        for key, value in flat(rdd):
            cell = self.cell(key)
            emitted.setdefault(key, []).extend(run(key, value, cell, False))
            self.keep(now, key, cell)
        timeout = self.operator.get("timeout_ms", 0)
        for key, (_, _, seen) in list(self.state.items()):
            if timeout and now - seen > timeout:
                emitted.setdefault(key, []).extend(run(key, None, self.cell(key), True))
                del self.state[key]
        return in_key_partitions(self.operator, emitted, emitted.get)


REMEMBERING = {"update_state_by_key": UpdateStateByKey, "map_with_state": MapWithState}
REMEMBERING.update((name, Window) for name in (
    "window", "reduce_by_window", "count_by_window", "count_by_value_and_window",
    "group_by_key_and_window", "reduce_by_key_and_window"))


class Job:
    """A description's graph; run(batch) gives every stream's RDD, sources first."""

    def __init__(self, description):
        self.sources = description["sources"]
        self.operators = description["operators"]
        self.partitions = [1] * len(self.sources)  # A topic grows as records are pushed.
        self.remembering = {i: REMEMBERING[op["operator"]](op)
                            for i, op in enumerate(self.operators)
                            if op["operator"] in REMEMBERING}
        self.now = 0

    def read(self, batch):
        rdds = []
        for number in range(len(self.sources)):
            records = [record for record in batch["records"] if record[0] == number]
            known = max([self.partitions[number], *(record[1] + 1 for record in records)])
            self.partitions[number] = known
            rdd = [[] for _ in range(known)]
            for _, partition, key, value, *repeat in records:
                rdd[partition].append((key, value * repeat[0] if repeat else value))
            rdds.append(rdd)
        return rdds

    def run(self, batch):
        first = self.now == 0
        self.now += model.INTERVAL_MS
        streams = self.read(batch)
        for number, operator in enumerate(self.operators):
            inputs = [streams[i] for i in operator["inputs"]]
            if number in self.remembering:
                initial = streams[operator["initial"]] if first and "initial" in operator else None
                streams.append(self.remembering[number].step(self.now, inputs[0], initial))
            elif operator["operator"] == "state_snapshots":
                parent = self.remembering[operator["inputs"][0] - len(self.sources)]
                streams.append(None if inputs[0] is None else placed(operator, parent.snapshot()))
            elif None in inputs:
                streams.append(None)
            else:
                streams.append(model.PLAIN[operator["operator"]](operator, *inputs))
        return streams
