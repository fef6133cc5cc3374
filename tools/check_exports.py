#!/usr/bin/env python3
"""Checks that a shared library exports what include/leat marks LEAT_API, and nothing else:
check_exports.py LIBRARY. Runs as a test."""
import pathlib
import re
import subprocess
import sys

HEADERS = pathlib.Path(__file__).resolve().parent.parent / "include" / "leat"


def declared():
    names = set()
    for header in HEADERS.glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
        for statement in re.findall(r"^LEAT_API\b(.*?);", text, flags=re.S | re.M):
            names.add(re.search(r"\b(leat_\w+)\s*(?:\(|$)", statement.replace("\n", " "))[1])
    return names


def exported(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.split()[1] in "TDBRVW"}


def main():
    wanted, found = declared(), exported(sys.argv[1])
    for name in sorted(found - wanted):
        print(f"exported, but not marked LEAT_API in a public header: {name}")
    for name in sorted(wanted - found):
        print(f"marked LEAT_API, but not exported: {name}")
    return 0 if wanted == found and wanted else 1


if __name__ == "__main__":
    sys.exit(main())
