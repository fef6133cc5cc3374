#!/usr/bin/env python3
"""The property test notices what is wrong: checker_test.py GRAPH_JOB [--without NAME,NAME].

Every damaged answer must be refused; and the test as it is called, told to damage its answers, must
exit 1 with the seed and a description made small.
"""
import json
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "verify"))
import compare
import damage
import graphs
import rules

GRAPHS = 300
SEED = 11


def check_comparison(without):
    """Right answers pass, every kind of damage is seen; the model stands in for the engine."""
    rng = random.Random(SEED)
    damaged = 0
    for description in graphs.graphs(SEED, GRAPHS, without):
        expected = compare.expectations(description)
        answer = {"batches": expected}
        assert compare.failure(description, expected, answer) is None, description
        for name, run in damage.KINDS.items():
            answer = {"batches": [[list(lines) for lines in outputs] for outputs in expected]}
            if run(rng, answer["batches"]):
                damaged += 1
                assert compare.failure(description, expected, answer), (name, description)
    assert damaged > 3 * GRAPHS / 2, f"only {damaged} answers could be damaged"
    print(f"{damaged} damaged answers were refused")


def check_order():
    """Two records of one partition in the wrong order, a record in the wrong partition, keys that
    are not sorted."""
    ordered = rules.Properties("s", "s", 1, placed=True, ordered=True)
    lines = ["0\tsa\ts1", "0\tsa\ts2", "1\tsb\ts3"]
    assert compare.difference(ordered, lines, [lines[2], lines[0], lines[1]]) is None
    assert "another order" in compare.difference(ordered, lines, [lines[1], lines[0], lines[2]])
    placed = rules.Properties("s", "s", 1, placed=True)
    assert compare.difference(placed, lines, [lines[1], lines[0], lines[2]]) is None
    assert "missing" in compare.difference(placed, lines, [*lines[:2], "0\tsb\ts3"])
    by_key = rules.Properties("s", "s", 1, sorted="ascending")
    assert compare.difference(by_key, lines, ["1\tsb\ts3", "0\tsa\ts2", "0\tsa\ts1"]) is None
    assert "not ascending" in compare.difference(by_key, lines,
                                                 ["0\tsb\ts3", "1\tsa\ts1", "1\tsa\ts2"])
    assert "failed: why" in compare.failure({}, [], {"batches": [], "error": "why"})


def check_program(arguments):
    """The whole test on damaged answers."""
    for kind in ("drop", "double", "move"):
        run = subprocess.run([sys.executable, "-B", HERE / "property_test.py", *arguments, "--seed",
                              str(SEED), "--count", "40", "--break", kind], text=True,
                             stdout=subprocess.PIPE, check=False)
        assert run.returncode == 1, f"--break {kind}: exit {run.returncode}\n{run.stdout}"
        output = run.stdout.splitlines()
        assert output[0] == f"seed {SEED}", run.stdout
        assert "missing" in output[-2] or "too many" in output[-2], run.stdout
        smallest = json.loads(output[-1])
        records = sum(len(batch["records"]) for batch in smallest["batches"])
        assert len(smallest["operators"]) <= 1 and records <= 2, run.stdout
        print(f"--break {kind}: {records} records, {len(smallest['operators'])} operators left")


def main():
    arguments = sys.argv[1:]
    without = arguments[arguments.index("--without") + 1] if "--without" in arguments else ""
    check_comparison([name for name in without.split(",") if name])
    check_order()
    check_program(arguments)


if __name__ == "__main__":
    main()
