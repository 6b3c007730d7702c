# make demo   sets everything up and runs the main job: prepare, train, test and infer on real encoded videos
# make demo-own   the four commands from labeled videos to a model and back, on footage drawn at run time
# make test   sets everything up and passes the tests
# make docs   builds the documentation in both languages into site/, where a broken link is an error
# make lint   ruff, and mypy against the stored count of type errors
# make coverage       the tests with the share of lines that they run
# make test-lowest    the tests with the lowest versions that pyproject.toml promises, in .venv-lowest
# make golden         records the numbers of tests/golden again
# make bench          the benchmarks, into benchmarks/results and docs/*/speed.md; PEER=PYTHON:ROOT compares with MMAction2
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
JOBS   ?= auto
LOWEST        := .venv-lowest
LOWEST_PYTHON ?= python3.10

# Tests and demos start many processes; without stored bytecode each one would compile the package.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo demo-own test coverage test-lowest golden docs site/en site/zh_cn lint format bench wheel clean

setup: $(STAMP)

$(STAMP): pyproject.toml setup.py constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[test,lint]'
	touch $(STAMP)

demo: setup
	$(BIN)/python demo/run_demo.py

demo-own: setup
	$(BIN)/python demo/own_videos/run.py

test: setup
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

coverage: setup
	$(BIN)/python -m pip install --quiet --constraint constraints.txt pytest-cov
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov mmaction --cov-report term:skip-covered

$(LOWEST)/.ready: pyproject.toml
	test -x $(LOWEST)/bin/python || $(LOWEST_PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet uv
	$(LOWEST)/bin/uv pip compile --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --extra test \
		--output-file $(LOWEST)/requirements.txt pyproject.toml
	$(LOWEST)/bin/python -m pip install --quiet --requirement $(LOWEST)/requirements.txt
	touch $(LOWEST)/.ready

# The checkout is on the path instead of installed, so that the metadata of make setup stays.
test-lowest: setup $(LOWEST)/.ready
	PYTHONPATH=. $(LOWEST)/bin/python -m pytest -n $(JOBS) --dist worksteal

golden: setup
	for script in tests/regen/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[docs]'
	touch $(VENV)/.docs

docs: $(VENV)/.docs
	$(BIN)/python docs/site/zoo.py
	$(MAKE) --jobs 2 site/en site/zh_cn
	@echo 'The documentation is in site/index.html.'

# The theme prints an advertisement unless the variable is set.
site/en site/zh_cn: site/%: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file docs/site/mkdocs.$*.yml

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python .ci/types

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	PYTHONPATH=. $(BIN)/python benchmarks/run.py $(if $(PEER),--peer $(PEER)) $(if $(WORK),--work $(WORK)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(NOTE),--note '$(NOTE)')

wheel: setup
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf build dist site .coverage *.egg-info demo_out work_dirs browse_out
