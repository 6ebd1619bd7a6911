# make help lists what there is.
.DEFAULT_GOAL := help
.PHONY: help build test race e2e bench generate verify fuzz nightly

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

build: ## bin/writ
	go build -o bin/writ ./cmd/writ

test: ## the tests that need Go alone
	go test ./...

race: ## the same under the race detector (needs a C compiler)
	go test -race ./...

e2e: ## the story with the real AWS CLI, boto3, aws-sdk-go-v2 and Dex; installs what it needs
	./e2e/run

bench: ## the figures of docs/PERFORMANCE.md
	./scripts/bench

generate: ## make the generated code anew
	go generate ./...

verify: generate ## fail when the checked-in generated code is stale, or code is not formatted or vetted
	git diff --exit-code
	test -z "$$(gofmt -l .)"
	go vet ./...

fuzz: ## run every fuzz target for FUZZTIME (10s)
	./scripts/fuzz

nightly: ## millions of random cases through both evaluators, long properties and fuzzing; hours
	./scripts/nightly
