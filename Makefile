# The commands that people repeat. `make help` lists them.

# Debian's own Python with its packages (pika, psycopg2 …), and beside them the tests' few from PyPI.
PYTHON ?= $(CURDIR)/.build/python/bin/python
SWIFT ?= swift
SWIFT_SOURCES = Package.swift Sources Tests Plugins Benchmarks/HotPath

export PYTHONDONTWRITEBYTECODE = 1
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help packages setup build release demo test unit integration chaos rabbitmq4 fuzz sanitize reference format lint bench hot-path container-test deb package-test documents

help: ## lists these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## installs the Debian packages that are missing; asks on a terminal
	@scripts/setup

setup: packages ## the same, and the tests' Python with its packages from PyPI; in .build/python
	@scripts/python-environment

build: packages ## builds notifyd: .build/debug/notifyd
	@$(SWIFT) build --product notifyd

release: packages ## builds what is installed, optimised, Swift's runtime in it: .build/release/notifyd
	@$(SWIFT) build -c release --static-swift-stdlib --product notifyd

deb: packages release ## makes a Debian package of that, and asks lintian: .build/notifyd_VERSION_amd64.deb
	@scripts/setup scripts/packages-deb.txt
	@scripts/deb

demo: setup build ## real events through a private RabbitMQ and Postgres into emails, SMS, audit rows and a trace
	@$(PYTHON) demo/demo.py

test: setup ## everything: installs what is missing, builds, unit and integration tests
	@$(SWIFT) build --build-tests
	@$(PYTHON) scripts/test.py

unit: packages ## the tests that need no server
	@$(SWIFT) test

integration: setup build ## the integration tests alone; ARGS="-k poison" goes to pytest
	@$(PYTHON) scripts/test.py integration -- $(ARGS)

chaos: setup build ## random faults around known events, then an exact comparison; ROUNDS=100, SEED=1, RABBITMQ=4
	@PYTHONPATH=Tests/Integration $(PYTHON) -m chaos $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) $(if $(DECK),--deck $(DECK)) \
		$(if $(EVENTS),--events $(EVENTS)) $(if $(filter 4,$(RABBITMQ)),--rabbitmq4)

rabbitmq4: ## prepares RabbitMQ 4 for the tests, from Debian 13: needs root's rights and a minute; in .build
	@scripts/rabbitmq4 $(NOTIFYD_TEST_RABBITMQ4)

bench: setup release ## beside peers in Go, Python and C: SCENARIO="drain start" ROUNDS=5 EVENTS=50000 PEERS=go,limit ARGS=--million
	@scripts/setup Benchmarks/packages.txt
	@scripts/python-environment .build/bench/python Benchmarks/requirements.txt
	@PYTHONPATH=Tests/Integration:Benchmarks $(PYTHON) -m bench $(SCENARIO) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(EVENTS),--events $(EVENTS)) $(if $(PEERS),--peers $(PEERS)) $(ARGS)

hot-path: packages ## each step of an event's way alone: its time and its allocations; ARGS="--filter decode" goes to the library
	@NOTIFYD_HOT_PATH=1 $(SWIFT) package --scratch-path .build/hot-path benchmark --no-progress --format markdown $(ARGS)

container-test: setup ## builds the Dockerfile and runs docker-compose.yml by podman, without a registry; as root
	@NOTIFYD_TEST_CONTAINERS=1 NOTIFYD_TEST_CONTAINER_PROGRAM=$(PROGRAM) \
		$(PYTHON) -m pytest -p no:cacheprovider --tb=short -v Tests/Integration/test_containers.py $(ARGS)

package-test: setup deb ## installs, boots, upgrades and purges the Debian package in a Debian of its own; as root
	@scripts/debian12 $(NOTIFYD_TEST_DEBIAN12)
	@$(PYTHON) scripts/test.py integration -- -k test_package -rs $(ARGS)

fuzz: setup ## ten million hostile inputs for what reads bytes from outside; INPUTS=100000 SEED=2 are less and others
	@$(PYTHON) scripts/fuzz --inputs $(or $(INPUTS),10000000) --seed $(or $(SEED),1) $(ARGS)

sanitize: setup ## the Swift tests under Address- and ThreadSanitizer; ARGS="address --filter Broker" is a part of it
	@$(PYTHON) scripts/sanitize $(ARGS)

reference: setup build ## writes docs/commands.md from what notifyd --help says
	@$(PYTHON) scripts/commands-reference

documents: build ## writes the example configuration and the tables of keys in docs/configuration.md
	@$(PYTHON) scripts/configuration-documents .build/debug/notifyd

format: ## formats the Swift sources in place
	@$(SWIFT) format --in-place --parallel --recursive $(SWIFT_SOURCES)

lint: ## checks their format
	@$(SWIFT) format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	@echo "lint: nothing to say"
