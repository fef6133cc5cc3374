#!/bin/sh
# `leat state`: how it is called, and how it refuses. What it prints of a state is tested beside the
# library's reader and, after real runs, by tests/chaos.
set -u
leat=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
failures=0

# expect STATUS TEXT ARGUMENT...: the exit status, TEXT on stderr, and nothing on stdout.
expect() {
    status=$1
    text=$2
    shift 2
    "$leat" state "$@" >"$directory/stdout" 2>"$directory/stderr"
    got=$?
    if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$directory/stderr" ||
        [ -s "$directory/stdout" ]; then
        echo "leat state $*: exit status $got instead of $status, or it did not say '$text':" >&2
        cat "$directory/stdout" "$directory/stderr" >&2
        failures=$((failures + 1))
    fi
}

expect 2 'usage: leat state'
expect 2 'usage: leat state' lost
expect 2 'usage: leat state' show
expect 2 'usage: leat state' export
expect 2 'usage: leat state' list counts
expect 2 'usage: leat state' show counts more
expect 2 'usage: leat state' list --checkpoint
expect 2 'usage: leat state' list --lost
expect 2 'give --checkpoint DIR' list
expect 2 "did you mean 'leat.state.slots'" list --conf leat.state.slot=3
expect 1 "there is no checkpoint in '$directory/none'" list --checkpoint "$directory/none"
expect 1 "there is no checkpoint in '$directory/none'" show counts --checkpoint="$directory/none"
expect 1 "there is no checkpoint in '$directory/none'" \
    export counts --conf "leat.checkpoint.directory=$directory/none"
[ ! -e "$directory/none" ] || failures=$((failures + 1))
[ "$failures" -eq 0 ]
