# make demo: set up from nothing, run the examples, and what four bugs look like.
# make test: set up from nothing, run what each change has to pass: lint, types, docs and the suite, on one Python. The
# workflows in .github/ run more: other Pythons and systems, oldest libraries, none, coverage. `nox -l` lists that.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then echo $$p; break; fi; done)
VENV ?= .venv
DEMO ?= .venv-demo
# Two workers: the suite is small, most machines have more.
WORKERS ?= 2

.PHONY: demo test lint types docs tests clean

demo: $(DEMO)/installed
	@echo
	@echo "== examples/: a product on Twilio Studio, its suite, and how much of its Flow that went through =="
	@cd examples && ../$(DEMO)/bin/python -m pytest -v -W error -p no:cacheprovider --studio-flow-cov=html:flowcov
	@echo
	@echo "== examples/broken/: four everyday bugs; what a failure report adds =="
	@cd examples && ../$(DEMO)/bin/python -m pytest --tb=short -p no:cacheprovider \
		-o norecursedirs= broken; test $$? -eq 1
	@echo "== the four failures above are meant. The Flow, drawn: examples/flowcov/index.html. Demo done. =="

test: $(VENV)/installed
	@$(MAKE) --no-print-directory -j2 lint types docs
	@$(MAKE) --no-print-directory tests

lint: $(VENV)/installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/installed
	$(VENV)/bin/mypy --strict src

# The site, in site/: open site/index.html. Warnings are errors; links and anchors are followed. Its search works only
# where a server shows it, such as that of `.venv/bin/mkdocs serve`.
docs: $(VENV)/installed
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict

tests: $(VENV)/installed
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist worksteal

$(VENV)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(DEMO)/installed: pyproject.toml examples/requirements.txt $(shell find src schemas -name '*.py' -o -name '*.json')
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile . -r examples/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) dist build site examples/flowcov .pytest_cache .mypy_cache .ruff_cache
