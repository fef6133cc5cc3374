# The commands a person types; CMakePresets.json has the builds.
.PHONY: setup build run test bench clean format

setup:
	tools/setup.sh

build: setup
	cmake --preset release
	cmake --build build/release

run: build
	tools/run.sh

test: setup
	cmake --preset dev
	cmake --build build/dev
	ctest --test-dir build/dev --output-on-failure

bench: build
	cmake --build build/release --target bench
	/usr/bin/python3 -B bench/bench.py

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build
