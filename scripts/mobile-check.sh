#!/usr/bin/env bash
# Type-checks and builds the phone's library for Android and iOS, and tells how large it is. It needs neither an NDK nor Xcode.
#
# With ANDROID_NDK_HOME set, the NDK compiles and links for Android; on a Mac with Xcode, Apple's SDK does for iOS. Elsewhere
# zig compiles the C code and Rust's own lld links, against no system library: the size is right and the code is compiled for
# the phone, but what comes out runs on none. What is fetched stays in FIELDBOOK_CACHE.
# FIELDBOOK_MOBILE_STD=rustup|source takes Rust's standard library for phones from that place only.
set -euo pipefail
cd "$(dirname "$0")/.."

project="$PWD"
helpers="$project/scripts/mobile"
cache="${FIELDBOOK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fieldbook}/mobile"
export CARGO_TARGET_DIR="$project/target/mobile"
android=aarch64-linux-android
ios=aarch64-apple-ios
# The oldest that the packages for Kotlin and Swift run on.
android_api=26
ios_version=16.0
goal=8000000
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS

# shellcheck source=scripts/mobile/fetch.sh
. "$helpers/fetch.sh"

passed=0
failed=0
skipped=0
sizes=()

# Counts what the command does as one check, and hides none of its output.
check() {
    local what="$1"
    shift
    echo "== $what"
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "mobile-check: failed: $what" >&2
        return 1
    fi
}

skip() {
    skipped=$((skipped + $1))
    echo "mobile-check: skipped: $2"
}

# The phones' cargo: the machine's own, or the copy that builds the standard library too.
phone_cargo() {
    if [ "$std" = source ]; then
        PATH="$toolchain/bin:$PATH" RUSTC_BOOTSTRAP=1 nice -n 15 "$toolchain/bin/cargo" "$@" -Zbuild-std=std,panic_abort
    else
        nice -n 15 cargo "$@"
    fi
}

# One crate type alone: cargo does no link-time optimisation for a library that is also built as an rlib.
arguments=(--locked -p fieldbook-ffi --lib --profile dist)
type_check() { phone_cargo check "${arguments[@]}" --target "$1"; }
build() { phone_cargo rustc "${arguments[@]}" --crate-type "$2" --target "$1"; }

size() {
    local bytes verdict=met
    bytes="$(wc -c <"$2")"
    [ "$bytes" -lt "$goal" ] || verdict=missed
    sizes+=("$(awk -v t="$1" -v b="$bytes" -v v="$verdict" \
        'BEGIN { printf "%s  %.2f MB  (goal < 8 MB stripped: %s)", t, b / 1000000, v }')")
}

exports_the_boundary() {
    # A library whose exports were all thrown away links without a word.
    grep -aq uniffi_fieldbook_ffi_fn_ "$1" || {
        echo "$1 exports nothing that Swift or Kotlin could call." >&2
        return 1
    }
}

# Joins rustc's flags so that a folder's name may hold spaces.
join_flags() {
    local IFS=$'\x1f'
    echo "$*"
}

with_zig() {
    export FIELDBOOK_ZIG="$zig" ZIG_GLOBAL_CACHE_DIR="$cache/zig-cache" ZIG_LOCAL_CACHE_DIR="$cache/zig-cache"
    export "CC_${1//-/_}=$helpers/zig-cc" "AR_${1//-/_}=$helpers/zig-ar"
}

use_the_ndk() {
    local bin name
    bin="$(find "$ANDROID_NDK_HOME/toolchains/llvm/prebuilt" -mindepth 2 -maxdepth 2 -name bin | head -n 1)"
    name="$bin/aarch64-linux-android$android_api-clang"
    [ -x "$name" ] || {
        echo "mobile-check: ANDROID_NDK_HOME=$ANDROID_NDK_HOME has no compiler aarch64-linux-android$android_api-clang." >&2
        exit 1
    }
    export CC_aarch64_linux_android="$name" AR_aarch64_linux_android="$bin/llvm-ar"
    flags="$(join_flags "-Clinker=$name" -Clink-arg=-Wl,-z,max-page-size=16384 -Clink-arg=-Wl,--pack-dyn-relocs=android)"
}

# Empty archives stand for the system's libraries; their symbols stay open in the library, as they do until it is loaded.
use_lld_for_android() {
    local stubs="$cache/android-stubs" library
    mkdir -p "$stubs"
    for library in c m dl log gcc unwind; do printf '!<arch>\n' >"$stubs/lib$library.a"; done
    with_zig "$android"
    flags="$(join_flags -Clinker=rust-lld -Clinker-flavor=ld.lld "-Clink-arg=-L$stubs" \
        -Clink-arg=--unresolved-symbols=ignore-all -Clink-arg=-z -Clink-arg=max-page-size=16384 \
        -Clink-arg=--pack-dyn-relocs=android)"
}

check_android() {
    local flags library="$CARGO_TARGET_DIR/$android/dist/libfieldbook_ffi.so"
    if [ -n "${ANDROID_NDK_HOME:-}" ]; then use_the_ndk; else use_lld_for_android; fi
    local -x CARGO_ENCODED_RUSTFLAGS="$flags"
    check "$android: type-check" type_check "$android" || return 0
    check "$android: library" build "$android" cdylib || return 0
    check "$android: exports" exports_the_boundary "$library" || return 0
    size "$android" "$library"
}

has_xcode() { [ "$(uname)" = Darwin ] && xcrun --sdk iphoneos --show-sdk-path >/dev/null 2>&1; }

# What an app gets of the archive: the functions that Swift calls and what those need, with no symbols for debugging.
link_for_ios() {
    local archive="$1" library="$2"
    local exported=(-exported_symbol '_uniffi_*' -exported_symbol '_ffi_*')
    if has_xcode; then
        xcrun --sdk iphoneos clang -target "arm64-apple-ios$ios_version" -dynamiclib -Wl,-dead_strip -Wl,-S -Wl,-x \
            -Wl,-force_load,"$archive" "${exported[@]/#/-Wl,}" -o "$library"
    else
        "$(host_lld)" -flavor darwin -arch arm64 -platform_version ios "$ios_version" "$ios_version" -dylib -dead_strip -S -x \
            -undefined dynamic_lookup "${exported[@]}" -force_load "$archive" -o "$library"
    fi
}

host_lld() {
    local host
    host="$(rustc -vV | sed -n 's/^host: //p')"
    echo "$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
}

check_ios() {
    local folder="$CARGO_TARGET_DIR/$ios/dist"
    local -x IPHONEOS_DEPLOYMENT_TARGET="$ios_version"
    if ! has_xcode; then
        with_zig "$ios"
        # Keeps build scripts from asking xcrun.
        mkdir -p "$cache/no-sdk"
        local -x SDKROOT="$cache/no-sdk"
    fi
    check "$ios: type-check" type_check "$ios" || return 0
    check "$ios: static library" build "$ios" staticlib || return 0
    check "$ios: linked as an app would" link_for_ios "$folder/libfieldbook_ffi.a" "$folder/libfieldbook_ffi.dylib" || return 0
    check "$ios: exports" exports_the_boundary "$folder/libfieldbook_ffi.dylib" || return 0
    size "$ios" "$folder/libfieldbook_ffi.dylib"
    archive_size="$(awk -v b="$(wc -c <"$folder/libfieldbook_ffi.a")" 'BEGIN { printf "%.1f", b / 1000000 }')"
}

check_host() {
    local name=libfieldbook_ffi.so
    [ "$(uname)" != Darwin ] || name=libfieldbook_ffi.dylib
    check "this machine: library" nice -n 15 cargo rustc "${arguments[@]}" --crate-type cdylib || return 0
    size "$(rustc -vV | sed -n 's/^host: //p')" "$CARGO_TARGET_DIR/dist/$name"
}

echo "Without encryption: that needs OpenSSL built for Android by the NDK, and on iOS a Mac for Apple's CommonCrypto."
mkdir -p "$cache"
# What a run that was killed left behind.
find "$cache" -maxdepth 1 -name 'partial.*' -mmin +120 -exec rm -rf {} +
archive_size=""
std=""
zig=""
why=""
find_std "$android" "$ios" || why="$missing"
if [ -z "$why" ] && ! { [ -n "${ANDROID_NDK_HOME:-}" ] && has_xcode; }; then
    find_zig || why="$missing"
fi
if [ -z "$why" ]; then
    check_android
    check_ios
elif [ -n "$std" ] && [ -n "${ANDROID_NDK_HOME:-}" ]; then
    check_android
    skip 4 "$ios: $why"
elif [ -n "$std" ] && has_xcode; then
    skip 3 "$android: $why"
    check_ios
else
    skip 7 "$why"
fi
check_host

echo
[ ${#sizes[@]} -eq 0 ] || printf '%s\n' "${sizes[@]}"
[ -z "$archive_size" ] || echo "The archive for iOS has $archive_size MB: an app takes from it no more than the figure above."
echo "mobile-check: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
