# Every target sets up what it needs. Start with `make book`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# Left alone, this is the first Python of the machine that will do; `make book PYTHON=/path/to/python` decides.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo "$$p" && break; done)
RUN := .venv/bin/python
# Where the locale knows no letters but English ones, Python up to 3.12 cannot start in a folder that has others.
export LC_ALL := $(if $(findstring ANSI_X3.4,$(shell locale charmap 2>/dev/null)),C.UTF-8,$(LC_ALL))
TO ?= course

.PHONY: help python book pdf serve lab check test test-nightly bench links bench-repaint bench-ensemble bench-trace bench-grading check-data refresh release notebook answers course lock clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

python:
	@test -n "$(PYTHON)" || { echo "[explorables] Python 3.11, 3.12 or 3.13 is needed and none is on PATH."; exit 1; }

book: python ## build the site in _build/html (first time: some five minutes)
	@$(PYTHON) src/explorables/build/targets.py book

pdf: python ## print the book to one PDF, which the site then offers (some minutes more)
	@$(PYTHON) src/explorables/build/environment.py pdf
	@$(RUN) -m explorables.build.pdf

serve: python ## show the site on this machine and rebuild it as you write
	@$(PYTHON) src/explorables/build/targets.py serve

lab: python ## open the notebooks in JupyterLab
	@$(PYTHON) src/explorables/build/targets.py lab

check: python ## the quick half: style, types, tables and every test that needs neither site nor browser (installs no browser)
	@$(PYTHON) src/explorables/build/targets.py check $(ARGS)

test: python ## run the tests, with the browser they need (first time: some half an hour)
	@$(PYTHON) src/explorables/build/targets.py test $(TESTS)

test-nightly: python ## what takes longest: every page in a browser, installs of newcomers, killed clusters, second builds
	@$(PYTHON) src/explorables/build/environment.py test
	@$(RUN) -m pytest -m nightly $(TESTS)

bench: python ## weigh and time the pages against a stock book (some five minutes; keep the machine quiet)
	@$(PYTHON) src/explorables/build/environment.py bench
	@$(RUN) -m explorables.build.book build
	@$(RUN) bench/bench.py

links: python ## ask every address outside the book whether it is still there (needs a network)
	@$(PYTHON) src/explorables/build/environment.py book
	@$(RUN) -m explorables.build.book links

bench-repaint: python ## from a slider to the page repainted, for every explorer of the built site (two minutes)
	@$(PYTHON) src/explorables/build/environment.py test
	@$(RUN) bench/bench_repaint.py

bench-ensemble: python ## paths a second of the long game's ensemble, by number of workers (some minutes)
	@$(PYTHON) src/explorables/build/environment.py test
	@$(RUN) bench/bench_ensemble.py

bench-trace: python ## functions as teaching notebooks have them: how many become explorers, and what these weigh
	@$(PYTHON) src/explorables/build/environment.py test
	@$(RUN) bench/bench_trace.py

bench-grading: python ## time the grading of a class against plain nbgrader (an hour; keep the machine quiet)
	@$(PYTHON) src/explorables/build/environment.py test
	@$(RUN) bench/bench_grading.py $(BENCH)

check-data: python ## check the tables against their description and sources
	@$(PYTHON) src/explorables/build/environment.py data
	@$(RUN) -m explorables.build.tables

refresh: python ## ask publishers what is new, and what it would change here (TABLE=generation ARGS="--write")
	@$(PYTHON) src/explorables/build/environment.py data
	@$(RUN) -m explorables.refresh.command $(TABLE) $(ARGS)

release: python ## keep tables and explorers as they are, and note what changed since the last time (DAY=2026-11-29)
	@$(PYTHON) src/explorables/build/environment.py data
	@$(RUN) -m explorables.refresh.release $(DAY)

notebook: python ## write a new page with an explorer, to be filled in (NAME=chapter/name)
	@$(PYTHON) src/explorables/build/targets.py notebook $(NAME)

answers: python ## work out the exercises' answers anew, after changing an exercise or a model
	@$(PYTHON) src/explorables/build/environment.py book
	@$(RUN) -m explorables.classroom.exercises.answers

course: python ## make an nbgrader course in course/ (TO=../elsewhere ARGS="--chapters ecosystem --seed 7")
	@$(PYTHON) src/explorables/build/environment.py course
	@$(RUN) -m explorables.cli course $(TO) $(ARGS)

lock: python ## pin the packages anew (requirements*.txt)
	@$(PYTHON) src/explorables/build/environment.py lock

clean: ## remove everything that the other targets made
	rm -rf .venv _build .*.lock src/explorables/site/static src/explorables/site/js/node_modules bench/node_modules
