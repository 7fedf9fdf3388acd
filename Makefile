# Tidegate. `make` alone says what there is.

BIN = .venv/bin
FIND_PYTHON = for p in $(BIN)/python python3 python3.14 python3.13 python3.12 python3.11; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done
PYTHON ?= $(shell $(FIND_PYTHON))

.PHONY: help setup demo test bench qemu-m3 frozen lint size code mutants soak board clean clean-tools

help:
	@echo "Tidegate: a bridge between card terminals and the acquirer, and the tool that looks after it."
	@echo
	@echo "  make demo    run a trading day through the bridge, no board needed (about a minute)"
	@echo "  make test    lint, then every test that this machine can run"
	@echo "  make bench   what the bridge costs, beside its peers: table, JSON and a page (some minutes)"
	@echo "  make qemu-m3 a Cortex-M3 with MicroPython, on which instructions are counted"
	@echo "  make frozen  a 32-bit MicroPython with the firmware frozen in, for its heap"
	@echo "  make setup   what the others need; leaves the tool at .venv/bin/tidegate"
	@echo "  make lint    ruff and pyright, the firmware against the MicroPython stubs"
	@echo "  make size    compile the firmware and hold it against its budget"
	@echo "  make code    the firmware to freeze into an image, for a ROMFS, and for mip, in build/code"
	@echo "  make mutants break a copy of the firmware on purpose: do the tests notice?"
	@echo "  make soak    100,000 power cuts, 1,000 worlds, a million fuzzed inputs: an hour or so"
	@echo "  make board PORT=/dev/ttyUSB0   the board suite on real hardware"
	@echo "  make clean   remove build/ and caches; clean-tools also removes .venv and .tools"
	@echo
	@echo "The first one takes about a minute to set up .venv and .tools. Nothing needs root."

setup:
	@python="$(PYTHON)"; test -n "$$python" || { \
	    echo "setup: no Python 3.11 or newer found. Next: install one, or make setup PYTHON=..."; exit 2; }; \
	$$python host/setup

demo: setup
	@$(BIN)/tidegate demo

lint: setup
	@$(BIN)/python host/setup/lint.py

code: setup
	@$(BIN)/python host/setup/code.py

size: setup
	@$(BIN)/python host/setup/size.py

# Lint is one of the tests: a single summary line speaks for everything. Half of the tests wait for
# something rather than work, so three share two cores.
test: setup
	@echo "test: lint, house style, the unit suite on CPython and on both MicroPythons, and the rest"
	@$(BIN)/python -m pytest -n 3 --dist loadgroup tests

# ROWS=... for some of them; tests/bench/README.md says what they are.
bench: setup
	@$(BIN)/python tests/bench/run.py $(ROWS)

qemu-m3: setup
	@$(BIN)/python host/setup/qemu_m3.py

frozen: setup
	@$(BIN)/python host/setup/frozen.py

# NAMES=... for some of them; tests/README.md says what they are.
mutants: setup
	@$(BIN)/python tests/mutants/run.py $(NAMES)

soak: setup
	@$(BIN)/python tests/soak.py $(PARTS)

# Beside PORT: BOARD (its kind), SSID and PASS (a Wi-Fi), POWER_CMD (a shell command in which {}
# becomes off and on), KEY (the file of a locked console's key), UART (where the loop-back plug is).
board: export TIDEGATE_WIFI_PASSWORD = $(PASS)
board: export TIDEGATE_KEY = $(KEY)
board: setup
	@test -n "$(PORT)" || { echo "board: which port? Next: make board PORT=/dev/ttyUSB0"; exit 2; }
	@$(BIN)/python -m pytest tests/board --port="$(PORT)" --board="$(or $(BOARD),esp32-generic)" \
	    --uart="$(UART)" --ssid="$(SSID)" --power-cmd="$(POWER_CMD)"

clean:
	@echo "clean: removing build/ and caches"
	@rm -rf build .pytest_cache .ruff_cache .hypothesis
	@find firmware host tests -name __pycache__ -type d -exec rm -rf {} +

clean-tools: clean
	@echo "clean: removing .venv and .tools"
	@rm -rf .venv .tools
