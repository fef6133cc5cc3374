"""Runs graph_job on descriptions: several at once, each in a directory of its own."""
import json
import pathlib
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import rules

GRAPH_SECONDS = 10  # A process that answers none for so long hangs.
GRAPHS_PER_PROCESS = 100


def equipped(description, work):
    """The description with its settings, the way it says it is to be run, and its directories."""
    settings = dict(description.get("settings", {}))
    names = {operator["operator"] for operator in description["operators"]}
    restarts = any("restart" in batch for batch in description["batches"])
    if restarts or names & {*rules.STATE, *rules.WINDOWS}:
        settings["leat.checkpoint.directory"] = str(work / f"checkpoint-{description['index']}")
    if restarts:
        # Kafka begins anew with every start: no group knows what was committed.
        settings.update({"leat.assume": "committed", "leat.task.maxFailures": "1"})
    if "cores" in description:
        settings["leat.local.cores"] = str(description["cores"])
    if description.get("spill"):
        (work / f"spill-{description['index']}").mkdir(exist_ok=True)
        settings.update({"leat.memory.limit": "32m",
                         "leat.spill.directory": str(work / f"spill-{description['index']}")})
    return {**rules.annotated(description), "settings": settings}


def answers_of(program, given, seconds):
    """The lines that graph_job wrote, and how it ended when it did not end well."""
    try:
        run = subprocess.run([program], input=given, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=seconds, check=False)
        output, end = run.stdout, f"ended with {run.returncode}: {run.stderr.decode()[-2000:]}"
    except subprocess.TimeoutExpired as late:
        output, end = late.stdout or b"", f"did not end in {seconds} s"
    return [json.loads(line) for line in output.splitlines(True) if line.endswith(b"\n")], end


def run_process(program, descriptions):
    """The answers; a process that died answers its graph with what it said on its end."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="leat-property-",
                                         dir="/dev/shm" if pathlib.Path("/dev/shm").is_dir()
                                         else None))
    answers = []
    try:
        while len(answers) < len(descriptions):
            waiting = descriptions[len(answers):]
            given = "".join(json.dumps(equipped(one, work)) + "\n" for one in waiting)
            more, end = answers_of(program, given.encode(), GRAPH_SECONDS + len(waiting))
            answers += more
            if len(answers) < len(descriptions):
                answers.append({"index": descriptions[len(answers)]["index"], "batches": [],
                                "error": f"graph_job {end}"})
        return answers
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(program, descriptions, processes=2):
    """(description, answer) of each, as they become ready."""
    descriptions = list(descriptions)
    parts = [descriptions[at:at + GRAPHS_PER_PROCESS]
             for at in range(0, len(descriptions), GRAPHS_PER_PROCESS)]
    with ThreadPoolExecutor(processes) as pool:
        for part, answers in zip(parts, pool.map(lambda part: run_process(program, part), parts)):
            yield from zip(part, answers)
