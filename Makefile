# Targets with a "##" are shown by `make help`.
#
# FS_PREFIX=/path   the FreeSWITCH to build against and install into (default: what pkg-config or the default prefix says)
# PREFIXES="/a /b"  the FreeSWITCHes that `test-lines` tests with; TESTS="--test life" for a part of the suite
# SEEDS=n FIRST=n  how many stories `simulate` plays, and from which seed on
# DESTDIR=/path     put before every path that `install` writes

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
RELEASE := $(or $(CARGO_TARGET_DIR),target)/release
MODULE := $(RELEASE)/mod_callpark.so

# How the live suite is asked whether there is a switch to test with: it prints its path.
WHERE := $(CARGO) run -q -p callpark-live --bin where

SEEDS ?= 20000
FIRST ?= 1

.PHONY: help setup build test test-live test-lines guarantees simulate bench bench-live soak check demo install uninstall clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## install the Debian packages that are missing, for building and for testing
	@tools/setup

build: ## the module, as target/release/mod_callpark.so
	$(CARGO) build --release -p mod_callpark
	@# A new inode by rename: a switch that has the old file open keeps it, and loads the new one anew.
	@cp $(RELEASE)/libmod_callpark.so $(MODULE).$$$$ && mv -f $(MODULE).$$$$ $(MODULE)

test: setup build ## all tests; those against a real FreeSWITCH where one is installed
	$(CARGO) test --no-fail-fast --workspace --exclude callpark-live
	@$(CARGO) build -q -p callpark-live
	@if $(WHERE) >/dev/null 2>&1; then $(MAKE) test-live; else echo 'live suite: skipped, no FreeSWITCH installed'; fi

test-live: setup build ## the tests against a real FreeSWITCH; fails where none is installed
	@$(CARGO) build -q -p callpark-live
	@$(WHERE) || { echo 'live suite: no FreeSWITCH installed (set FS_PREFIX)' >&2; exit 1; }
	@tools/test-live

# The module is made once, without anybody's headers: what is tested on all of them is the same file.
test-lines: setup ## PREFIXES="/a /b": one module, made with the bundled header, and the live suite on each of these FreeSWITCHes
	@[ -n "$(PREFIXES)" ] || { echo 'test-lines: set PREFIXES' >&2; exit 1; }
	CALLPARK_BUNDLED_HEADERS=1 $(CARGO) build --release -p mod_callpark --target-dir target/bundled
	@sha256sum target/bundled/release/libmod_callpark.so
	@for prefix in $(PREFIXES); do \
		echo "test-lines: $$prefix"; \
		export FS_PREFIX=$$prefix; \
		$(CARGO) test -p freeswitch-sys || exit 1; \
		CALLPARK_SO=$(CURDIR)/target/bundled/release/libmod_callpark.so tools/test-live $(TESTS) || exit 1; \
	done

simulate: setup build ## SEEDS=20000 stories on the stand-in, each from a seed; one that fails is printed with its seed
	@$(CARGO) build -q --release -p callpark-standin --bin simulate
	@$(RELEASE)/simulate $(SEEDS) $(FIRST)

guarantees: setup build ## what must hold however the moments fall: 1,000 races and more, counted on a real FreeSWITCH
	CALLPARK_PAIRS=$(or $(CALLPARK_PAIRS),1000) CALLPARK_STEP_MS=$(or $(CALLPARK_STEP_MS),5) \
		$(CARGO) test -p callpark-live --test guarantees --test sweeps -- --test-threads=1 --nocapture

bench: setup ## how fast slots are taken and freed, and lists written: ratios and medians, each against its limit
	$(CARGO) bench -p callpark-bench --bench slots --bench list

bench-live: setup build ## on a real FreeSWITCH: how soon 500 phones ring, and what a held call costs, against mod_valet_parking
	$(CARGO) bench -p callpark-bench --bench ringing --bench hold --bench carry --bench memory --bench connect

soak: setup build ## an hour on a real FreeSWITCH with the shared engine, five parks a second: does anything grow?
	$(CARGO) bench -p callpark-bench --bench soak

check: setup ## format, lints and documentation, as CI wants them
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps --workspace
	@tools/check-conf

demo: setup build ## park, retrieve and return a call, on a real FreeSWITCH or else on the stand-in
	@$(CARGO) build -q -p callpark-live -p callpark-standin
	@if switch=$$($(WHERE) 2>/dev/null); then \
		echo "demo: on the FreeSWITCH that is installed ($$switch)"; \
		$(CARGO) run -q -p callpark-live --bin live_demo; \
	else \
		echo 'demo: no FreeSWITCH installed, on the stand-in switch'; \
		$(CARGO) run -q -p callpark-standin --bin demo; \
	fi

install: ## the built module, and sample files where there are none yet
	@tools/install $(MODULE)

uninstall: ## remove the module; configuration stays
	@tools/install --remove

clean: ## remove what was built
	$(CARGO) clean
