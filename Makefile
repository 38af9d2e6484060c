# What a person types. Each target installs what it lacks (scripts/bootstrap), so `make run` and `make test` work
# on a fresh Debian 12 with Swift 6.3.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: run build test test-swift test-e2e simulate mutants soak sanitize fuzz lint format generate deb test-package test-systemd docs clean help bench bench-check

JOBS ?= $(shell nproc)
RECORDS ?= 100000
SEEDS ?= 100000
MINUTES ?= 10
export PATH := $(PATH):/opt/swift/usr/bin
export MILLRACE_BINARY ?= $(CURDIR)/.build/release/millrace

# A real Kafka broker and other programs for the tests, where they stand beside the repository.
ifneq ($(wildcard ../shared/kafka/kafka),)
export MILLRACE_KAFKA_HOME ?= $(abspath ../shared/kafka)
endif
ifneq ($(wildcard ../shared/tools/tool),)
export MILLRACE_TOOLS_HOME ?= $(abspath ../shared/tools)
endif

run: build ## The main job on the embedded broker: RECORDS=100000 records, then a summary whose books balance
	.build/release/millrace demo --records $(RECORDS)

build: ## The release binary, .build/release/millrace
	scripts/bootstrap
	swift build -c release --static-swift-stdlib -j $(JOBS) --product millrace

test: ## All tests: Swift, then the Python checkers against the release binary; ends with the count
	scripts/bootstrap --tests
	scripts/test $(if $(COUNTS),--counts $(COUNTS))

test-swift: ## The Swift tests alone
	scripts/bootstrap --tests
	scripts/test --swift

test-e2e: ## The Python checkers alone, against the release binary
	scripts/bootstrap --tests
	scripts/test --e2e

simulate: ## The engine's state machines in SEEDS=100000 simulated worlds, on all cores
	scripts/simulate --seeds $(SEEDS)

mutants: ## Takes away one guard at a time and shows which suite notices
	scripts/mutants

soak: ## Kills, broker faults, cut connections and full disks for MINUTES=10 on two real brokers, judged at the end
	scripts/soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

sanitize: ## Suites under the address and the thread sanitizer
	scripts/sanitize

fuzz: ## Looks for inputs that break what reads config, base64, JSON and dead letters, for MINUTES=10
	scripts/fuzz --minutes $(MINUTES)

bench: ## Measures: single parts, the worker beside the C loop on a real and the embedded broker, counts; see scripts/bench --help
	scripts/bench

bench-check: ## Instructions, allocations and retains a record against Benchmarks/thresholds.json; fails where they grew
	scripts/bench check

lint: ## Fails on any departure from the style
	scripts/lint

format: ## Formats the Swift sources in place
	swift format --in-place --recursive Sources Tests Examples/Sources Examples/Package.swift Package.swift

generate: ## Reference config, key and metrics pages in place; completions and man pages in .build/share, laid out as /usr/share
	swift build -j $(JOBS) --product MillraceGenerator
	.build/debug/MillraceGenerator .build/share
	cp .build/share/doc/millrace/reference.yaml config/reference.yaml
	cp .build/share/doc/millrace/configuration.md docs/configuration.md
	cp .build/share/doc/millrace/metrics.md docs/metrics.md

deb: build ## The Debian package and a tarball, in .build/package
	swift build -c release --static-swift-stdlib -j $(JOBS) --product MillraceGenerator
	scripts/deb

test-package: deb ## Installs package and tarball in a fresh Debian, uses them, upgrades and purges (as root; half a minute)
	scripts/test-package

test-systemd: deb ## Runs the package's service under a real systemd with a real broker (as root; about 6 minutes)
	scripts/bootstrap --tests
	scripts/test-systemd

docs: ## The reference of the public targets by DocC, in .build/docs; fails on a warning
	scripts/docs

clean: ## Removes what was built; the Python environment in .cache stays
	rm -rf .build Examples/.build

help: ## This list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "make %-12s %s\n", $$1, $$2 }'
