#!/usr/bin/env bash
# Compiles the Kotlin face of the SDK with everything around it, and runs its tests against a real server and real books.
# `scripts/bindings.sh` comes first. The last line is the count.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
export FIELDBOOK_SERVER="${FIELDBOOK_SERVER:-$target/debug/fieldbook-server}"
reports=target/kotlin/fieldbook/surefire-reports
needed=("$FIELDBOOK_SERVER" bindings/kotlin/fieldbook/generated)
for path in "${needed[@]}"; do
    [ -e "$path" ] || { echo "$path is missing: run scripts/bindings.sh and build fieldbook-server first." >&2; exit 1; }
done

rm -rf "$reports"
mkdir -p "$reports"
built=0
# Maven resets the colours of a terminal that is none.
scripts/kotlin.sh mvn -B -ntp -q -f bindings/kotlin/pom.xml test "$@" 2>&1 | sed $'s/\033\\[[0-9;]*m//g' || built=$?

# Counts one attribute over all reports.
count() {
    find "$reports" -name 'TEST-*.xml' -exec sed -n "s/.*<testsuite .* $1=\"\([0-9]*\)\".*/\1/p" {} + |
        awk '{ sum += $1 } END { print sum + 0 }'
}
failed=$(($(count failures) + $(count errors)))
skipped=$(count skipped)
passed=$(($(count tests) - failed - skipped))
echo "Kotlin: $passed passed, $failed failed"
[ "$built" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$skipped" -eq 0 ] && [ "$passed" -gt 0 ]
