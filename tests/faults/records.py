#!/usr/bin/python3
"""Records, functions and broadcasts that fail: the place is named, a batch is written whole or not
at all, and the corrected job does the rest."""
import json
import sys

from mistakes import HERE, Failure, case, run, wait_for

sys.path.insert(0, str(HERE.parent / "verify"))

# pylint: disable=wrong-import-position,wrong-import-order
import pack

GOOD = {"id": 7, "kind": "click", "user": "ann", "tags": ["a", "b"]}
PARAMS = {"kinds": ["click"], "segments": {"ann": "first"}}
NO_FEED = {"records": 0}
NOTES = ["has nothing to act on", "runs on this machine", "is tried again"]


def event(**changes):
    """GOOD with changes; None leaves a field out."""
    fields = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return pack.pack(fields)


def tagged(tag):
    """What daas makes of GOOD."""
    return pack.pack({"id": 7, "tag": tag.decode(), "segment": "first"})


def start_daas(it, **options):
    path = it.folder / "params.json"
    if not path.exists():
        path.write_text(json.dumps(PARAMS))
    return it.start(program="daas", params=path, **options)


def daas_writes(it, count, **options):
    """The job does all that is left; count records of output in all."""
    process = start_daas(it, conf={"spark.streaming.kafka.maxRatePerPartition": "100000"},
                         drain=True, **options)
    process.expect(0, 30)
    if len(it.written()) != count:
        raise Failure(f"{len(it.written())} records of output, not {count}")
    return process


def at(it, offset):
    return f"topic '{it.topic}' partition 0 offset {offset}"


# ---- msgpack ----

@case("msgpack field absent", **NO_FEED)
def field_absent(it):
    it.feed(1, event())
    it.feed(1, event(kind=None))
    it.refused(start_daas(it), "filter at ", "daas.c:", at(it, 1), "'kind'",
               "leat.bad.records=skip", logs=["spark.driver.*"], maybe=NOTES,
               written=[tagged(b"a"), tagged(b"b")])


@case("msgpack field of another type", **NO_FEED)
def field_of_another_type(it):
    it.feed(1, event(id="seven"))
    it.refused(start_daas(it), "flat_map at ", "daas.c:", at(it, 0), "'id'", "string",
               maybe=NOTES)


@case("msgpack that ends early", **NO_FEED)
def msgpack_cut(it):
    it.feed(1, event()[:-3])
    it.refused(start_daas(it), "filter at ", at(it, 0), "byte",
               maybe=NOTES)


@case("no msgpack", **NO_FEED)
def no_msgpack(it):
    it.feed(1, b"\xc1hello")
    it.refused(start_daas(it), "filter at ", at(it, 0), "byte",
               maybe=NOTES)


@case("bad record skipped", **NO_FEED)
def bad_record_skipped(it):
    it.feed(1, event())
    it.feed(1, event(kind=5))
    it.feed(1, event())
    process = daas_writes(it, 4, environment={"LEAT_BAD_RECORDS": "skip"})
    it.only_logged(process, logs=[at(it, 1)], maybe=NOTES)


# ---- sizes ----

@case("record larger than the producer takes")
def large_for_producer(it):
    it.refused(it.start(map="swell", number=2_000_000), it.output, "partition", "'k0'",
               "2000002 bytes", "max.request.size")
    it.drains(map="swell", number=2_000_000, sink_parameters="max.request.size=4000000",
              expected=[b"x" * 2_000_000] * 3)


@case("record larger than the output topic takes", output=False)
def large_for_topic(it):
    it.create(it.output, 1, max_message_bytes=5000)
    it.refused(it.start(map="swell", number=9000), it.output, "partition", "'k0'", "9002 bytes",
               "max.message.bytes")
    it.drains(map="swell", number=100, expected=[b"x" * 100] * 3)


@case("record larger than a fetch", records=1)
def large_fetch(it):
    it.feed(1, b"y" * 3_000_000)
    it.feed(2)
    it.drains(parameters="fetch.message.max.bytes=1000",
              sink_parameters="max.request.size=4000000")


@case("record of 10 MB with daas' settings", records=1)
def large_as_daas(it):
    it.feed(1, b"z" * 10_485_000)
    it.feed(2)
    it.drains(parameters=f"fetch.message.max.bytes={40 << 20}",
              sink_parameters="linger.ms=0 max.request.size=10485760")


@case("record larger than the reader may receive", records=1)
def large_for_reader(it):
    it.feed(1, b"y" * 3_000_000)
    limits = "receive.message.max.bytes=1000512 fetch.max.bytes=1000000"
    it.refused(it.start(parameters=limits, conf={"leat.kafka.request.timeout": "4s"}), it.topic,
               "partition 0", "offset", "receive.message.max.bytes",
               maybe=["Receive failed", "is tried again"])
    it.drains(sink_parameters="max.request.size=4000000")


# ---- functions ----

@case("map emits none")
def map_emits_none(it):
    it.refused(it.start(map="none"), "map at ", "any_job.c:", at(it, 0), "emitted 0 records",
               "exactly one", "flat_map")
    it.drains()


@case("map emits two")
def map_emits_two(it):
    it.refused(it.start(map="two"), "map at ", "any_job.c:", at(it, 0), "emitted 2 records",
               "exactly one", "flat_map")
    it.drains()


@case("unknown status")
def unknown_status(it):
    it.refused(it.start(map="nonsense"), "map at ", "any_job.c:", at(it, 0), "4711",
               "return a leat_status")
    it.drains()


@case("negative status")
def negative_status(it):
    it.refused(it.start(map="negative"), "map at ", at(it, 0), "-1", "return a leat_status")
    it.drains()


@case("function that fails once after half of its partition was produced", records=3000)
def fails_once(it):
    for options in ({}, {"graph": "produces"}):
        it.drains(map="fails-once", number=1600, logs=["once only", "is tried again"], **options)
        with it.stage.reader_lock:
            found = it.stage.reader.uncommitted.read(it.output)
        made = sum(map(len, found.values()))
        if made < len(it.fed) + 1000:
            raise Failure(f"only {made} records were produced: nothing when it failed")
        it.feed(3000)
    it.drains()


@case("function that fails without a word")
def silent_failure(it):
    it.refused(it.start(map="bad"), "map at ", "any_job.c:", at(it, 0), "cannot be processed",
               "leat.bad.records=skip", logs=["is tried again"])
    it.drains()


# ---- broadcasts ----

@case("broadcast file missing")
def broadcast_missing(it):
    it.refused(it.start(file=it.folder / "number", map="number"), "broadcast 'number'",
               str(it.folder / "number"), "cannot read")


@case("broadcast file malformed")
def broadcast_malformed(it):
    (it.folder / "number").write_text("seven\n")
    it.refused(it.start(file=it.folder / "number", map="number"), "broadcast 'number'",
               f"'{it.folder}/number' line 1")


@case("daas' dictionary malformed", **NO_FEED)
def params_malformed(it):
    (it.folder / "params.json").write_text('{"kinds": ["click"],\n "segments": {"ann" "first"}}\n')
    it.refused(start_daas(it), "broadcast 'params'", str(it.folder / "params.json"), "line 2",
               maybe=NOTES)


@case("daas' dictionary missing", **NO_FEED)
def params_missing(it):
    it.refused(it.start(program="daas", params=it.folder / "none.json"), "broadcast 'params'",
               str(it.folder / "none.json"), "No such file",
               maybe=NOTES)


@case("broadcast file gone or malformed at a refresh", records=1)
def broadcast_refresh(it):
    path = it.folder / "number"
    path.write_text("1\n")
    process = it.start(file=path, map="number", refresh_ms=20)
    it.wait_for_written([b"1:r0"], process)
    path.unlink()
    wait_for("a line that says that the file is missing",
             lambda: any("cannot read" in line for line in process.lines))
    it.feed(1)
    it.wait_for_written([b"1:r0", b"1:r1"], process)
    path.write_text("x\n")
    wait_for("a line that says that the file is malformed",
             lambda: any("line 1" in line for line in process.lines))
    path.write_text("2\n")
    wait_for("a batch with the new value", lambda: process.wait_for_batches(2))
    it.feed(1)
    it.wait_for_written([b"1:r0", b"1:r1", b"2:r2"], process)
    process.signal(15)
    process.expect(0)
    it.only_logged(process, logs=["the old value stays: broadcast 'number'"])


if __name__ == "__main__":
    run(__doc__)
