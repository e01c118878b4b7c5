# OneDoor Queue. The two commands: make demo, make test.
PYTHON ?= python3
PY = .venv/bin/python
OUT ?= out/demo
export PYTHON

DAYS ?= 200
SEED ?= 1
PAST ?= 0,10000,100000

.PHONY: setup setup-dev demo test check look texts docs lock bench record-fold gallery simulate story identities rules mutants torture breaks clean

setup:            ## install what it needs; leaves .venv/bin/onedoor
	@tools/setup.sh run

setup-dev:
	@tools/setup.sh dev

demo: setup       ## a whole center on this machine; HEADLESS=1 plays a scripted morning
	@.venv/bin/onedoor demo --out $(OUT) $(if $(HEADLESS),--headless) $(ARGS)

test: setup-dev   ## format, lint, types, tests
	@$(MAKE) --no-print-directory check
	@$(PY) -m pytest -q

check:            ## format, lint, types
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@$(PY) -m mypy benchmarks

docs: setup-dev   ## write the generated parts of docs/
	@$(PY) tools/make_docs.py

look: setup-dev   ## draw onedoor/look/svg into png (needs libcairo2)
	@$(PY) tools/draw_look.py

texts: setup-dev  ## compile the translators' catalogues
	@.venv/bin/pybabel -q compile -D onedoor -d onedoor/look/locale

bench: setup-dev  ## presses, the hall, the kiosk, the order, CPU of the hub, with the machine's raw limits; an hour
	@$(PY) benchmarks/press_to_board.py
	@$(PY) benchmarks/order.py
	@$(PY) benchmarks/read_logs.py
	@$(PY) benchmarks/long_logs.py
	@$(PY) benchmarks/proofs.py
	@$(PY) benchmarks/hall.py
	@$(PY) benchmarks/kiosk_figures.py
	@$(PY) benchmarks/hub.py --past $(PAST)

simulate: setup-dev  ## DAYS days of a whole center with every fault, from SEED on
	@cd tests && ../$(PY) -m simulation $(DAYS) $(SEED)

story: setup-dev     ## what happened on day SEED, with as few faults as still spoil it
	@cd tests && ../$(PY) -m simulation story $(SEED)

torture: setup-dev   ## the long runs on real files and real processes; about an hour
	@cd tests && ../$(PY) -m powercut 20000
	@cd tests && ../$(PY) -m torture.tails 200
	@cd tests && ../$(PY) -m torture.processes kills 1000
	@cd tests && ../$(PY) -m torture.processes brokers 100
	@cd tests && ../$(PY) -m torture.processes failover 100
	@cd tests && ../$(PY) -m torture.partition 10
	@cd tests && ../$(PY) -m torture.bits 1
	@cd tests && ../$(PY) -m torture.cards
	@cd tests && ../$(PY) -m fuzz 10000000
	@cd tests && ../$(PY) -m fuzz hub 100000

identities: setup-dev  ## what must be true of the figures of DAYS simulated days, from SEED on
	@cd tests && ../$(PY) -m identities $(DAYS) $(SEED)

rules: setup-dev     ## 50,000 random steps of clerks and citizens against the slow model of the rules
	@STEPS=50000 $(PY) -m pytest -q -s tests/test_rules.py

mutants: setup-dev  ## the same with one rule taken out: each must be noticed
	@cd tests && ../$(PY) -m simulation mutants $(DAYS)

record-fold: setup-dev  ## record the log that pins the fold again, after FOLD_VERSION was raised
	@cd tests && ../$(PY) -m folding

breaks:           ## where lines of Lao and Thai texts may be broken (needs the system's python3-icu)
	@/usr/bin/python3 tools/break_words.py

gallery: setup-dev  ## pictures of every screen, paper and report, of a person's steps and of every fault, into out/gallery
	@$(PY) tools/gallery.py out/gallery
	@$(PY) tools/gallery_reports.py out/gallery/reports
	@$(PY) tools/walk.py out/gallery/steps
	@$(PY) tools/printer_stories.py out/gallery/printers
	@$(PY) tools/gallery_faults.py out/gallery/faults

lock:             ## pin the dependencies again (needs uv)
	uv pip compile pyproject.toml --extra reports --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements-dev.lock

clean:
	rm -rf out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
