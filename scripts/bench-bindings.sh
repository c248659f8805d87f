#!/usr/bin/env bash
# What crossing into Swift, Kotlin and Python costs, beside the SDK in Rust, in one run. `scripts/bindings.sh release` first.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build --release --locked -p fieldbook-tests --bin fieldbook-boundary
scripts/kotlin.sh build
scripts/swift.sh env LD_LIBRARY_PATH=target/bindings swift build --package-path bindings/swift --scratch-path target/swift \
    -c release --product fieldbook-bench -Xlinker -L../../target/bindings >&2

export PYTHONPATH=bindings/python PYTHONDONTWRITEBYTECODE=1
"$target/release/fieldbook-boundary" --folder target/bindings/bench \
    "scripts/swift.sh env LD_LIBRARY_PATH=target/bindings target/swift/release/fieldbook-bench" \
    "scripts/kotlin.sh bench" \
    "python3 bindings/python/bench/boundary.py"
