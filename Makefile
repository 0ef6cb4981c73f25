# make demo    builds Watchpost and shows it at work on this machine, sending nothing to anybody
# make test    builds and runs every test
# make help    the rest
#
# On Debian and its relatives missing packages are installed through apt-get, with sudo where needed. Swift 6.3 must
# be there already.

.DEFAULT_GOAL := help
SHELL := /bin/bash

BUILD_PACKAGES := git ca-certificates pkg-config libcurl4-openssl-dev libcmark-gfm-dev libcmark-gfm-extensions-dev \
  libxml2-dev libsqlite3-dev libpq-dev
TEST_PACKAGES := openssl python3 python3-venv
# Debian starts a server with this package, which the tests do not use: they start one of their own. So `make test` does
# not install it.
POSTGRES_PACKAGES := postgresql postgresql-client
# Postfix for its test server smtp-sink alone: it is installed without a configuration, so no service starts. Debian has
# one mail server at a time: where there is another, it would be removed.
BENCH_PACKAGES := postfix curl

SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT = $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get
# With the toolchain's static libraries at hand, the program runs on machines without Swift.
STATIC = $(shell libraries="$$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1_static/p')"; \
  [ -d "$$libraries" ] && echo --static-swift-stdlib)

# $(call install,PACKAGES): installs those that are missing.
define install
	@missing=; \
	for package in $(1); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [[ "$$missing" == *postfix* ]]; then \
	  other=$$(dpkg-query -W -f '$${Status} $${Package} $${Provides}\n' 2>/dev/null \
	    | sed -n 's/^install ok installed \([^ ]*\) .*mail-transport-agent.*/\1/p'); \
	  if [ -n "$$other" ]; then \
	    echo "This needs Postfix, which would replace $$other, this machine's mail server: use another machine." >&2; \
	    exit 1; \
	  fi; \
	fi; \
	if ! command -v apt-get >/dev/null; then \
	  echo "These Debian packages or their equivalents are needed:$$missing" >&2; exit 1; \
	fi; \
	echo "Installing:$$missing"; \
	if [[ "$$missing" == *postfix* ]] && command -v debconf-set-selections >/dev/null; then \
	  echo "postfix postfix/main_mailer_type select No configuration" | $(SUDO) debconf-set-selections; \
	fi; \
	$(APT) update -qq </dev/null && $(APT) install -qq -y --no-install-recommends $$missing </dev/null >/dev/null
endef

# What holds on SQLite and on PostgreSQL alike.
BOTH := SQLTests|ForumSourcesTests|LedgerTests|JobsTests

.PHONY: help deps test-deps postgres-deps bench-deps build demo test accept accept-quick lint check-imports bench

help:
	@echo "make demo            build, then a forum of two weeks in six languages, mailed into a directory"
	@echo "make test            build and run every test, those of the databases on PostgreSQL too if it is installed"
	@echo "make build           the program as it is installed: .build/release/watchpost"
	@echo "make deps            install the packages that building needs; test-deps, postgres-deps, bench-deps: those for"
	@echo "                     tests, for tests on PostgreSQL, for benchmarks"
	@echo "make lint            formatting and style"
	@echo "make check-imports   every module imports only what Package.swift allows it"
	@echo "make accept          an independent count against a real django-machina on both databases, 200 kills, several"
	@echo "                     hosts on one PostgreSQL; needs PyPI, 20 minutes, and installs PostgreSQL"
	@echo "make accept-quick    the same with a small forum and few kills, in three minutes"
	@echo "make bench           the figures in the README; takes a while, and installs Postfix"

deps:
	$(call install,$(BUILD_PACKAGES))

test-deps: deps
	$(call install,$(TEST_PACKAGES))

postgres-deps: test-deps
	$(call install,$(POSTGRES_PACKAGES))

bench-deps: postgres-deps
	$(call install,$(BENCH_PACKAGES))

build: deps
	swift build -c release $(STATIC) --product watchpost

demo: build
	.build/release/watchpost demo

test: test-deps
	swift build --build-tests
	swift test --skip-build
	@echo "== the same on PostgreSQL: $(BOTH)"
	Tests/with-postgres --or-skip swift test --skip-build --filter '$(BOTH)'

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

# SwiftPM says "Build complete!" even where this fails; its exit status tells.
check-imports: deps
	swift build --build-tests --explicit-target-dependency-import-check error

accept-quick: postgres-deps build
	python3 Tests/Acceptance/machina.py --quick --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/machina.py --quick --postgres --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/hosts.py --kills 2 --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/failures.py --binary .build/release/watchpost

accept: postgres-deps build
	python3 Tests/Acceptance/machina.py --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/machina.py --postgres --binary .build/release/watchpost
	python3 Tests/Acceptance/kill.py --binary .build/release/watchpost
	POSTGRES_FSYNC=on Tests/with-postgres python3 Tests/Acceptance/hosts.py --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/failures.py --binary .build/release/watchpost

bench: bench-deps build
	POSTGRES_FSYNC=on Tests/with-postgres python3 Benchmarks/bench.py
