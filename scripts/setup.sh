#!/usr/bin/env bash
# Installs what building needs and a fresh Debian lacks. Does nothing where it is there already.
set -euo pipefail

if ! command -v cargo >/dev/null; then
    echo "Rust is missing: install it from https://rustup.rs and run this again." >&2
    exit 1
fi

if ! command -v cc >/dev/null; then
    echo "Installing a C compiler (SQLite and zstd are built from source)…"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update -q
    $as_root apt-get install -y -q --no-install-recommends gcc libc6-dev
fi
