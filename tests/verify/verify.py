#!/usr/bin/python3
"""Compares what a job put out with what the model says of its recorded input.

    verify.py --brokers B --topic IN --group G --output-topic OUT --job relay
    verify.py ... --job daas --params FILE [--output-dir DIR]

Run it while the job is stopped; --unfinished when it stopped before the end of its input. Exit
status: 0 all invariants hold, 1 a violation (named with topic, partition, offset), 2 usage.
"""
import argparse
import json
import os
import sys

import batchwise
import checks
import model
import observe
import topics


def collect(reader, input_topic, output_topic, groups, output_dir=None, inputs=None, live=None,
            lister=None, finished=True, clean=True):
    """The History of a job at rest. groups: those that it had, one after the other.
    inputs: the (committed, withheld) of read_inputs, if known. clean: it stopped as asked."""
    lineage, batches = None, []
    for group in groups:
        lineage, more = reader.batches(group)
        batches += more
    committed, withheld = inputs or read_inputs(reader, input_topic)
    committed = from_start(committed, input_topic, batches)
    history = checks.History(input_topic, output_topic, committed,
                             reader.committed.read(output_topic), withheld, batches=batches or None,
                             lineage=lineage, finished=finished, clean=clean)
    history.uncommitted_outputs = sum(map(len, reader.uncommitted.read(output_topic).values()))
    if clean:
        for topic in (output_topic, *((topics.OFFSETS_TOPIC,) if batches else ())):
            shared = topic == topics.OFFSETS_TOPIC
            history.ends.update(reader.settled_ends(topic) if shared else reader.ends(topic))
    if live:
        history.cuts, history.seen = live.cuts, live.seen
    if output_dir:
        history.text_base = os.path.basename(os.path.abspath(output_dir))
        history.directories, history.staged = observe.read_directories(output_dir)
    if lister:
        history.sightings = lister.sightings
    return history


def read_inputs(reader, topic):
    """(the records that read_committed shows, those it does not) of an input topic."""
    committed = reader.committed.read(topic)
    shown = {(partition, record.offset) for partition, records in committed.items()
             for record in records}
    withheld = [record for partition, records in reader.uncommitted.read(topic).items()
                for record in records if (partition, record.offset) not in shown]
    return committed, withheld


def from_start(inputs, topic, batches):
    """Without the records before the job's first position, its genesis (batch 0)."""
    starts = {partition: until for batch in batches if batch.number == 0
              for (name, partition), until in batch.until.items() if name == topic}
    return {partition: [record for record in records if record.offset >= starts.get(partition, 0)]
            for partition, records in inputs.items()}


def summary(history):
    batches = len(history.batches) if history.batches is not None else "unknown"
    visible = sum(map(len, history.outputs.values()))
    return (f"{sum(map(len, history.inputs.values()))} records in, {visible} out in {batches} "
            f"batches, {history.uncommitted_outputs - visible} aborted, "
            f"{sum(map(len, history.cuts.values()))} moments watched"
            + ("" if history.directories is None else f", {len(history.directories)} directories"))


def make_model(job, params_path):
    if job == "relay":
        return model.Relay()
    if job == "wordcount":
        return batchwise.WordCount()
    with open(params_path, encoding="utf-8") as file:
        return model.Daas(json.load(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    for option in ("brokers", "topic", "group", "output-topic"):
        parser.add_argument(f"--{option}", required=True)
    parser.add_argument("--job", choices=("relay", "daas", "wordcount"), required=True)
    parser.add_argument("--params", help="daas: the broadcast dictionary")
    parser.add_argument("--output-dir", help="daas: the text output's --output-dir")
    parser.add_argument("--unfinished", action="store_true", help="input may be left over")
    options = parser.parse_args()
    if options.job == "daas" and not options.params:
        parser.error("daas needs --params")
    reader = topics.Reader(options.brokers)
    history = collect(reader, options.topic, options.output_topic, [options.group],
                      options.output_dir, finished=not options.unfinished)
    check = batchwise.check if options.job == "wordcount" else checks.check
    violations = check(history, make_model(options.job, options.params))
    reader.close()
    print(summary(history))
    if violations:
        print(checks.report(violations))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
