# make demo: set up from nothing, run the examples and one broken consumer.
# make test: set up from nothing, run all that CI runs.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then echo $$p; break; fi; done)
VENV ?= .venv
DEMO ?= .venv-demo
# Two workers: the suite is small, most machines have more.
WORKERS ?= 2

.PHONY: demo test lint types tests clean

demo: $(DEMO)/installed
	@echo
	@echo "== examples/: the suite of a product on Studio, its Flow among what is tested, and how much of it =="
	@cd examples && ../$(DEMO)/bin/python -m pytest -v -p no:cacheprovider --studio-flow-cov=term
	@echo
	@echo "== examples/broken/: the same product with three everyday bugs; what a failure report adds =="
	@cd examples && ../$(DEMO)/bin/python -m pytest --tb=short -p no:cacheprovider \
		-o norecursedirs= broken; test $$? -eq 1
	@echo "== the three failures above are meant: demo done =="

test: lint types tests

lint: $(VENV)/installed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/installed
	$(VENV)/bin/mypy --strict src

tests: $(VENV)/installed
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadgroup

$(VENV)/installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(DEMO)/installed: pyproject.toml $(shell find src schemas -name '*.py' -o -name '*.json')
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall '.[twilio,flow]'
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) dist build .pytest_cache .mypy_cache .ruff_cache
