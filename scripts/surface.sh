#!/usr/bin/env bash
# Compares what an app can see in Swift and Kotlin with what was agreed on, bindings/surface: a change of the API is to be seen
# in a review. `scripts/surface.sh accept` agrees. Needs scripts/bindings.sh to have run.
set -euo pipefail
cd "$(dirname "$0")/.."

found=target/bindings/surface
agreed=bindings/surface
if [ "${1:-}" = accept ]; then
    mkdir -p "$agreed"
    cp "$found"/*.txt "$agreed/"
elif ! diff -u "$agreed" "$found"; then
    echo "The API of the Swift or Kotlin package changed: if that is meant, run \`make surface\` and tell it in CHANGELOG.md." >&2
    exit 1
fi
