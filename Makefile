# dbintel. `make demo` shows it, `make test` runs everything.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.PHONY: web integrations demo demo-operator bundle test test-fast check accuracy bench generate install tools clean

install: node_modules/.installed

node_modules/.installed: package.json package-lock.json .npmrc
	@echo 'installing packages (once, about 20 s)'
	@npm ci --loglevel=error
	@touch $@

web: dist/web/index.html ## the pages, as the program serves them

dist/web/index.html: node_modules/.installed $(shell find web src/render src/model src/dialects src/analysis src/base -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' 2>/dev/null)
	@node --disable-warning=ExperimentalWarning scripts/web.ts

integrations: install ## the plan view for New Relic and Grafana: dist/newrelic, dist/grafana
	@node --disable-warning=ExperimentalWarning scripts/integrations.ts

demo: install web ## a real server, a workload, and dbintel looking at it; ENGINE=postgres|mysql|mariadb, ONCE=1 ends by itself
	@node --disable-warning=ExperimentalWarning demo/demo.ts

demo-operator: install tools ## three replicas on a real Kubernetes API server, one of them killed; ONCE=1 ends by itself
	@node --disable-warning=ExperimentalWarning demo/operator.ts

bundle: install ## dist/: the program as it is shipped
	@node --disable-warning=ExperimentalWarning scripts/bundle.ts

test: check tools web ## everything, on real servers
	@node scripts/test.ts

test-fast: install ## the inner loop: what needs nothing but Node
	@vitest run --project fast

check: install ## types, lint, format, arrows, generated files fresh, links and commands of the documents
	@tsc --noEmit
	@tsc --noEmit -p web
	@tsc --noEmit -p test/browser
	@oxlint --quiet
	@biome check --error-on-warnings .
	@node --disable-warning=ExperimentalWarning scripts/generate.ts --check
	@vitest run --project fast --reporter=dot test/tree/documents.test.ts

generate: install ## CRDs and the generated pages of docs/
	@node --disable-warning=ExperimentalWarning scripts/generate.ts
	@biome check --write . >/dev/null

tools: ## what the tests need besides npm packages
	@scripts/tools.sh

bench: install tools ## the numbers of bench/RESULTS.md; ONLY=name,… some parts, PAIR=revision beside another revision
	@node --expose-gc --disable-warning=ExperimentalWarning bench/run.ts

accuracy: install ## how right findings are, on real servers; ENGINE=, WORLD=, HALF=, CASE=, RULES=only: test/accuracy/README.md
	@node --disable-warning=ExperimentalWarning test/accuracy/run.ts

clean:
	rm -rf node_modules .dbintel coverage
