# What the tests of the package in a fresh Debian share; to be sourced, with $source and
# $work set. A Debian is made with tests/run --all only.

failures=0
complain() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# fresh_debian DIRECTORY: a minimal Debian 12 there, or the end of the test with a reason.
# FILIAL_TEST_DEBIAN names one that is copied instead, where no mirror is at hand.
fresh_debian() {
    [ "$(id -u)" = 0 ] || { echo "SKIP: only root can make a Debian"; exit 77; }
    if [ -n "${FILIAL_TEST_DEBIAN:-}" ]; then
        cp -a "$FILIAL_TEST_DEBIAN" "$1"
    else
        command -v debootstrap >/dev/null || { echo "SKIP: there is no debootstrap"; exit 77; }
        debootstrap --variant=minbase bookworm "$1" >"$work/log" 2>&1 || {
            echo "SKIP: no mirror of Debian: $(tail -n 1 "$work/log")"
            exit 77
        }
    fi
    cp /etc/resolv.conf "$1/etc/resolv.conf"
}

# pack BUILD VERSION: prints the name of $work/pack/filial_VERSION_*.deb, made of that build.
pack() {
    (cd "$work" && LC_ALL=C.UTF-8 cpack -G DEB --config "$1/CPackConfig.cmake" \
        -B "$work/pack" -D CPACK_PACKAGE_VERSION="$2" >"$work/log" 2>&1) || {
        complain "cpack: $(tail -n 5 "$work/log")"
        exit 1
    }
    ls "$work/pack/filial_$2"_*.deb
}

# A package of a build with sanitizers would need their libraries: $work/plain has none.
build_plain() {
    cmake -S "$source" -B "$work/plain" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DFILIAL_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr >"$work/log" 2>&1 &&
        ninja -C "$work/plain" >>"$work/log" 2>&1 || {
        complain "the build for the package: $(tail -n 5 "$work/log")"
        exit 1
    }
}

# What cannot be done without is quiet when it works and ends the test when it does not.
quiet() {
    "$@" >"$work/log" 2>&1 || {
        complain "$*: $(tail -n 5 "$work/log")"
        exit 1
    }
}
