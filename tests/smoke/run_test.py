#!/usr/bin/python3
"""tools/run.sh, as a person uses it: it shows batches, and Ctrl-C ends all that it started."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PORT, DEADLINE_S = 19792, 120


def processes_naming(text):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(text) in (entry / "cmdline").read_bytes() and int(entry.name) != os.getpid():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def show():
    """What the job tells its user to look at."""
    shown = subprocess.run([ROOT / "tools/show.py", f"127.0.0.1:{PORT}", "tags", "3"], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                           check=False)
    lines = shown.stdout.splitlines(keepends=True)
    if shown.returncode != 0 or len(lines) != 3 or not all('"segment"' in line for line in lines):
        sys.exit(f"tools/show.py ended with {shown.returncode} and showed:\n{shown.stdout}")
    return lines


def run(folder, program):
    """One round; returns what it printed."""
    process = subprocess.Popen([ROOT / "tools/run.sh", "--port", str(PORT), "--dir", folder, "--job",
                                program, "--interval-ms", "500"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    lines, deadline = [], time.monotonic() + DEADLINE_S
    while sum(" in  " in line for line in lines) < 4:
        line = process.stdout.readline()
        if not line or time.monotonic() > deadline:
            sys.exit("it did not show four batches:\n" + "".join(lines))
        lines.append(line)
    lines += show()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=DEADLINE_S)
    if process.returncode != 0:
        sys.exit(f"it ended with {process.returncode}:\n" + "".join(lines) + rest)
    return "".join(lines) + rest


def main():
    folder = tempfile.mkdtemp(prefix="leat-run-")
    try:
        first = run(folder, sys.argv[1])
        text = list(pathlib.Path(folder).glob("text/tags-*.txt/part-00000"))
        lines = [line for part in text for line in part.read_text(encoding="utf-8").splitlines()]
        # A user whom the dictionary does not name has no segment.
        if (not any("segment-" in line for line in lines) or
                not all(re.fullmatch(r"\d+\t[a-z]+\t(segment-\d)?", line) for line in lines)):
            sys.exit(f"no text files, or not of the job: {text}\n{first}")
        again = run(folder, sys.argv[1])  # It goes on where it was.
        left = processes_naming(folder)
        if left:
            sys.exit(f"it left the processes {left}\n{again}")
    finally:
        for process_id in processes_naming(folder):
            os.kill(process_id, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
