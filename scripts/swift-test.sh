#!/usr/bin/env bash
# Compiles the Swift face of the SDK with everything around it, and runs its tests against a real server and real books.
# `scripts/bindings.sh` comes first. The last line is the count.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
needed=("${FIELDBOOK_SERVER:-$target/debug/fieldbook-server}" bindings/swift/Sources/Fieldbook/Generated target/bindings)
for path in "${needed[@]}"; do
    [ -e "$path" ] || { echo "$path is missing: run scripts/bindings.sh and build fieldbook-server first." >&2; exit 1; }
done

mkdir -p target/swift
log=target/swift/test.log
status=0
# Line by line, so that a test that ends the process is not lost with what was printed before it.
scripts/swift.sh bash -euc '
    lines=()
    ! command -v stdbuf >/dev/null || lines=(stdbuf -oL)
    export LD_LIBRARY_PATH="$PWD/target/bindings" DYLD_LIBRARY_PATH="$PWD/target/bindings"
    exec ${lines[@]+"${lines[@]}"} swift test --package-path bindings/swift --scratch-path target/swift \
        --disable-swift-testing -Xlinker -L"$PWD/target/bindings" "$@"' bash "$@" 2>&1 | tee "$log" || status=$?

# Counts the tests that are said to have come to this.
count() {
    grep -cE "^Test Case '.*' $1" "$log" || true
}
passed=$(count passed)
# A test that began and never ended took the process with it.
failed=$(($(count started) - passed))
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "Swift: $passed passed, $failed failed"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
