# `make help` says what there is: what stands behind `##` in a rule's line.
#
# On Debian and its relatives missing packages are installed through apt-get, with sudo where needed. Swift 6.3 must
# be there already.

.DEFAULT_GOAL := help
SHELL := /bin/bash

BUILD_PACKAGES := git ca-certificates pkg-config libcurl4-openssl-dev libcmark-gfm-dev libcmark-gfm-extensions-dev \
  libgumbo-dev libgmime-3.0-dev libsqlite3-dev libpq-dev
TEST_PACKAGES := openssl python3 python3-venv sqlite3
# Debian starts a server with this package, which the tests do not use: they start one of their own. So `make test` does
# not install it.
POSTGRES_PACKAGES := postgresql postgresql-client
# The same holds for Dovecot.
MAIL_PACKAGES := dovecot-imapd dovecot-pop3d
# The clock of one run, for the matrix of faults; a bare Debian, for the first evening; a mail server, for the circle.
ACCEPT_PACKAGES := faketime debootstrap postfix
# Postfix for its test server smtp-sink alone: it is installed without a configuration, so no service starts. Debian has
# one mail server at a time: where there is another, it would be removed.
BENCH_PACKAGES := postfix curl

SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT = $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get
# With the toolchain's static libraries at hand, the program runs on machines without Swift.
STATIC = $(shell libraries="$$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1_static/p')"; \
  [ -d "$$libraries" ] && echo --static-swift-stdlib)

# Linked without symbols: some 90 MB, not 150; after a strip step SwiftPM would link anew each time. No trace is lost, the
# hosts have no Swift to print one; `make build STRIP=` links the same addresses with their names, for a core file.
STRIP := -Xlinker -s

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
BOTH := SQLTests|ForumSourcesTests|LedgerTests|MembershipTests|JobsTests|BackupTests|WebTests

# $(call sanitized,SANITIZER,DIRECTORY): builds the tests with it in a directory of their own, and runs them on SQLite.
define sanitized
	@echo "== under the $(1) sanitizer"
	$(SANITIZING) swift build --build-tests --sanitize $(1) --scratch-path $(2)
	$(SANITIZING) swift test --skip-build --sanitize $(1) --scratch-path $(2) $(addprefix --filter ,$(ONLY))
endef
# XCTest's runner leaks, which fails clean suites; the backtracer can outlive what it reports on and hold its pipe.
SANITIZING := ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no

SWIFT_FILES := Package.swift Sources Tests Fuzz

# The modules whose readers and writers Fuzz/ tries, each behind those that it imports, built without SwiftPM: a file of
# theirs that needs a package is left out, and of Composition all but what reads posts.
FUZZ_MODULES := Time Identifiers Mistakes Text Mail DeliveryPolicy Curl Relay Mailboxes Inbound Composition
FUZZ_FOLDER_Composition := Composition/Markup
FUZZ_HARNESSES := $(patsubst Fuzz/%.swift,%,$(wildcard Fuzz/*.swift))
FUZZ_SHARED := $(wildcard Fuzz/Shared/*.swift) Tests/MailTests/Decoding.swift
FUZZ_SWIFTC = swiftc -O -g -use-ld=lld -sanitize=fuzzer,address -parse-as-library -swift-version 6 -package-name watchpost -warnings-as-errors \
  -I .build-fuzz $(addprefix -I ,$(wildcard Sources/C[A-Z]*) Sources/CGumbo/include) \
  $(addprefix -Xcc ,$(shell pkg-config --cflags-only-I gmime-3.0))
SECONDS := 60
FUZZED = $(or $(ONLY),$(FUZZ_HARNESSES))

.PHONY: help demo test build deps test-deps postgres-deps mail-deps accept-deps bench-deps lint fmt check-imports accept accept-quick \
  sanitize fuzz bench

help: ## this list
	@awk -F ':.* ## ' '/^[a-z-]+:.* ## / { printf "make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: build ## a forum of two weeks in six languages, mailed into a directory; nothing leaves this machine
	.build/release/watchpost demo

test: test-deps ## every test, those of the databases on PostgreSQL too, those of mailboxes on Dovecot, if installed
	swift build --build-tests
	swift test --skip-build
	@echo "== the same on PostgreSQL: $(BOTH)"
	Tests/with-postgres --or-skip swift test --skip-build --filter '$(BOTH)'

build: deps ## the program as it is installed: .build/release/watchpost
	swift build -c release $(STATIC) $(STRIP) --product watchpost

deps: ## install the packages that building needs
	$(call install,$(BUILD_PACKAGES))

test-deps: deps ## and those for the tests
	$(call install,$(TEST_PACKAGES))

postgres-deps: test-deps ## and PostgreSQL, for the tests on it
	$(call install,$(POSTGRES_PACKAGES))

mail-deps: test-deps ## and Dovecot, for the tests on it
	$(call install,$(MAIL_PACKAGES))

accept-deps: postgres-deps mail-deps ## and those for the acceptance
	$(call install,$(ACCEPT_PACKAGES))

bench-deps: postgres-deps ## and Postfix, for the benchmarks
	$(call install,$(BENCH_PACKAGES))

lint: ## formatting and style
	swift format lint --strict --recursive --parallel $(SWIFT_FILES)

fmt: ## formats the Swift files in place
	swift format --in-place --recursive --parallel $(SWIFT_FILES)

# SwiftPM says "Build complete!" even where this fails; its exit status tells.
check-imports: deps ## every module imports what Package.swift allows it, all of it and nothing else
	swift build --build-tests --explicit-target-dependency-import-check error
	python3 Tests/unused_dependencies.py

accept: accept-deps build ## django-machina, kills, several hosts, faults, a first evening: 25 minutes, needs PyPI
	python3 Tests/Acceptance/machina.py --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/machina.py --postgres --binary .build/release/watchpost
	python3 Tests/Acceptance/kill.py --binary .build/release/watchpost
	python3 Tests/Acceptance/kill_inbound.py --binary .build/release/watchpost
	POSTGRES_FSYNC=on Tests/with-postgres python3 Tests/Acceptance/hosts.py --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/failures.py --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/faults.py --binary .build/release/watchpost
	python3 Tests/Acceptance/first_evening.py --binary .build/release/watchpost
	python3 Tests/Acceptance/circle.py --binary .build/release/watchpost
	python3 Tests/Acceptance/markup_in_chromium.py --binary .build/release/watchpost

accept-quick: accept-deps build ## the same in small, in four minutes
	python3 Tests/Acceptance/machina.py --quick --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/machina.py --quick --postgres --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/hosts.py --kills 2 --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/failures.py --binary .build/release/watchpost
	Tests/with-postgres python3 Tests/Acceptance/faults.py --quick --binary .build/release/watchpost
	python3 Tests/Acceptance/circle.py --by pipe,imap --binary .build/release/watchpost

sanitize: test-deps ## the tests under AddressSanitizer, then under ThreadSanitizer; ONLY="MailTests SQLTests": those
	$(call sanitized,address,.build-asan)
	$(call sanitized,thread,.build-tsan)

fuzz: deps $(FUZZED:%=.build-fuzz/%) ## hostile input, SECONDS=60 for each harness; ONLY="address dialogue": those
	@for name in $(FUZZED); do Fuzz/run $$name $(SECONDS) || exit; done

.build-fuzz/modules: $(foreach module,$(FUZZ_MODULES),$(wildcard Sources/$(module)/*.swift Sources/$(module)/*/*.swift))
	@mkdir -p .build-fuzz
	clang -O2 -g -fsanitize=fuzzer-no-link,address -I Sources/CGumbo/include -c Sources/CGumbo/CGumbo.c -o .build-fuzz/CGumbo.o
	$(foreach module,$(FUZZ_MODULES),folder_$(module)=$(or $(FUZZ_FOLDER_$(module)),$(module));) \
	for module in $(FUZZ_MODULES); do \
	  eval folder=\$$folder_$$module; \
	  $(FUZZ_SWIFTC) -whole-module-optimization -enable-testing -module-name $$module \
	    -emit-module -emit-module-path .build-fuzz/$$module.swiftmodule \
	    -c $$(grep -LE '^import (Crypto|Tokens)$$' $$(find Sources/$$folder -name '*.swift')) -o .build-fuzz/$$module.o || exit 1; \
	done
	@touch $@

$(addprefix .build-fuzz/,$(FUZZ_HARNESSES)): .build-fuzz/%: Fuzz/%.swift $(FUZZ_SHARED) .build-fuzz/modules
	$(FUZZ_SWIFTC) -module-name Fuzz $(filter %.swift,$^) $(FUZZ_MODULES:%=.build-fuzz/%.o) .build-fuzz/CGumbo.o -o $@

bench: bench-deps build ## the figures in the README; ONLY="idle fan_out": those, QUICK=1, JSON=FILE; installs Postfix
	POSTGRES_FSYNC=on Tests/with-postgres \
	  python3 Benchmarks/bench.py $(if $(QUICK),--quick) $(if $(JSON),--json '$(JSON)') $(ONLY)
