#!/usr/bin/env bash
# Fuzzes the places where bytes of a stranger come in: with cargo-fuzz where it and nightly are installed, with the mutator of
# the tests where not.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=${FUZZ_TARGETS:-frame admission document}
seconds=${FUZZ_SECONDS:-600}

missing=""
rustup toolchain list 2>/dev/null | grep -q '^nightly' || missing="nightly (rustup toolchain install nightly)"
cargo fuzz --version >/dev/null 2>&1 || missing="${missing:+$missing and }cargo-fuzz (cargo install cargo-fuzz --locked)"
if [ -n "$missing" ]; then
    echo "missing: $missing; the mutator runs instead, $seconds seconds for each of: $targets"
    # shellcheck disable=SC2086
    exec cargo run --release --locked -p fieldbook-tests --bin fieldbook-fuzz -- $targets --seconds "$seconds"
fi

echo "cargo-fuzz runs with $(rustc +nightly --version), $seconds seconds for each of: $targets"
for target in $targets; do
    # What is found goes beside the inputs that are kept, so that only an input somebody means to keep is committed.
    mkdir -p "target/fuzz-corpus/$target"
    cargo +nightly fuzz run "$target" "target/fuzz-corpus/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=65536
done
