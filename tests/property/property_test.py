#!/usr/bin/env python3
"""Random graphs of operators give what the model of Spark's semantics says, batch by batch.

Usage: property_test.py GRAPH_JOB [--seed N] [--count N] [--only INDEX] [--without NAME,NAME]
                        [--break drop|double|move|change] [--description FILE]

Prints the seed, and of the first failure the smallest description that still fails; exits 1 then.
--break damages every answer before it is compared: the test must then fail. --description runs
what was printed.
"""
import argparse
import copy
import json
import pathlib
import random
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "verify"))
import compare
import damage
import graphs
import runner
import shrink


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", metavar="GRAPH_JOB")
    parser.add_argument("--seed", type=int, help="default: another one each time")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--only", type=int, metavar="INDEX", help="one graph of the seed")
    parser.add_argument("--without", default="", metavar="NAME,NAME",
                        help="leave out: " + ", ".join(graphs.names()))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--description", metavar="FILE", help="only what was printed before")
    parser.add_argument("--break", dest="damage", choices=list(damage.KINDS))
    parsed = parser.parse_args()
    parsed.without = [name for name in parsed.without.split(",") if name]
    unknown = set(parsed.without) - set(graphs.names())
    if unknown:
        parser.error(f"--without: unknown {', '.join(sorted(unknown))}")
    if parsed.seed is None:
        parsed.seed = random.SystemRandom().randrange(1 << 31)
    return parsed


def failure(options, description, answer):
    """What is wrong with the answer to a description, or None."""
    expected = compare.expectations(description)
    if options.damage is not None and "error" not in answer:
        answer = copy.deepcopy(answer)
        damage.KINDS[options.damage](random.Random(options.seed), answer["batches"])
    return compare.failure(description, expected, answer)


def run_one(options, description):
    [(_, answer)] = runner.run(options.program, [description], 1)
    return failure(options, description, answer)


def report(options, description, wrong):
    """Shrinks to the smallest description that fails in the same way: an error, or a difference."""
    is_error = " failed: " in wrong

    def still_fails(smaller):
        found = run_one(options, smaller)
        return found is not None and (" failed: " in found) == is_error
    print(f"graph {description['index']} of seed {options.seed}: {wrong}")
    if still_fails(description):
        description = shrink.shrink(description, still_fails)
        print(f"smallest: {run_one(options, description)}")
    else:
        print("it does not fail when it runs alone")
    print(json.dumps(description))


def chosen(options):
    if options.description is not None:
        return [json.loads(pathlib.Path(options.description).read_text())]
    if options.only is not None:
        return [graphs.graph(options.seed, options.only, options.without)]
    return graphs.graphs(options.seed, options.count, options.without)


def main():
    options = arguments()
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    count = lines = 0
    for description, answer in runner.run(options.program, chosen(options), options.processes):
        wrong = failure(options, description, answer)
        if wrong is not None:
            report(options, description, wrong)
            return 1
        count += 1
        lines += sum(len(output) for batch in answer["batches"] for output in batch)
    print(f"{count} graphs, {lines} records put out, {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
