#!/usr/bin/env bash
# deploy/Containerfile as its first lines say: built on a fresh Debian, a centre is made in
# a volume, runs, is looked at, ends, and is there again. With tests/run --all, as root;
# images and volumes lie in a directory of this test. container_test.sh BUILD SOURCE
set -uo pipefail
source=$2
if [ "${FILIAL_TEST_ALL:-0}" != 1 ]; then
    echo "SKIP: a container is built by tests/run --all only"
    exit 77
fi
for tool in podman runc; do
    command -v "$tool" >/dev/null || { echo "SKIP: there is no $tool"; exit 77; }
done
work=$(mktemp -d)
cleanup() {
    podman_here rm --force --time 5 centre >/dev/null 2>&1
    podman_here unmount --all >/dev/null 2>&1
    rm -rf "$work"
}
# shellcheck source=tests/deploy/debian.sh
. "$source/tests/deploy/debian.sh"
podman_here() {
    podman --root "$work/images" --runroot "$work/run" --storage-driver vfs \
        --cgroup-manager cgroupfs --events-backend file --runtime runc "$@"
}
trap cleanup EXIT
# What this shell has itself, since not everywhere may a container have more.
limits=(--ulimit "nofile=1024:1024" --ulimit "nproc=1024:1024" --network none)
run() { podman_here run "${limits[@]}" -v filial:/var/lib/filial "$@"; }

# The registry's images are stood in for by a Debian made here.
fresh_debian "$work/debian"
tar -C "$work/debian" -cf "$work/debian.tar" .
for tag in 12 12-slim; do
    quiet podman_here import "$work/debian.tar" "docker.io/library/debian:$tag"
done
rm -rf "$work/debian" "$work/debian.tar"
git -C "$source" ls-files -z 2>/dev/null | (cd "$source" && tar --null -T - -c) |
    (mkdir "$work/src" && tar -C "$work/src" -x) || cp -a "$source/." "$work/src"
quiet podman_here build --isolation chroot --network host --pull=never \
    -f "$work/src/deploy/Containerfile" -t filial "$work/src"

run --rm filial true >"$work/log" 2>&1
if grep -qE 'cgroup|OCI' "$work/log"; then
    echo "SKIP: the image is built, but no container can run here: $(tail -n 1 "$work/log")"
    exit $((failures > 0 ? 1 : 77))
fi
quiet run --rm filial init --code ЦО --parent none --configuration /usr/share/filial/demo
start() {
    quiet run -d --name centre -v /etc/machine-id:/etc/machine-id:ro filial
    for _ in $(seq 200); do
        podman_here exec centre filial status --check >"$work/log" 2>&1 && return
        sleep 0.1
    done
    complain "it does not come up: $(cat "$work/log"; podman_here logs centre)"
}
start
quiet podman_here exec centre filial object put Catalog.Валюты --set Code=643
quiet podman_here stop --time 20 centre
[ "$(podman_here inspect centre --format '{{.State.ExitCode}}')" = 0 ] ||
    complain "filiald did not end in order: $(podman_here logs centre | tail -n 3)"
quiet podman_here rm centre
start
podman_here exec centre filial object list Catalog.Валюты >"$work/list"
grep -q 643 "$work/list" || complain "an object is lost with the container"
exit $((failures > 0))
