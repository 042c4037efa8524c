# make run    builds everything and starts the demo on http://127.0.0.1:8080/
# make test   runs all tests

providers := $(patsubst plugins/%/main.go,%,$(wildcard plugins/*/main.go))
catalogues := $(wildcard locales/*.toml)
racy := $(wildcard core/vault core/store core/outbox core/contact plugins/host locales)

.PHONY: run build data test race bench lint proto clean

run: build
	bin/paifang demo

# The go command knows by itself what is out of date.
build: data
	go build -o bin/paifang ./cmd/paifang
	go build -o bin/providers/ $(addprefix ./plugins/,$(providers))

data: locales/data/regions.json

node_modules/.package-lock.json: package-lock.json
	npm ci --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
	@touch $@

locales/data/regions.json: node_modules/.package-lock.json locales/build.mjs $(catalogues)
	node locales/build.mjs

test: build
	.ci/setup
	go test -timeout 20m ./...

# The packages where goroutines meet.
race: data
	go test -race -timeout 20m $(addprefix ./,$(addsuffix /...,$(racy)))

bench: data
	go test -run '^$$' -bench . -benchmem ./...

lint: data
	.ci/lint

proto:
	.ci/proto

clean:
	rm -rf bin node_modules locales/data/*.json
