# make run    builds everything and starts the demo on http://127.0.0.1:8080/
# make test   runs all tests

# The engine of markets that are data is no provider before a market is packed behind it.
programs := $(shell find plugins -name main.go -not -path '*/testdata/*' -not -path 'plugins/sdk/*' -not -path 'plugins/declarative/*' -not -path 'plugins/examples/*')
folders := $(sort $(patsubst %/main.go,%,$(programs)))
catalogues := $(wildcard locales/*.toml)
racy := $(wildcard core/contact core/credential core/outbox core/store core/vault locales plugins/host)

.PHONY: run build data test race bench microbench endurance lint proto clean

run: build
	bin/paifang demo

# The go command knows by itself what is out of date. The host starts only
# programs whose digest is in SHA256SUMS, from a folder that nobody else may write.
build: data
	go build -o bin/paifang ./cmd/paifang
	CGO_ENABLED=0 go build -o bin/declarative ./plugins/declarative/engine
	mkdir -p bin/providers
	CGO_ENABLED=0 go build -o bin/providers/ $(addprefix ./,$(folders))
	cd bin/providers && sha256sum $(notdir $(folders)) > SHA256SUMS
	chmod -R go-w bin/providers

data: locales/data/regions.json core/contact/data/disposable.txt core/credential/data/breached.sha1

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
	@touch $@

locales/data/regions.json: node_modules/.package-lock.json locales/build.mjs $(catalogues)
	node locales/build.mjs

core/contact/data/disposable.txt: node_modules/.package-lock.json core/contact/build.mjs
	node core/contact/build.mjs

core/credential/data/breached.sha1: node_modules/.package-lock.json core/credential/build.mjs
	node core/credential/build.mjs

test: build
	.ci/setup
	go test -timeout 25m ./...

# The packages where goroutines meet.
race: data
	go test -race -timeout 20m $(addprefix ./,$(addsuffix /...,$(racy)))

# What a registration, a session check, an idle server cost; see docs/operating.md.
bench: build
	go build -o bin/bench ./cmd/paifang/bench
	bin/bench $(BENCH)

# The benchmarks of the packages.
microbench: data
	go test -run '^$$' -bench . -benchmem ./...

# Sudden death 200 times, a crowd for a minute, PostgreSQL killed, providers that misbehave: the short forms are in make test.
endurance: build
	.ci/setup
	PAIFANG_ENDURANCE=1 go test -count=1 -timeout 60m -v -run 'TestSuddenDeath|TestPostgresDies|TestCrowd|TestDiskFull|TestTwoNodes|TestSlowClients|TestUpgradeWhilePeopleRegister|TestMisdeedsAndOtherPeople' ./cmd/paifang/journeys
	PAIFANG_ENDURANCE=1 go test -count=1 -timeout 30m -v -run 'TestKeysAreRotatedBesideTheServer' ./cmd/paifang/journeys
	PAIFANG_ENDURANCE=1 go test -count=1 -timeout 20m -v -run 'TestUpgradesUnderLoad|TestMisdeedsSlowNobodyDown' ./plugins/host

lint: data
	.ci/lint

proto:
	.ci/proto

clean:
	rm -rf bin node_modules locales/data/*.json core/contact/data/disposable.txt core/credential/data/breached.sha1
