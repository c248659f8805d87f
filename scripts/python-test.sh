#!/usr/bin/env bash
# Runs the Python tests; scripts/bindings.sh and a build of fieldbook-server come first.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v python3 >/dev/null; then
    echo "Installing Python…"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update -q
    $as_root apt-get install -y -q --no-install-recommends python3
fi
export FIELDBOOK_SERVER="${FIELDBOOK_SERVER:-${CARGO_TARGET_DIR:-$PWD/target}/debug/fieldbook-server}"
PYTHONPATH=bindings/python PYTHONDONTWRITEBYTECODE=1 exec python3 bindings/python/tests/run.py "$@"
