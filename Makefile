# Two commands for a newcomer: `make demo` and `make test`. The rest are their parts.

CARGO ?= cargo

.PHONY: demo test test-rust test-encryption test-bindings setup lint docs surface bindings mobile-check bench bench-bindings soak fuzz deny

## The main job in one go: server, two phones, a collision, a verdict. `make demo EXIT=1` ends instead of serving.
demo: setup
	$(CARGO) build --release --locked -p fieldbook -p fieldbook-server -p fieldbook-tests --bins
	./target/release/fieldbook-demo $(if $(EXIT),--exit) $(DEMO_ARGS)

## Everything, as CI runs it.
test: setup lint test-rust test-encryption test-bindings

test-rust: setup
	$(CARGO) build --workspace --locked --bins
	$(CARGO) test --workspace --locked

## Encrypted books, with the cryptography that only apps and who asks for it get; built of the same crates as the library of apps.
test-encryption: setup
	$(CARGO) test --locked -p fieldbook -p fieldbook-device -p fieldbook-ffi --features encryption --test it -- encrypt key

## The packages in Swift, Kotlin and Python, each compiled and tested in its own language, then all three together.
test-bindings: bindings
	$(CARGO) build --locked --workspace --bin fieldbook-server
	./scripts/surface.sh
	./scripts/python-test.sh
	./scripts/kotlin-test.sh
	./scripts/swift-test.sh
	./scripts/python-test.sh three_languages

## The library that apps link, and its faces in Swift, Kotlin and Python.
bindings: setup
	./scripts/bindings.sh

## Agrees to a change of what apps see.
surface: bindings
	./scripts/surface.sh accept

## Builds for Android and iOS as far as this machine can, and tells the sizes.
mobile-check: setup
	./scripts/mobile-check.sh

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

## Random stories until the time is up; a story that fails is one number. In debug by default: arithmetic is checked.
soak: SOAK_MINUTES ?= 60
soak: SOAK_SEED ?= 0
soak: setup
	$(CARGO) run $(SOAK_PROFILE) --locked -p fieldbook-tests --bin fieldbook-soak -- --minutes $(SOAK_MINUTES) --seed $(SOAK_SEED)

## cargo-fuzz where nightly is there, the mutator of the tests where not. FUZZ_TARGETS, FUZZ_SECONDS for each.
fuzz: setup
	./scripts/fuzz.sh

## What crossing the boundary costs in each language, beside the SDK in Rust.
bench-bindings: setup
	./scripts/bindings.sh release
	./scripts/bench-bindings.sh

## Licences, sources and bans of what we depend on.
deny:
	@command -v cargo-deny >/dev/null || $(CARGO) install cargo-deny --locked
	$(CARGO) deny --offline check bans licenses sources
