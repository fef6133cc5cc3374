#!/usr/bin/env python3
"""Checks what the compiler cannot: layering, sizes and leftovers. Runs as a unit test."""
import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"
INCLUDE = SOURCE.parent / "include"
LINES_MAX = {".c": 800, ".h": 250}
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|strncpy|atoi|atol|gets|strtok|alloca|rand)\s*\(")
HEAP = re.compile(r"\b(malloc|calloc|realloc|free|strdup)\s*\(")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX)\b")
errors = []
programs = set()


def allowed_layers():
    """Each src/<layer>/CMakeLists.txt names the layers it may use; a program sees include/leat."""
    allowed = {}
    for listing in SOURCE.glob("*/CMakeLists.txt"):
        layer = re.search(r"leat_layer\((.*?)\)", listing.read_text(), re.S)
        if layer is None:
            allowed[listing.parent.name] = {listing.parent.name}
            programs.add(listing.parent.name)
            continue
        words = layer.group(1).split()
        end = next((i for i, w in enumerate(words) if w in ("SOURCES", "TESTS")), len(words))
        allowed[words[0]] = {words[0], *words[1:end]} - {"DEPENDS"}
    return allowed


def check_layers(path, layer, text, allowed):
    for name in re.findall(r'^#include "([^"]+)"', text, re.M):
        target = name.split("/")[0]
        if target not in allowed[layer] | {"leat"} and not (target == "tests" and path.stem.endswith("_test")):
            errors.append(f"{path}: layer '{layer}' may not include '{name}'")
        if name.endswith("_internal.h") and target != layer:
            errors.append(f"{path}: '{name}' is private to its layer")


def check_acyclic(allowed, layer, path=()):
    if layer in path:
        errors.append("layers form a cycle: " + " -> ".join([*path, layer]))
        return
    for lower in allowed.get(layer, set()) - {layer}:
        check_acyclic(allowed, lower, (*path, layer))


def check_sizes(path, lines):
    if len(lines) > LINES_MAX[path.suffix]:
        errors.append(f"{path}: {len(lines)} lines, at most {LINES_MAX[path.suffix]}")
    start = None
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            errors.append(f"{path}:{number}: more than {COLUMNS_MAX} columns")
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start > FUNCTION_LINES_MAX:
                errors.append(f"{path}:{start}: function of {number - start} lines")
            start = None


def check_words(path, layer, text, lines):
    if not text.startswith("/*"):
        errors.append(f"{path}: starts without a comment that says what the file is for")
    for number, line in enumerate(lines, 1):
        if BANNED.search(line) or LEFTOVER.search(line):
            errors.append(f"{path}:{number}: {line.strip()}")
        if HEAP.search(line) and layer not in programs and (layer, path.stem) != ("base", "memory"):
            errors.append(f"{path}:{number}: use base/memory.h: {line.strip()}")


def main():
    allowed = allowed_layers()
    for layer in allowed:
        check_acyclic(allowed, layer)
    for path in sorted(INCLUDE.rglob("*.h")):
        text = path.read_text()
        check_sizes(path, text.splitlines())
        check_words(path, "include", text, text.splitlines())
    for path in sorted(SOURCE.rglob("*.[ch]")):
        text = path.read_text()
        layer = path.relative_to(SOURCE).parts[0]
        if layer not in allowed:
            errors.append(f"{path}: its layer has no CMakeLists.txt")
            continue
        check_layers(path, layer, text, allowed)
        check_sizes(path, text.splitlines())
        check_words(path, layer, text, text.splitlines())
    print("\n".join(sorted(set(errors))))
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
