#!/usr/bin/env bash
# Installs what building needs and a fresh Debian lacks. Does nothing where it is there already.
set -euo pipefail

if ! command -v cargo >/dev/null; then
    echo "Rust is missing: install it from https://rustup.rs and run this again." >&2
    exit 1
fi

missing=()
# SQLite, zstd and OpenSSL's cryptography are built from source; the last needs Perl's full set of modules.
command -v cc >/dev/null || missing+=(gcc libc6-dev)
perl -MIPC::Cmd -MFindBin -MTime::Piece -e1 2>/dev/null || missing+=(perl)
command -v make >/dev/null || missing+=(make)

if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}…"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update -q
    $as_root apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
