# The commands a person types; CMakePresets.json has the builds.
PREFIX ?= /usr/local
RELEASE = build/release
# Tests that look at files, not at a build's behaviour.
ONCE = ^(docs|format|tidy|exports|consumer|config.guide)$$

.PHONY: setup build run test bench install clean format

setup:
	tools/setup.sh

build: setup
	cmake --preset release
	cmake --build $(RELEASE)

run: build
	tools/run.sh

test: setup
	cmake --preset dev
	cmake --build build/dev
	ctest --test-dir build/dev --output-on-failure
	cmake --preset asan
	cmake --build build/asan
	ctest --test-dir build/asan --output-on-failure -L 'unit|sanitize' -E '$(ONCE)'
	cmake --preset tsan
	cmake --build build/tsan
	ctest --test-dir build/tsan --output-on-failure -L 'unit|sanitize' -E '$(ONCE)'

# DESTDIR for packagers. The dynamic linker looks into its cache, which root may write.
install: build
	cmake --install $(RELEASE) --prefix $(abspath $(PREFIX))
	@test -n "$(DESTDIR)" || test "$$(id -u)" != 0 || ldconfig

bench: build
	cmake --build build/release --target bench
	/usr/bin/python3 -B bench/bench.py

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build
