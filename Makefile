# make demo and make test set up everything themselves; a second call starts at once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AXE := $(VENV)/axe/node_modules/axe-core

.PHONY: demo test browser test-slow redteam lint bench bench-peers pictures docs walk verify release clean

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "hw1 needs Python 3.11 to 3.13; name one with make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(READY)
	$(BIN)/hw1 demo

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow -n 2 --dist loadfile --no-loadscope-reorder

# What the tests of pages need beside the package; they are skipped without it.
browser: $(READY)
	command -v chromium || { apt-get update -qq && apt-get install -y -qq chromium; } || echo "chromium is not installed"
	test -d $(AXE) || npm install --silent --no-save --no-package-lock --prefix $(VENV)/axe axe-core@4 || echo "axe-core is not installed"

redteam: $(READY)
	$(BIN)/python -m tests.hostile.redteam

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/isolation.py
	$(BIN)/python benchmarks/cohort.py --write
	$(BIN)/python benchmarks/grouping.py --write
	$(BIN)/python benchmarks/class_page.py --write
	$(BIN)/python benchmarks/watch.py --write
	$(BIN)/python benchmarks/feedback_page.py --write

bench-peers: $(READY)
	$(BIN)/python benchmarks/peers/run.py --write

# Of the terminal and of staff's pages, into docs/pictures/; needs what `make browser` brings.
pictures: $(READY)
	$(BIN)/python benchmarks/pictures.py

# The site, into site/; the variable keeps the theme's own news out of the output.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# docs/walk.md: a walk through the homework, with what hw1 check really says.
walk: $(READY)
	$(BIN)/python benchmarks/walk.py

verify: $(READY)
	$(BIN)/hw1 verify
	$(BIN)/hw1 --homework examples/hw2 verify

release: $(READY)
	$(BIN)/hw1 release
	$(BIN)/hw1 --homework examples/hw2 release

clean:
	rm -rf $(VENV) build dist site demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
