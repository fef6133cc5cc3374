#!/usr/bin/env bash
# Fails when a C file is not as clang-format would write it; `make format` writes it.
set -euo pipefail
cd "$(dirname "$0")/.."
find include src examples tests bench tools -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
