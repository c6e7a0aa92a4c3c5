# make demo                     set up, then the whole chain from novels to a story
# make demo NOVELS=~/novels     the same with your own novels
# make test                     all tests but the slow ones; CI=1 make test runs those too
# make coverage                 the same tests, and what they cover by part
# make lint / format / hooks / proto / clean

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PAGE_TYPES := tests/client/web/types
PIP_INSTALL := $(RUN) -m pip install --disable-pip-version-check --no-compile -c constraints.txt

# If set, every start would compile TensorFlow's modules again: a quarter of a minute.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test coverage lint lint-page format hooks proto clean

demo: $(VENV)/installed
	@$(RUN) examples/demo.py $(if $(NOVELS),--novels "$(NOVELS)")

TESTS := -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/installed-dev
	$(RUN) -m pytest $(TESTS)

coverage: $(VENV)/installed-dev
	$(RUN) -m pytest $(TESTS) --cov --cov-report=
	@$(RUN) -m tests.coverage_by_part

lint: $(VENV)/installed-dev lint-page
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

# Types of the page's JavaScript. Without npm they are skipped with a notice; on CI that is an error.
lint-page:
	@if command -v npm >/dev/null; then $(MAKE) -s $(PAGE_TYPES)/node_modules/.package-lock.json && npm --prefix $(PAGE_TYPES) run -s check; \
	else echo "The page's JavaScript was not checked: npm is missing (on Debian: apt install npm)."; \
		test -z "$$CI"; fi

$(PAGE_TYPES)/node_modules/.package-lock.json: $(PAGE_TYPES)/package-lock.json
	npm --prefix $(PAGE_TYPES) ci --no-audit --no-fund
	@touch $@

format: $(VENV)/installed-dev
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

hooks: $(VENV)/installed-dev
	$(RUN) -m pre_commit install

# The client's gRPC messages, from its own subset of TensorFlow Serving's.
proto: $(VENV)/installed-dev
	$(RUN) -m grpc_tools.protoc -I. --python_out=. --pyi_out=. client/remote/predict.proto

clean:
	rm -rf $(VENV) demo build dist *.egg-info .coverage*

$(VENV)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Soseol needs Python 3.11 to 3.13; name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Python cannot make a virtual environment; on Debian: apt install python3-venv"; \
		rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/installed: $(VENV)/pip setup.py constraints.txt
	@echo "Installing what Soseol needs into $(VENV) (about 2 GB, one to three minutes) ..."
	@$(PIP_INSTALL) -q -e ".[all]"
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@$(PIP_INSTALL) -q -e ".[all,dev]"
	@touch $@
