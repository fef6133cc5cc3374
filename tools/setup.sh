#!/usr/bin/env bash
# Installs what is missing of Debian's packages; says so before it needs root.
set -euo pipefail

packages=(gcc g++ libc6-dev cmake ninja-build pkg-config make python3 clang-format librdkafka-dev libjansson-dev
          liblmdb-dev zlib1g-dev libzstd-dev zstd python3-confluent-kafka python3-msgpack default-jre-headless maven openssl)
missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "leat needs these Debian packages: ${missing[*]}" >&2
if [ "$(id -u)" = 0 ]; then
    run=()
elif command -v sudo >/dev/null; then
    echo "installing them needs root: sudo will ask" >&2
    run=(sudo)
else
    echo "as root: apt-get install ${missing[*]}" >&2
    exit 1
fi
"${run[@]}" apt-get update -q
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
