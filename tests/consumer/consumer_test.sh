#!/usr/bin/env bash
# Installs leat into a prefix, moves it, and builds jobs against it: consumer_test.sh SOURCE WORK.
set -euo pipefail

source=$(realpath "$1")
work=$(realpath -m "$2")
prefix=$work/moved

fail() {
    echo "consumer_test: $*" >&2
    exit 1
}

# Runs a job that must say that it has no output operation.
refused() {
    local said status=0
    said=$("$@" 2>&1) || status=$?
    [ $status = 1 ] || fail "$* ended with $status: $said"
    [[ $said == *"no output operation"* ]] || fail "$* said: $said"
}

rm -rf "$work/root" "$prefix" "$work/consumer"
cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_SHARED_LIBS=ON \
    -DBUILD_TESTING=OFF -DCMAKE_C_FLAGS=-Werror >/dev/null
cmake --build "$work/build" >"$work/build.log" 2>&1 || fail "$(tail -20 "$work/build.log")"
# -o build: what is installed is the build above.
make -s -C "$source" -o build install RELEASE="$work/build" DESTDIR="$work/root" PREFIX=/opt/leat >/dev/null
mv "$work/root/opt/leat" "$prefix"
libraries=$(dirname "$(find "$prefix" -name libleat.so)")

cmake -S "$source/tests/consumer" -B "$work/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/consumer" >"$work/consumer.log" 2>&1 || fail "$(tail -20 "$work/consumer.log")"
refused "$work/consumer/job_c"
refused "$work/consumer/job_cc"

export PKG_CONFIG_PATH=$libraries/pkgconfig
# shellcheck disable=SC2046
cc -std=c17 -Wall -Wextra -Werror "$source/tests/consumer/job.c" -o "$work/job_pc" \
    $(pkg-config --cflags --libs leat) -Wl,-rpath,"$libraries"
refused "$work/job_pc"
for header in "$prefix"/include/leat/*.h; do
    for language in c c++; do
        echo "#include <leat/$(basename "$header")>" | cc -x "$language" -Wall -Wextra -Wpedantic -Werror \
            -fsyntax-only $(pkg-config --cflags leat) - || fail "$(basename "$header") as $language"
    done
done

# The installed program compiles jobs against its own prefix.
export XDG_CACHE_HOME=$work/cache
refused "$prefix/bin/leat" run "$source/tests/consumer/job.c"
"$prefix/bin/leat" explain "$source/examples/relay.c" | grep -q "save_to_kafka" || fail "leat explain"
"$prefix/bin/leat" explain "$source/examples/daas.c" "$source/examples/params.c" -ljansson 2>/dev/null |
    grep -q "foreach_rdd" || fail "leat explain of several sources"
[ "$("$prefix/bin/leat" version)" = "leat 0.1.0" ] || fail "leat version"
