# make demo and make test are all that a fresh Debian or Ubuntu with a Swift toolchain needs: they install what is missing.

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test run format lint bench bench-server bench-kernels docs docc build build-static build-tests deb install packages python browser
.PHONY: torture fuzz sanitize

FITD := .build/release/fitd
# With Swift's own libraries inside, so that it runs where no toolchain is.
STATIC_FITD := .build-static/release/fitd
MANUAL := .build/plugins/GenerateManual/outputs/fitd/fitd.8
PREFIX ?= /usr/local
DESTDIR ?=
SWIFT_SOURCES := Sources Tests Package.swift
PYTHON := .venv/bin/python

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do
	printf '  make %-13s %s\n' "$$name" "$$what"
	done

demo: build ## train the guide's model over HTTP with curl, on a server of its own
	@FITD=$(FITD) examples/demo.sh

run: build ## serve on http://127.0.0.1:8080, with ./fitd-data
	@exec $(FITD) serve

test: build-tests python browser ## every test: the packages' own, and the built server driven by curl and Python
	@swift test -c release --skip-build --disable-xctest
	$(PYTHON) -m pytest Tests/EndToEnd
	FITD=$(FITD) $(PYTHON) Tests/Torture/torture.py --short

torture: build python ## floods, slow clients and crashes, in 20 minutes; SHORT=1 in two, ONLY="kills churn" some of them
	@FITD=$(FITD) $(PYTHON) Tests/Torture/torture.py $(if $(SHORT),--short) $(if $(ONLY),--only $(ONLY))

# The fuzzer's own part is linked from the toolchain; each module is instrumented for it. Leaks are not looked for: pointers
# in enumerations carry tags, which hide what they point to.
FUZZ_TARGETS := request chunks gzip fields npy npz csv safetensors json model training expression
FUZZ_SECONDS ?= 60

fuzz: packages ## what reads a client's bytes, under libFuzzer and the address sanitizer, 60 s each
	@library=$$(echo "$$(dirname "$$(realpath "$$(command -v swiftc)")")"/../lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-$$(uname -m).a)
	FUZZ=1 swift build -c release --product fuzz --scratch-path .build-fuzz --sanitize address \
	  -Xswiftc -Xfrontend -Xswiftc -sanitize=address,fuzzer -Xlinker "$$library" -Xlinker -lstdc++
	for target in $(FUZZ_TARGETS); do
	mkdir -p .build-fuzz/corpus/$$target
	echo "== $$target"
	ASAN_OPTIONS=detect_leaks=0 .build-fuzz/release/fuzz $$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -detect_leaks=0 \
	  -verbosity=0 -artifact_prefix=.build-fuzz/$$target- .build-fuzz/corpus/$$target Tests/Fuzz/Corpus/$$target
	done

# As with the fuzzer, leaks are not looked for. One test runs after the other: without optimization, tests that share the
# processors take longer than they may. What is freed stays with the address sanitizer for a while; 8 MiB of it, so that
# tests which look at the process's memory see what is kept.
sanitize: packages ## the packages' own tests under the thread sanitizer and the address sanitizer
	@for sanitizer in thread address; do
	echo "== $$sanitizer"
	ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8 swift test --sanitize $$sanitizer --scratch-path .build-$$sanitizer --disable-xctest --no-parallel $(if $(FILTER),--filter "$(FILTER)")
	done

lint: build-tests ## formatting, documentation comments and warnings
	@swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)
	echo "lint: no findings"

format: ## format the Swift sources in place
	@swift format format --in-place --recursive --parallel $(SWIFT_SOURCES)

bench: build ## nine programs here, in Keras and in PyTorch; writes Benchmarks/RESULTS.md
	@FITD=$(FITD) python3 Benchmarks/bench.py

bench-kernels: packages ## inner loops beside OpenBLAS and the machine's limits; writes Benchmarks/KERNELS.md
	@.ci/packages libopenblas0
	swift build -c release --product kernels
	.build/release/kernels | tee Benchmarks/KERNELS.md

bench-server: build python ## start, many jobs, polling and uploads; writes Benchmarks/SERVER.md
	@.ci/packages wrk curl
	FITD=$(FITD) $(PYTHON) Benchmarks/server.py

docs: build python ## the reference and the API in docs/, from what a server says and from openapi.yaml
	@$(PYTHON) docs/generate.py $(FITD) docs

docc: build ## DocC archives of the Swift modules, in .build/docc; a warning fails it
	@docs/docc .build .build/docc

deb: build-static $(MANUAL) ## a Debian package, in .build/deb
	@.ci/packages debhelper fakeroot
	deploy/package-debian $(STATIC_FITD) $(MANUAL) .build/deb

install: build-static $(MANUAL) ## binary, manual, completions and systemd unit, under PREFIX (/usr/local)
	@install -D -s $(STATIC_FITD) $(DESTDIR)$(PREFIX)/bin/fitd
	install -D -m 644 $(MANUAL) $(DESTDIR)$(PREFIX)/share/man/man8/fitd.8
	completions=$$(mktemp -d)
	deploy/completions $(STATIC_FITD) "$$completions"
	install -D -m 644 "$$completions/fitd" $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fitd
	install -D -m 644 "$$completions/_fitd" $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fitd
	install -D -m 644 "$$completions/fitd.fish" $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fitd.fish
	rm -r "$$completions"
	sed 's|/usr/bin/fitd|$(PREFIX)/bin/fitd|' deploy/fitd.service |
	install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/fitd.service

build-static: packages
	@swift build -c release --product fitd --static-swift-stdlib --scratch-path .build-static

# The manual is made from the command's own help.
$(MANUAL): $(wildcard Sources/fitd/*.swift Sources/fitd/Client/*.swift)
	@swift package -c release --allow-writing-to-package-directory generate-manual --section 8

# NATIVE=1 in the environment builds for the vector unit of this machine, rather than for x86-64-v3.
build: packages
	@swift build -c release --product fitd

# One release build serves lint and every test. A warning in a source of this package fails it; the file is touched,
# so that the next build says it again.
build-tests: packages
	@mkdir -p .build
	swift build -c release --build-tests 2>&1 | tee .build/log
	if grep -E "^$(CURDIR)/(Sources|Tests)/[^:]+:[0-9]+:[0-9]+: warning:" .build/log > .build/warnings; then
	cut -d: -f1 .build/warnings | sort -u | xargs touch
	echo "$$(sort -u .build/warnings | wc -l) warnings" >&2
	exit 1
	fi

packages:
	@.ci/packages libssl-dev zlib1g-dev libsqlite3-dev curl python3

python: .venv/installed

# The dashboard is tried in a browser, and the server with other clients, where they are to be had.
browser:
	@.ci/packages chromium || echo "No Chromium here: the tests of the dashboard are skipped."
	.ci/packages wget nginx-light || echo "No wget or nginx here: the tests with them are skipped."
	.ci/packages qemu-user || echo "No qemu-user here: the tests on older processors are skipped."
	.ci/packages binutils || echo "No objdump here: the test of the vector units is skipped."
	.ci/packages caddy || echo "No Caddy here: the test with it is skipped."

.venv/installed: Tests/EndToEnd/requirements.txt
	@python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/packages python3-venv python3-pip
	python3 -m venv .venv
	for attempt in 1 2 3; do
	if $(PYTHON) -m pip install --quiet --disable-pip-version-check -r $<; then touch $@; exit; fi
	sleep $$((attempt * 10))
	done
	exit 1
