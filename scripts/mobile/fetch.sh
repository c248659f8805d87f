# shellcheck shell=bash disable=SC2034
# Read by mobile-check.sh: finds or fetches Rust's standard library for phones (`find_std`) and zig (`find_zig`). Both return 1
# with the reason in `missing`, and keep to the folder `cache`. Each download is made aside and moved into place whole, so one cut off is made anew.

zig_version=0.17.1
missing=""
: "${cache:?}"

# A Mac has no `timeout`.
limited() {
    if command -v timeout >/dev/null; then timeout "$@"; else "${@:2}"; fi
}

# Sets `std` to rustup or source, and for source `toolchain`.
find_std() {
    local sysroot
    sysroot="$(rustc --print sysroot)"
    case "${FIELDBOOK_MOBILE_STD:-}" in
        "") std_from_rustup "$sysroot" "$@" || std_from_source "$sysroot" ;;
        rustup) std_from_rustup "$sysroot" "$@" ;;
        source) std_from_source "$sysroot" ;;
        *)
            echo "mobile-check: FIELDBOOK_MOBILE_STD is rustup, source or not set." >&2
            exit 1
            ;;
    esac
}

has_std() {
    local sysroot="$1" target
    for target in "${@:2}"; do [ -d "$sysroot/lib/rustlib/$target/lib" ] || return 1; done
}

std_from_rustup() {
    if ! has_std "$@"; then
        missing="rustup can't add the targets ${*:2}"
        command -v rustup >/dev/null || return 1
        limited 120 rustup target add "${@:2}" >&2 || return 1
        has_std "$@" || return 1
    fi
    std=rustup
}

# The standard library's source goes into a copy of the toolchain, made of hard links: rustup's own stays as it is.
std_from_source() {
    local sysroot="$1" version partial
    version="$(rustc --version | cut -d ' ' -f 2)"
    toolchain="$cache/toolchain-$version"
    if [ ! -d "$toolchain" ]; then
        # Where Rust is a package of the system, its sysroot is /usr.
        if [ ! -x "$sysroot/bin/cargo" ] || [ "$sysroot" = /usr ]; then
            missing="neither rustup's targets nor a toolchain of rustup's to build them with"
            return 1
        fi
        partial="$(mktemp -d "$cache/partial.XXXXXX")"
        if ! std_source "$sysroot" "$version" "$partial"; then
            rm -rf "$partial"
            missing="Rust $version's standard library for phones can be had neither built nor as source"
            return 1
        fi
        cp -al "$sysroot" "$partial/toolchain" 2>/dev/null || {
            rm -rf "$partial/toolchain"
            cp -a "$sysroot" "$partial/toolchain"
        }
        rm -rf "$partial/toolchain/lib/rustlib/src"
        mkdir -p "$partial/toolchain/lib/rustlib/src/rust"
        mv "$partial/library" "$partial/toolchain/lib/rustlib/src/rust/library"
        [ -d "$toolchain" ] || mv "$partial/toolchain" "$toolchain"
        rm -rf "$partial"
    fi
    std=source
}

# Puts the source's folder `library` into the folder $3: rustup's component, else the package of the same version in Debian's
# backports. Another version's source does not build.
std_source() {
    local sysroot="$1" version="$2" folder="$3" library="$1/lib/rustlib/src/rust/library"
    [ -d "$library" ] || limited 120 rustup component add rust-src >&2 || true
    if [ -d "$library" ]; then
        cp -a "$library" "$folder/library"
        return
    fi
    std_source_from_debian "$version" "$folder"
}

std_source_from_debian() {
    local version="$1" folder="$2" apt="$2/apt" package options
    command -v apt-get >/dev/null || return 1
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || return 1
    mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/sources.d"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie-backports main" \
        >"$apt/sources.list"
    # Lists and cache of its own: the system's package sources are not touched.
    options=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/sources.d"
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt" -o "APT::Sandbox::User=")
    limited 180 apt-get "${options[@]}" update >&2 || return 1
    package="$(apt-cache "${options[@]}" madison rust-src | awk -v v="$version+" 'index($3, v) == 1 { print $3; exit }')"
    [ -n "$package" ] || return 1
    (cd "$folder" && limited 300 apt-get "${options[@]}" download "rust-src=$package" >&2) || return 1
    dpkg-deb --fsys-tarfile "$folder"/rust-src_*.deb | tar -x -C "$folder" "./usr/src/rustc-$version/library" || return 1
    mv "$folder/usr/src/rustc-$version/library" "$folder/library"
}

# Sets `zig` to its program.
find_zig() {
    local home="$cache/zig-$zig_version" partial
    zig="$home/ziglang/zig"
    [ ! -x "$zig" ] || return 0
    partial="$(mktemp -d "$cache/partial.XXXXXX")"
    if python3 -m pip --version >/dev/null 2>&1 &&
        limited 300 python3 -m pip install --quiet --no-deps --target "$partial/zig" "ziglang==$zig_version" >&2; then
        [ -d "$home" ] || mv "$partial/zig" "$home"
        rm -rf "$partial"
        return
    fi
    rm -rf "$partial"
    missing="the C compiler zig $zig_version can't be had (python3 -m pip install ziglang==$zig_version)"
    return 1
}
