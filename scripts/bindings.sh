#!/usr/bin/env bash
# Builds the library the apps link, and writes the Swift, Kotlin and Python faces of the SDK: `scripts/bindings.sh [debug|release]`.
#
# The library stands in target/bindings, apart from what other builds leave in target: it can encrypt, they cannot.
set -euo pipefail
cd "$(dirname "$0")/.."

profile="${1:-debug}"
target="${CARGO_TARGET_DIR:-$PWD/target}"
name=libfieldbook_ffi.so
[ "$(uname)" != Darwin ] || name=libfieldbook_ffi.dylib

flags=()
[ "$profile" = debug ] || flags=(--profile "$profile")
# One crate type alone: cargo does no link-time optimisation for a library that is also built as an rlib.
cargo rustc --locked -p fieldbook-ffi --lib --features encryption --crate-type cdylib ${flags[@]+"${flags[@]}"}
mkdir -p target/bindings
# Never written over in place: a program that has it mapped would crash.
cp "$target/$profile/$name" "target/bindings/$name.new"
mv "target/bindings/$name.new" "target/bindings/$name"
# Of the whole workspace, like the other programs: what they have in common is compiled once.
cargo build --quiet --locked --workspace --bin fieldbook-bindgen
"$target/debug/fieldbook-bindgen" --library "target/bindings/$name"
