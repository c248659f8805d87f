#!/usr/bin/env bash
# Builds the AAR for Android: the library for each kind of phone, and the Kotlin face around it. `scripts/bindings.sh` comes first.
#
# `scripts/android.sh` leaves target/android/fieldbook-release.aar; `scripts/android.sh native` stops after the libraries.
# It needs the Android NDK 27 or newer, cargo-ndk, Rust's Android targets and, for the AAR, the Android SDK and Gradle 8.13.
set -euo pipefail
cd "$(dirname "$0")/.."

abis=(arm64-v8a armeabi-v7a x86_64)
targets=(aarch64-linux-android armv7-linux-androideabi x86_64-linux-android)
min_sdk=26
libraries="$PWD/target/android/jniLibs"
only="${1:-}"

sdk="${ANDROID_HOME:-${ANDROID_SDK_ROOT:-}}"
ndk="${ANDROID_NDK_HOME:-${ANDROID_NDK_ROOT:-}}"
if [ -z "$ndk" ] && [ -d "$sdk/ndk" ]; then
    ndk="$(find "$sdk/ndk" -mindepth 1 -maxdepth 1 -type d | sort -V | tail -n 1)"
fi

missing=()
need() { "${@:2}" >/dev/null 2>&1 || missing+=("$1"); }
has_targets() {
    local installed target
    installed="$(rustup target list --installed)"
    for target in "${targets[@]}"; do grep -qx "$target" <<<"$installed" || return 1; done
}
need "the Android NDK: install it with Android's sdkmanager and set ANDROID_NDK_HOME" test -d "$ndk/toolchains/llvm/prebuilt"
need "cargo-ndk: cargo install cargo-ndk --locked --version 4.1.2" command -v cargo-ndk
need "Rust's targets: rustup target add ${targets[*]}" has_targets
need "the generated Kotlin: scripts/bindings.sh" test -d bindings/kotlin/fieldbook/generated
if [ "$only" != native ]; then
    need "the Android SDK: install it with Android Studio or sdkmanager and set ANDROID_HOME" test -d "$sdk/platforms"
    need "Gradle 8.13 or newer on the PATH" command -v gradle
fi
if [ ${#missing[@]} -gt 0 ]; then
    echo "Building for Android lacks:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
fi

export ANDROID_NDK_HOME="$ndk"
# Phones with pages of 16 KB load nothing that is aligned to less. Packed relocations are read from Android 6 on.
export RUSTFLAGS="${RUSTFLAGS:-} -C link-arg=-Wl,-z,max-page-size=16384 -C link-arg=-Wl,--pack-dyn-relocs=android"
rm -rf "$libraries"
# One crate type alone: cargo does no link-time optimisation for a library that is also built as an rlib.
cargo ndk --platform "$min_sdk" "${abis[@]/#/--target=}" --output-dir "$libraries" \
    rustc --locked -p fieldbook-ffi --lib --features encryption --profile dist --crate-type cdylib

readelf="$(find "$ndk/toolchains/llvm/prebuilt" -name llvm-readelf | head -n 1)"
for abi in "${abis[@]}"; do
    library="$libraries/$abi/libfieldbook_ffi.so"
    if "$readelf" --program-headers --wide "$library" | awk '$1 == "LOAD" { print $NF }' | grep -qvE '^0x(4000|10000)$'; then
        echo "$library is not aligned to pages of 16 KB." >&2
        exit 1
    fi
    du -h "$library"
done
[ "$only" != native ] || exit 0

export ANDROID_HOME="$sdk"
gradle --project-dir bindings/kotlin/android --console plain assembleRelease
cp target/kotlin/android/outputs/aar/fieldbook-release.aar target/android/
echo "target/android/fieldbook-release.aar"
