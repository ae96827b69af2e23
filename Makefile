# make demo    set up, index the sample pictures, search them, open the window
# make test    set up, check the code, run every test
# make test-convert   the conversion from Keras and PyTorch, with these installed (2 GB)
# make test-train     the training of models, with PyTorch installed (2 GB)
# make bench   measure it, beside others (docs/performance.md)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
SAMPLE := resources/samples/altered

.PHONY: demo test test-convert test-train check format screenshots bench wheel clean

demo: $(VENV)/installed
	$(BIN)/image-finder index --home $(DEMO) resources/samples
	$(BIN)/image-finder search --home $(DEMO) --top 8 "$$(ls $(SAMPLE)/*--crop.jpg | head -n 1)"
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
	    $(BIN)/image-finder --home $(DEMO); \
	else \
	    echo; \
	    echo "There is no display here. On a desktop this opens the window:"; \
	    echo "    $(BIN)/image-finder --home $(DEMO)"; \
	fi

# One worker more than there are cores: a window, a database and a killed process each leave a core
# idle for long.
WORKERS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

# Compiled modules are kept, whatever the environment says: the tests start the program often.
test: export PYTHONDONTWRITEBYTECODE =
test: check
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist worksteal \
	    --durations 25 --cov finder.core --cov-report term --cov-fail-under 95

# In an environment of its own: the frameworks are large, and nothing else needs them. PyTorch and
# torchvision go together in pairs; this pair is the oldest that the extra allows.
test-convert: .venv-convert/installed
	.venv-convert/bin/python -m pytest tests/convert

.venv-convert/installed: pyproject.toml
	$(PYTHON) -m venv .venv-convert
	.venv-convert/bin/python -m pip install --quiet -e '.[convert,dev]' torch==2.13.0 torchvision==0.28.0
	touch $@

# Also in an environment of its own, without Keras. Two files at a time: much of it is starting
# processes and exporting, which is the work of one core; a file's trainings stay together.
test-train: export PYTHONDONTWRITEBYTECODE =
test-train: .venv-train/installed
	.venv-train/bin/python -m pytest -n 2 --dist loadfile --durations 10 tests/train

.venv-train/installed: pyproject.toml
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install --quiet -e '.[train,dev]' torch==2.13.0 torchvision==0.28.0
	touch $@

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-logo

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshots: $(VENV)/installed-dev
	$(BIN)/python docs/screenshots.py
	$(BIN)/python docs/screenshots.py --scheme dark --state results

# Measures everything (under 15 minutes, on a quiet machine) and writes docs/performance.md.
bench: $(VENV)/installed-dev .venv-bench/installed
	$(BIN)/python -m benchmarks.run_all

# The programs that ours is compared with; their requirements clash with ours.
.venv-bench/installed: benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet -r benchmarks/requirements.txt
	touch $@

wheel: $(VENV)/installed-dev
	$(BIN)/python -m build --wheel

$(VENV)/installed: pyproject.toml packaging/system-packages.sh
	PYTHON=$(PYTHON) packaging/system-packages.sh
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .venv-bench .venv-convert .venv-train $(DEMO) dist build
