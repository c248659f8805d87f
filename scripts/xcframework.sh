#!/usr/bin/env bash
# Builds bindings/swift/Fieldbook.xcframework, which the Swift package links once it is there. Needs a Mac with Xcode.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(uname)" != Darwin ]; then
    echo "An XCFramework can only be made on a Mac with Xcode; scripts/swift-test.sh tests the same Swift here." >&2
    exit 1
fi
command -v xcodebuild >/dev/null || { echo "xcodebuild is missing: install Xcode." >&2; exit 1; }

targets=(aarch64-apple-ios aarch64-apple-ios-sim x86_64-apple-ios aarch64-apple-darwin x86_64-apple-darwin)
built="${CARGO_TARGET_DIR:-$PWD/target}"
library=libfieldbook_ffi.a
out=target/xcframework
framework=bindings/swift/Fieldbook.xcframework
# What Package.swift promises.
export IPHONEOS_DEPLOYMENT_TARGET=16.0 MACOSX_DEPLOYMENT_TARGET=13.0

scripts/bindings.sh
rustup target add "${targets[@]}"
for target in "${targets[@]}"; do
    cargo rustc --locked -p fieldbook-ffi --lib --profile dist --features encryption --crate-type staticlib --target "$target"
done

rm -rf "$out" "$framework"
mkdir -p "$out/simulator" "$out/mac" "$out/headers"
lipo -create -output "$out/simulator/$library" \
    "$built/aarch64-apple-ios-sim/dist/$library" "$built/x86_64-apple-ios/dist/$library"
lipo -create -output "$out/mac/$library" \
    "$built/aarch64-apple-darwin/dist/$library" "$built/x86_64-apple-darwin/dist/$library"

# The modules of the package, in one map, without the name of a library to look for: it comes with the headers.
for module in FieldbookFFI FieldbookRecordsFFI; do
    cp "bindings/swift/Sources/$module/$module.h" "$out/headers/"
    grep -v '^ *link ' "bindings/swift/Sources/$module/module.modulemap" >>"$out/headers/module.modulemap"
done

xcodebuild -create-xcframework -output "$framework" \
    -library "$built/aarch64-apple-ios/dist/$library" -headers "$out/headers" \
    -library "$out/simulator/$library" -headers "$out/headers" \
    -library "$out/mac/$library" -headers "$out/headers"
