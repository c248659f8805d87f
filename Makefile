# Two commands for a newcomer: `make demo` and `make test`. The rest are their parts.

CARGO ?= cargo

.PHONY: demo test setup lint docs bench deny

## The main job in one go: server, two phones, a collision, a verdict. `make demo EXIT=1` ends instead of serving.
demo: setup
	$(CARGO) build --release --locked -p fieldbook -p fieldbook-server -p fieldbook-tests --bins
	./target/release/fieldbook-demo $(if $(EXIT),--exit) $(DEMO_ARGS)

## Everything, as CI runs it.
test: setup lint
	$(CARGO) build --workspace --locked --bins
	$(CARGO) test --workspace --locked

lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

## What a fresh machine lacks: a C compiler for SQLite and zstd.
setup:
	@./scripts/setup.sh

## Writes the generated pages of docs/ anew.
docs:
	UPDATE_DOCS=1 $(CARGO) test --locked -p fieldbook-tests --test it docs::

## Ratios against floors measured in the same run.
bench:
	$(CARGO) run --release --locked -p fieldbook-tests --bin fieldbook-bench -- $(BENCH_ARGS)

## Licences, sources and bans of what we depend on.
deny:
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked
	$(CARGO) deny --offline check bans licenses sources
