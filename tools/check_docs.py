#!/usr/bin/env python3
"""Checks that the documentation's links lead somewhere, that the paths it names exist, and that every
crash point of the sources is in the commit protocol's page. Runs as a test."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PROTOCOL = ROOT / "docs/internals/commit-protocol.md"
IN_TREE = re.compile(r"`((?:src|include|examples|tests|tools|docs|bench)/[\w./-]+\.\w+)`")
# What the text calls stream/plan.c is src/stream/plan.c.
IN_SOURCES = re.compile(r"`(\w+/\w+\.[ch])`")
errors = []


def check_page(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if not link.startswith("http") and not (page.parent / link).exists():
            errors.append(f"{page}: the link '{link}' leads nowhere")
    for path in IN_TREE.findall(text):
        if not (ROOT / path).exists():
            errors.append(f"{page}: there is no '{path}'")
    for path in IN_SOURCES.findall(text):
        if not any((base / path).exists() for base in (ROOT / "src", ROOT, ROOT / "include")):
            errors.append(f"{page}: there is no 'src/{path}'")


def check_crash_points():
    page = PROTOCOL.read_text(encoding="utf-8")
    for source in sorted((ROOT / "src").rglob("*.c")):
        for name in re.findall(r'LEAT_CRASH_POINT(?:_INDEXED)?\("([^"]+)"', source.read_text()):
            if name not in page:
                errors.append(f"{source}: crash point '{name}' is not in {PROTOCOL.name}")


for each in PAGES:
    check_page(each)
check_crash_points()
print("\n".join(errors))
sys.exit(1 if errors else 0)
