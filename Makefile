# Targets with ## are listed by `make help`.
WEB := mos_appliance/companion/web
PAGE := $(WEB)/dist/index.html
WIRE_TABLES := mos_appliance/wire/live.py mos_appliance/wire/controls.py mos_appliance/units.py
WEB_SOURCES := $(shell find $(WEB) -path $(WEB)/node_modules -prune -o -path $(WEB)/dist -prune -o -type f -print 2>/dev/null)
PREPARED_BY := .ci/prepare .ci/packages.tsv pyproject.toml image/version
TARGET ?= bench
BOARD ?= qemu_aarch64
IMAGE ?= build/image/mos-$(BOARD).img
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help peers run test check format bench evidence docs hwtest image emulate flash lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: .venv/.run $(PAGE) ## the appliance on this computer, at http://localhost:8080 (PORT=, DATA=)
	@exec .venv/bin/mos run $(if $(PORT),--port '$(PORT)') $(if $(DATA),--data '$(DATA)')

test: .venv/.test $(PAGE) ## everything the tests need, then all tests (15 minutes on 2 cores)
	@cd $(WEB) && npm run --silent test
	@.venv/bin/pytest
	@.venv/bin/pytest hw_tests/test_onset_detection.py hw_tests/test_short.py

check: .venv/.test $(WEB)/node_modules/.package-lock.json ## format, lint, types, import contract, docs up to date; seconds
	@.ci/check

format: .venv/.test ## puts the code into its format
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --quiet --fix-only .

bench: .venv/.test .venv/.peers $(PAGE) ## the performance tables, as text and as build/bench.json (NAME=)
	@.venv/bin/mos bench $(NAME)

peers: .venv/.peers ## other programs that read scores, to be compared with (bench and evidence)

evidence: .venv/.test $(PAGE) ## the long proofs, resumable; writes docs/evidence/ (NAME=)
	@.venv/bin/python .ci/evidence.py $(NAME)

docs: .venv/.test ## writes the generated pages of docs/
	@.venv/bin/python -m docs.generate

hwtest: .venv/.test ## the hardware tests on the virtual bench, or with TARGET=ssh://HOST on a real board
	@.venv/bin/pytest hw_tests --target '$(TARGET)'

image: .venv/.run ## the SD-card image of a board (BOARD=; the first takes hours; BUILDROOT_DIR=, DL_DIR=, TOOLCHAIN=)
	@image/build.sh '$(BOARD)'

emulate: .venv/.test ## boots an image in QEMU: the page at localhost:8080, sound into a WAV (IMAGE=, PORT=)
	@.venv/bin/python -m image.emulate --image '$(IMAGE)' $(if $(PORT),--port '$(PORT)')

flash: .venv/.run ## writes an image to a card, checked (DEVICE=, IMAGE=, CARD=mos.toml)
	@if [ -z '$(DEVICE)' ]; then echo 'make flash: which card? DEVICE=/dev/sdX (lsblk shows them)' >&2; exit 2; fi
	@.venv/bin/python -m image.flash --image '$(IMAGE)' --device '$(DEVICE)' $(if $(CARD),--card '$(CARD)')

lock: .venv/.test ## resolves requirements/*.txt anew, with hashes
	@.ci/lock

clean: ## removes what make made; takes and settings stay
	@rm -rf .venv build $(WEB)/dist $(WEB)/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.run: $(PREPARED_BY) requirements/run.txt requirements/node.txt
	@.ci/prepare run
	@touch $@

.venv/.test: $(PREPARED_BY) requirements/dev.txt requirements/node.txt
	@.ci/prepare test
	@touch .venv/.run $@

# What scores are compared with; the benchmarks tell less without it.
.venv/.peers: requirements/peers.txt | .venv/.test
	@echo 'prepare: music21, partitura, symusic and Verovio in .venv/peers, to be compared with' >&2
	@{ .venv/bin/python -m venv .venv/peers && .venv/peers/bin/pip install --quiet --require-hashes -r $<; } \
		> build/peers.log 2>&1 || echo 'prepare: they could not be had (build/peers.log)' >&2
	@touch $@

# Not `npm ci`: a registry that lacks the binaries of other platforms makes it refuse the lock; versions and hashes hold.
$(WEB)/node_modules/.package-lock.json: $(WEB)/package-lock.json | .venv/.run
	@echo 'prepare: packages of the page' >&2
	@cd $(WEB) && npm install --no-save --no-audit --no-fund --loglevel=error > $(CURDIR)/build/npm.log 2>&1 \
		|| { cat $(CURDIR)/build/npm.log >&2; exit 1; }
	@touch $@

$(PAGE): $(WEB_SOURCES) $(WIRE_TABLES) $(WEB)/node_modules/.package-lock.json
	@echo 'prepare: the page' >&2
	@cd $(WEB) && npm run --silent build > $(CURDIR)/build/page.log 2>&1 \
		|| { cat $(CURDIR)/build/page.log >&2; exit 1; }
	@touch $@
