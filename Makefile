# LifeLane. Two commands matter: `make run` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test check lint types imports bench wheel constraints synth clips suite data release-model clean

PYTHON ?= $(shell for v in 3.11 3.12 3.13; do command -v python$$v && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Blender as a Python module is made for Python 3.11 only, and nothing else here needs it.
SYNTH_PYTHON ?= python3.11
SYNTH        := .venv-synth
# What `make data` reads and how many scenes it renders.
SHARED       ?= ../shared
STILLS       ?= 4000
# Nothing that LifeLane uses reports home, and nothing is fetched once it is set up.
export YOLO_OFFLINE := true
export YOLO_AUTOINSTALL := false
export DO_NOT_TRACK := 1

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "LifeLane needs Python 3.11, 3.12 or 3.13: install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(STAMP)-run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@sh .ci/system-packages run
	@echo "installing what LifeLane needs to run (about 900 MB, a minute or two) ..."
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(STAMP)-test: pyproject.toml constraints.txt $(STAMP)-run
	@sh .ci/system-packages test
	@echo "installing what the tests need, torch among it (about 6 GB) ..."
	@$(PIP) install --constraint constraints.txt --editable ".[train,postgres,mqtt,modbus,oidc,s3,docs,dev]"
	@touch $@

setup: $(STAMP)-run  ## .venv with what LifeLane needs to run
setup-test: $(STAMP)-test  ## .venv with what the tests need as well

run: setup  ## set up, then LifeLane at work on a demo site: cameras, incident API, desk
	@$(BIN)/lifelane demo $(ARGS)

test: setup-test  ## set up, then all tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

lint: setup-test  ## ruff, format included
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup-test  ## mypy, strict
	@$(BIN)/mypy

imports: setup-test  ## import rules between the rooms
	@$(BIN)/lint-imports

check: lint types imports test  ## everything that must be green: lint, types, import rules, tests

bench: setup  ## what LifeLane costs on this machine
	@$(BIN)/lifelane bench streams $(ARGS)
	@$(BIN)/lifelane bench service

wheel: setup-test  ## the wheel, in dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null && ls dist/*.whl

$(SYNTH)/.installed:
	@$(SYNTH_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { echo "the scene generator needs Python 3.11 (bpy 5.0.1 is built for no other), and \"$(SYNTH_PYTHON)\" is not one: install it, or name it: make SYNTH_PYTHON=/path/to/python3.11 ..." >&2; exit 2; }
	@test -x $(SYNTH)/bin/python || $(SYNTH_PYTHON) -m venv $(SYNTH)
	@echo "installing Blender as a Python module (about 1.3 GB) ..."
	@$(SYNTH)/bin/python -m pip --disable-pip-version-check --quiet install bpy==5.0.1 opencv-python==4.11.0.86 av==18.1.0
	@touch $@

synth: $(SYNTH)/.installed  ## labelled scenes for training, in .cache/synth/stills (ARGS="--count 500 --seed-from 0")
	@$(SYNTH)/bin/python datasets/synth/render.py --out .cache/synth/stills --jobs $$(getconf _NPROCESSORS_ONLN) $(ARGS)

clips: $(SYNTH)/.installed  ## the demo clips of datasets/clips again (ARGS="--only lift")
	@$(SYNTH)/bin/python datasets/synth/clips.py $(ARGS)

release-model: setup-test  ## release CANDIDATE=x.pt as VERSION=a.b.c, unless it is worse (ARGS="--check-only")
	@test -n "$(CANDIDATE)" -a -n "$(VERSION)" || { echo "which one? make release-model CANDIDATE=models/runs/.../mixed.pt VERSION=0.2.0" >&2; exit 2; }
	@$(BIN)/python models/release.py $(CANDIDATE) --version $(VERSION) $(ARGS)

suite: $(SYNTH)/.installed  ## the rendered event suite, in .cache/suite (ARGS="--only lift-a lane-a")
	@$(SYNTH)/bin/python datasets/synth/suite.py $(ARGS)

data: $(SYNTH)/.installed setup-test  ## everything that models learn from: real sets, stills, suite, checks
	@$(BIN)/python datasets/build.py --shared $(SHARED)
	@$(BIN)/python datasets/check.py
	@$(SYNTH)/bin/python datasets/synth/render.py --out .cache/synth/stills --jobs $$(getconf _NPROCESSORS_ONLN) --count $(STILLS)
	@$(SYNTH)/bin/python datasets/synth/render.py --out .cache/synth/unseen --jobs $$(getconf _NPROCESSORS_ONLN) --seed-from 90000 --count 200
	@$(BIN)/python datasets/synth/sheet.py --stills .cache/synth/stills --out .cache/synth/sheets
	@$(SYNTH)/bin/python datasets/synth/suite.py

constraints: setup-test  ## renew constraints.txt from pyproject.toml (needs uv)
	@{ sed -n '1,/^# Made/p' constraints.txt; uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-header --no-annotate --quiet; } > constraints.new
	@mv constraints.new constraints.txt

clean:  ## remove the virtual environment, caches and the demo's data
	@rm -rf $(VENV) .venv-synth .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build htmlcov .coverage lifelane-data
