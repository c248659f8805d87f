#!/usr/bin/env bash
# Runs a command where Swift 6 is: `scripts/swift.sh swift test --package-path bindings/swift`. The project is /project there.
#
# A machine with Swift 6 on its PATH uses that. Elsewhere Debian's own Swift is installed once, into a small Debian 13 of its
# own outside the project (FIELDBOOK_CACHE), and entered by chroot. Nothing else of the machine is changed.
set -euo pipefail
cd "$(dirname "$0")/.."

project="$PWD"
cache="${FIELDBOOK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fieldbook}"
root="$cache/swift-trixie"
# The program the tests talk to; cargo may build outside the project.
server="$(realpath -m "${FIELDBOOK_SERVER:-${CARGO_TARGET_DIR:-$project/target}/debug/fieldbook-server}" 2>/dev/null ||
    echo "${FIELDBOOK_SERVER:-${CARGO_TARGET_DIR:-$project/target}/debug/fieldbook-server}")"

has_swift_6() {
    command -v swift >/dev/null && swift --version 2>/dev/null | grep -qE 'Swift version ([6-9]|[1-9][0-9])'
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo --preserve-env=PATH,FIELDBOOK_URL,FIELDBOOK_TOKEN "$@"
    fi
}

# Complete only if Swift came with it; what an interrupted run left is made anew.
is_installed() {
    [ -x "$root/usr/bin/swiftc" ] && [ -d "$root/project" ]
}

install_swift() {
    echo "Installing Swift from Debian 13 into $root (about 600 MB to fetch, once)…" >&2
    command -v debootstrap >/dev/null || {
        as_root apt-get update -q
        as_root apt-get install -y -q --no-install-recommends debootstrap debian-archive-keyring
    } >&2
    as_root rm -rf --one-file-system "$root.partial" "$root"
    as_root debootstrap --variant=minbase --include=ca-certificates,libc6-dev,libstdc++-14-dev \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg trixie "$root.partial" >&2
    # Its own mount namespace: the mounts go when the command ends, however it ends.
    as_root env DEBIAN_FRONTEND=noninteractive ROOT="$root.partial" unshare --mount bash -euc '
        mount -t proc proc "$ROOT/proc"
        mount --rbind /dev "$ROOT/dev"
        chroot "$ROOT" apt-get install -y -q --no-install-recommends swiftlang
        chroot "$ROOT" apt-get clean' >&2
    as_root mkdir -p "$root.partial/project"
    as_root mv "$root.partial" "$root"
}

if has_swift_6; then
    export FIELDBOOK_SERVER="$server"
    exec "$@"
fi
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    echo "Swift 6 is missing, and installing Debian's needs root or sudo: install Swift 6 from https://swift.org/install." >&2
    exit 1
fi
if ! command -v apt-get >/dev/null; then
    echo "Swift 6 is missing: install it from https://swift.org/install and run this again." >&2
    exit 1
fi

mkdir -p "$cache"
(
    flock 9
    is_installed || install_swift
) 9>"$cache/swift.lock"
[ $# -gt 0 ] || exit 0

# Swift finds its own libraries through /proc. The network stays the machine's: tests talk to a server on it.
as_root env -u CARGO_TARGET_DIR ROOT="$root" PROJECT="$project" SERVER="$server" unshare --mount bash -euc '
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount --bind "$PROJECT" "$ROOT/project"
    if [ -d "$(dirname "$SERVER")" ]; then
        mkdir -p "$ROOT/server"
        mount --bind "$(dirname "$SERVER")" "$ROOT/server"
    fi
    exec chroot "$ROOT" env -C /project HOME=/root FIELDBOOK_SERVER="/server/$(basename "$SERVER")" "$@"' bash "$@"
