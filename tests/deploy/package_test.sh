#!/usr/bin/env bash
# The Debian package: made of this build, it has what a node needs, and its scripts are
# sound. With tests/run --all, as root and with a mirror at hand, it is installed in a
# fresh Debian, used, upgraded, removed and purged. package_test.sh BUILD SOURCE
set -uo pipefail
build=$1
source=$2
for tool in cpack dpkg-deb dpkg-shlibdeps; do
    command -v "$tool" >/dev/null || { echo "SKIP: there is no $tool"; exit 77; }
done
work=$(mktemp -d)
root=$work/root
cleanup() {
    # Only what this test has mounted and started.
    if [ -s "$work/pid" ]; then
        kill "$(cat "$work/pid")" 2>/dev/null
        wait
    fi
    mountpoint -q "$root/proc" 2>/dev/null && umount "$root/proc"
    rm -rf "$work"
}
trap cleanup EXIT
# shellcheck source=tests/deploy/debian.sh
. "$source/tests/deploy/debian.sh"
package=$(pack "$build" 0.1.0)
(cd "$work" && LC_ALL=C cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/c") \
    >"$work/log" 2>&1
grep -q 'LC_ALL=C.UTF-8 cpack' "$work/log" ||
    complain "cpack does not say which locale it needs: $(tail -n 3 "$work/log")"
dpkg-deb -c "$package" | awk '{print $6}' >"$work/files"
for file in usr/bin/filial usr/bin/filiald usr/lib/systemd/system/filiald.service \
    usr/lib/systemd/system/filiald@.service usr/lib/sysusers.d/filial.conf \
    usr/lib/tmpfiles.d/filial.conf usr/share/doc/filial/RUNBOOK.md \
    usr/share/doc/filial/copyright usr/share/doc/filial/sample/centre.conf \
    usr/share/doc/filial/sample/branch.conf usr/share/doc/filial/monitoring/alerts.yml \
    usr/share/doc/filial/monitoring/grafana.json usr/share/filial/demo/Configuration.xml \
    usr/share/locale/ru/LC_MESSAGES/filial.mo; do
    grep -qx "./$file" "$work/files" || complain "the package lacks $file"
done
dpkg-deb -e "$package" "$work/control"
for script in postinst prerm postrm; do
    sh -n "$work/control/$script" || complain "$script"
    [ -x "$work/control/$script" ] || complain "$script cannot be run"
done
grep -q 'Depends:.*libzmq5.*' "$work/control/control" || complain "it does not depend on libzmq5"
# The programs find what lies beside them wherever that is.
dpkg-deb -x "$package" "$work/x"
LANGUAGE=ru LANG=C.UTF-8 "$work/x/usr/bin/filial" help >"$work/help" 2>/dev/null
grep -q 'узел' "$work/help" ||
    complain "the installed program speaks no Russian"
# The samples are settings that are in force.
for sample in centre branch; do
    mkdir -p "$work/$sample"
    cp "$source/deploy/sample/$sample.conf" "$work/$sample/node.conf"
    "$build/bin/filiald" --node "$work/$sample" --check >/dev/null || complain "sample/$sample.conf"
done
[ "$failures" = 0 ] || exit 1
if [ "${FILIAL_TEST_ALL:-0}" != 1 ]; then
    echo "what takes minutes is in tests/run --all: a fresh Debian"
    exit 0
fi
fresh_debian "$root"
build_plain
old=$(pack "$work/plain" 0.1.0)
new=$(pack "$work/plain" 0.1.1)
cp "$old" "$new" "$root/tmp/"
mount -t proc proc "$root/proc"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
as_filial() { inside setpriv --reuid filial --regid filial --clear-groups "$@"; }
quiet inside apt-get update -qq
quiet inside apt-get install -y --no-install-recommends "/tmp/${old##*/}"
inside getent passwd filial >/dev/null || complain "there is no user filial"
[ "$(inside stat -c '%U %a' /var/lib/filial)" = "filial 700" ] || complain "/var/lib/filial"
start() {
    rm -f "$root/var/lib/filial/control.sock"
    # Each of these becomes the next, so that the process is filiald itself.
    (exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin LANG=C.UTF-8 setpriv \
        --reuid filial --regid filial --clear-groups filiald --node /var/lib/filial \
        2>"$work/daemon.log") &
    echo $! >"$work/pid"
    for _ in $(seq 200); do
        [ -S "$root/var/lib/filial/control.sock" ] && return
        sleep 0.1
    done
    complain "filiald does not start: $(tail -n 3 "$work/daemon.log")"
}
stop() {
    local pid
    pid=$(cat "$work/pid")
    kill "$pid"
    wait "$pid" || complain "filiald ended with $?"
    : >"$work/pid"
}
quiet as_filial filial init /var/lib/filial --code ЦО --parent none \
    --configuration /usr/share/filial/demo --allow-any-file-system
start
quiet as_filial filial --node /var/lib/filial object put Catalog.Валюты --set Code=643
stop
quiet inside apt-get install -y --no-install-recommends "/tmp/${new##*/}"
[ "$(inside dpkg-query -W -f '${Version}' filial)" = 0.1.1 ] || complain "it was not upgraded"
start
as_filial filial --node /var/lib/filial object list Catalog.Валюты >"$work/list"
grep -q 643 "$work/list" ||
    complain "an object is lost by the upgrade"
stop
quiet inside apt-get remove -y filial
[ ! -e "$root/usr/bin/filiald" ] || complain "the program is still there"
[ -e "$root/var/lib/filial/node.conf" ] || complain "removing took the data"
quiet inside apt-get purge -y filial
[ -e "$root/var/lib/filial/node.conf" ] || complain "purging took the data"
inside dpkg -l filial >"$work/list" 2>/dev/null
grep -q '^[ri][ci]' "$work/list" && complain "something is left of the package"
exit $((failures > 0))
