# What people and CI run. GNU make 3.81, which macOS ships, is enough.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

# Where tests leave JUnit XML, one file a suite; none unless asked.
junit = $(if $(REPORTS),--junitxml=$(REPORTS)/$(1).xml)
installed := .venv/.installed
# Most tests wait for processes and timers: on two cores four of them at once are half as long as two.
workers := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 8 || echo $$((n * 2)))

.PHONY: help setup demo up drill test lint types unit soak chart deploy-check bench bench-doc scale image image-test e2e package push release-test tools lock clean

help: ## list these
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(installed) ## make .venv from the hash-locked requirements (the others do it when they must)
demo: $(installed) ## two Regions on this machine: a table, users, a failover; under a minute
	.venv/bin/rehearsal demo $(ARGS)
drill: $(installed) ## a disaster under load, and what it cost: SCENARIO= OUT= (ARGS="--rate 50")
	.venv/bin/rehearsal drill $(or $(SCENARIO),region-outage) --out $(or $(OUT),out/$(or $(SCENARIO),region-outage)) $(ARGS)
up: $(installed) ## the two-Region world, serving until Ctrl-C
	.venv/bin/rehearsal up $(ARGS)

test: lint types unit chart deploy-check ## everything that needs no cluster
lint: $(installed) ## ruff: rules and format
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
types: $(installed) ## mypy --strict
	.venv/bin/mypy
	.venv/bin/mypy ci/tally.py ci/image bench/__main__.py
unit: $(installed) ## unit, contract and rehearsal tests (ARGS="-k name" for some)
	.venv/bin/pytest -n $(workers) --dist worksteal $(call junit,unit) tests/unit tests/contract tests/rehearsal tests/simulation $(ARGS)
soak: $(installed) ## simulated disasters, as many as you like (ARGS="--histories 100000")
	.venv/bin/python -m tests.simulation $(ARGS)
chart: $(installed) ## lint, schemas, unit tests, golden renders, policies of the chart
	PYTHON=.venv/bin/python ci/chart/check
deploy-check: $(installed) ## schemas and linters of deploy/ and the workflows
	PYTHON=.venv/bin/python ci/deploy/check

bench: $(installed) ## the service beside its peers, on one DynamoDB Local: a quarter of an hour (ARGS=--quick)
	.venv/bin/python -m bench $(ARGS)
bench-doc: $(installed) ## write what the last bench measured into docs/performance.md
	.venv/bin/python -m bench --doc docs/performance.md

scale: $(installed) ## an evacuation at 100,000 requests a second, simulated, and what two Regions cost (ARGS="--doc docs/scale.md")
	.venv/bin/python -m bench.scale $(ARGS)

image: ## build the image with docker, podman or buildah (IMAGE= TAG= BASE= PLATFORM=)
	ci/image/build
image-test: $(installed) ## run the built image as Kubernetes would, and measure it
	.venv/bin/pytest $(call junit,image) tests/image $(ARGS)

e2e: $(installed) ## install, roll out, sync and lose a Region on a real Kubernetes (E2E_KUBECONFIG= E2E_SKIP= E2E_KEEP=1)
	.venv/bin/pytest $(call junit,e2e) tests/e2e $(ARGS)

package: ## the release's files, in dist/: chart, SBOMs, deploy/arc's function (after make image)
	ci/release/package
push: ## push image and chart to REGISTRY=, the chart with that image pinned
	ci/release/push $(REGISTRY)
release-test: $(installed) ## package, push to a registry of one's own, pull, compare (needs docker-registry)
	.venv/bin/pytest $(call junit,release) tests/release $(ARGS)

tools: ## build helm and its like from pinned Go modules, once, into a cache
	ci/tools/build $(notdir $(patsubst %/go.mod,%,$(wildcard ci/tools/*/go.mod)))
lock: $(installed) ## recompile requirements*.txt from pyproject.toml
	ci/lock
clean: ## remove what these made in the checkout
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist out

# Two stamps: a new lock makes .venv anew, a changed pyproject.toml only its entry points.
.venv/.locked: requirements-dev.txt ci/setup
	@ci/setup
	@touch $@
$(installed): .venv/.locked pyproject.toml rehearsal/pyproject.toml
	@.venv/bin/pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation -e . -e ./rehearsal
	@touch $@
