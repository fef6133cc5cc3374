#!/bin/sh
# `leat run` and `leat explain`: what is compiled, what is an argument, what is printed.
# run_test.sh LEAT SOURCE_ROOT [UPDATE]
set -u
leat=$(realpath "$1")
root=$2
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
export XDG_CACHE_HOME="$directory/cache"
failures=0

fail() {
    echo "$*" >&2
    failures=$((failures + 1))
}

# expect STATUS TEXT ARGUMENT...: the exit status, and all that it prints.
expect() {
    status=$1
    text=$2
    shift 2
    said=$("$leat" "$@" 2>&1)
    got=$?
    [ "$got" -eq "$status" ] || fail "leat $*: exit status $got instead of $status: $said"
    case $said in
    *"$text"*) ;;
    *) fail "leat $*: it did not say '$text', but: $said" ;;
    esac
}

cd "$directory" || exit 1
cat >job.c <<'C'
#include <stdio.h>
#include "more.h"
int main(int argc, char **argv)
{
    printf("%s %.0f:", more(), floor_of(argc + 0.5) - argc);
    for (int i = 1; i < argc; i++)
        printf(" [%s]", argv[i]);
    puts(" end");
    return 7;
}
C
cat >more.c <<'C'
#include <math.h>
#include "more.h"
const char *more(void) { return MORE; }
double floor_of(double x) { return floor(x); }
C
cat >more.h <<'C'
#define MORE "first"
const char *more(void);
double floor_of(double x);
C

expect 7 'first 0: end' run job.c more.c -lm
expect 7 'first 0: [-lx] [c.c] end' run job.c more.c -lm -- -lx c.c
expect 7 'first 0: [--flag] [c.c] end' run job.c more.c -lm --flag c.c
expect 7 'first 0: [--conf] [leat.local.cores=2] [--] [x] end' \
    run --conf leat.local.cores=2 job.c more.c -lm -- -- x
expect 7 'first 0: [--conf] [leat.explain=true] end' explain job.c more.c -lm
expect 1 'come right behind it: leat run job.c MORE.c' run job.c
expect 1 "cannot read 'none.c'" run job.c none.c
expect 1 "cannot find 'none'" run none
expect 2 'usage: leat run' run
expect 2 'usage: leat explain' explain --conf a=b

sed -i 's/first/second/' more.h
expect 7 'second 0: end' run job.c more.c -lm
sed -i 's/return MORE/return "third"/' more.c
expect 7 'third 0: end' run job.c more.c -lm

# A program is run as it is, and what follows is its own.
cp "$(find cache -type f -name 'job.c-*' | head -1)" job
expect 7 '[more.c] [-lm] end' run ./job more.c -lm

# The graph of the main job, as a user would ask for it.
cd "$root" || exit 1
golden=src/cli/explain_daas.txt
"$leat" explain examples/daas.c examples/params.c -ljansson -- --output-dir out/tags \
    >"$directory/explained" 2>"$directory/log" || fail "leat explain: $(cat "$directory/log")"
sed 's/\(daas\.c\):[0-9]*/\1:N/' "$directory/explained" >"$directory/said"
[ "${3-}" != UPDATE ] || cp "$directory/said" "$golden"
diff -u "$golden" "$directory/said" >&2 || fail "leat explain does not print $golden"
[ "$failures" -eq 0 ]
