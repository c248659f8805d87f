#!/usr/bin/env bash
# Kotlin on this machine: `scripts/kotlin.sh sample BOOK VERB [ARGS]`, `scripts/kotlin.sh bench FOLDER`, or any command that needs
# a JDK and Maven, `scripts/kotlin.sh mvn -f bindings/kotlin/pom.xml compile`. `scripts/kotlin.sh build` compiles everything.
#
# A Debian that has neither is given its own packages of them; Maven keeps what it fetches in ~/.m2.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
compiled="$root/target/kotlin"

need() {
    missing=()
    command -v javac >/dev/null || missing+=(default-jdk-headless)
    command -v mvn >/dev/null || missing+=(maven)
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || { echo "A JDK (17 or newer) and Maven are needed: install them and run this again." >&2; exit 1; }
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Run as root, or install ${missing[*]} first." >&2; exit 1; }
        as_root="sudo"
    fi
    echo "Installing ${missing[*]}…" >&2
    { $as_root apt-get update -q && $as_root apt-get install -y -q --no-install-recommends "${missing[@]}"; } >&2
}

build() {
    need
    [ -d "$root/bindings/kotlin/fieldbook/generated" ] || { echo "Run scripts/bindings.sh first." >&2; exit 1; }
    # Libraries of another version must not stay beside the new ones.
    rm -rf "$compiled/lib"
    mvn -B -ntp -q -f "$root/bindings/kotlin/pom.xml" compile >&2
}

# A short command is over before the better compiler has earned its time; a bench is not.
program() {
    module="$1"
    tier="$2"
    shift 2
    [ -d "$compiled/$module/classes" ] || build
    exec java "-XX:TieredStopAtLevel=$tier" -XX:+UseSerialGC "-Djna.library.path=$root/target/bindings" \
        -cp "$compiled/$module/classes:$compiled/fieldbook/classes:$compiled/lib/*" "app.fieldbook.$module.MainKt" "$@"
}

case "${1:-}" in
    sample) shift; program sample 1 "$@" ;;
    bench) shift; program bench 4 "$@" ;;
    build) build ;;
    "") need ;;
    *) need; exec "$@" ;;
esac
