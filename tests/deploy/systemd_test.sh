#!/usr/bin/env bash
# The package under a real systemd, booted in a fresh Debian of its own with no network but
# its loopback: enabled, started, ready, reloaded, revived when it hangs or dies, upgraded,
# there again after a boot, removed. With tests/run --all, as root. systemd_test.sh BUILD SOURCE
set -uo pipefail
source=$2
if [ "${FILIAL_TEST_ALL:-0}" != 1 ]; then
    echo "SKIP: a Debian is booted by tests/run --all only"
    exit 77
fi
command -v systemd-nspawn >/dev/null || { echo "SKIP: there is no systemd-nspawn"; exit 77; }
work=$(mktemp -d)
cd "$work" || exit 1
root=$work/root
machine=""
leader=""
cleanup() {
    # Only what this test has mounted and started.
    [ -z "$machine" ] || { kill -TERM "$machine" 2>/dev/null; wait "$machine" 2>/dev/null; }
    mountpoint -q "$root/proc" 2>/dev/null && umount "$root/proc"
    rm -rf "$work"
}
trap cleanup EXIT
# shellcheck source=tests/deploy/debian.sh
. "$source/tests/deploy/debian.sh"
# says WORDS COMMAND...: what it says has them; it is heard to its end.
says() {
    local words=$1
    shift
    "$@" >"$work/said" 2>&1
    grep -q -i -e "$words" "$work/said"
}
# Bounded: 60 s for what takes a few.
await() {
    for _ in $(seq 600); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    complain "in vain: $*"
    return 1
}

fresh_debian "$root"
build_plain
old=$(pack "$work/plain" 0.1.0)
new=$(pack "$work/plain" 0.1.1)
cp "$old" "$new" "$root/root/"

# systemd, and what the package needs: the machine itself reaches nobody.
mount -t proc proc "$root/proc"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
chrooted() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}
quiet chrooted apt-get update -qq
quiet chrooted apt-get install -y --no-install-recommends systemd systemd-sysv dbus \
    "/root/${old##*/}"
quiet chrooted dpkg --purge filial
chrooted userdel filial 2>/dev/null
rm -rf "$root/var/lib/filial" "$root/var/lib/filial-nodes" "$root/usr/sbin/policy-rc.d"
umount "$root/proc"

boot() {
    systemd-nspawn --quiet --boot --directory="$root" --private-network --register=no \
        --keep-unit --machine="filial-test-$$" </dev/null >"$work/console" 2>&1 &
    machine=$!
    first_child() { leader=$(pgrep -P "$machine" -o) && [ -n "$leader" ]; }
    await first_child || { cat "$work/console"; exit 1; }
    await booted || {
        # Where control groups are not to be had, it is no fault of the package.
        echo "SKIP: no systemd can be booted here: $(tail -n 3 "$work/console")"
        exit 77
    }
}
booted() { inside systemctl is-active --quiet multi-user.target; }
inside() {
    nsenter --target "$leader" --mount --uts --ipc --net --pid --root --wd /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
shut_down() {
    inside systemctl poweroff >/dev/null 2>&1
    for _ in $(seq 600); do
        kill -0 "$machine" 2>/dev/null || break
        sleep 0.1
    done
    kill -TERM "$machine" 2>/dev/null
    wait "$machine" 2>/dev/null
    machine=""
}
property() { inside systemctl show --value --property "$1" "${2:-filiald}"; }
active() { [ "$(property ActiveState "$@")" = active ]; }

boot
quiet inside dpkg --install "/root/${old##*/}"
[ "$(inside systemctl is-enabled filiald)" = enabled ] || complain "the service is not enabled"
[ "$(inside stat -c '%U %a' /var/lib/filial)" = "filial 700" ] || complain "/var/lib/filial"
quiet inside systemctl start filiald
active && complain "it runs without a node"

# As the README says it.
as_filial() { inside runuser -u filial -- "$@"; }
quiet as_filial filial init /var/lib/filial --code ЦО --parent none \
    --configuration /usr/share/filial/demo
quiet inside sed -i 's/^ *map_size.*/map_size = 1GiB/' /usr/share/doc/filial/sample/centre.conf
quiet inside cp /usr/share/doc/filial/sample/centre.conf /var/lib/filial/node.conf
quiet inside sh -c 'echo "advertised_endpoint = tcp://127.0.0.1:7411
advertised_enrolment_endpoint = tcp://127.0.0.1:7412" >>/var/lib/filial/node.conf'
inside systemctl start filiald || inside journalctl -u filiald -n 20 --no-pager
active || complain "it does not run: $(inside journalctl -u filiald -n 5)"
says ЦО property StatusText || complain "it tells systemd nothing: $(property StatusText)"
filial() { inside filial --node /var/lib/filial "$@"; }
filial status --check >"$work/log" 2>&1 || complain "status --check: $(cat "$work/log")"
inside journalctl -u filiald FILIAL_EVENT=daemon.started -o cat >"$work/log"
[ -s "$work/log" ] || complain "the journal has no fields of the log"
exposure=$(inside systemd-analyze security filiald --no-pager |
    sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
echo "filiald.service, running: exposure $exposure"
awk -v level="$exposure" 'BEGIN {exit !(level != "" && level < 2.0)}' ||
    complain "it is exposed by ${exposure:-nothing readable}, below 2.0 is wanted"

# A second node beside it, as a branch.
quiet as_filial filial init /var/lib/filial-nodes/f01 --code Ф01 \
    --configuration /usr/share/filial/demo
invitation=$(filial invite Ф01 | grep -o 'filial1:[^ ]*')
quiet as_filial filial --node /var/lib/filial-nodes/f01 join "$invitation"
quiet filial node approve Ф01 --yes
quiet inside systemctl enable --now filiald@f01
active filiald@f01 || complain "filiald@f01 does not run: $(inside journalctl -u filiald@f01 -n 5)"
quiet filial object put Catalog.Валюты --set Code=643
at_branch() { inside filial --node /var/lib/filial-nodes/f01 "$@"; }
quiet at_branch sync now --timeout 30s
says 643 at_branch object list Catalog.Валюты || complain "what the centre wrote is not at the branch"

# Reloading, and a mistake in it that changes nothing.
inside sh -c 'echo "log_level = debug" >>/var/lib/filial/node.conf'
quiet inside systemctl reload filiald
await says . inside journalctl --quiet -u filiald FILIAL_EVENT=settings.loaded -o cat
quiet inside sed -i '$s/.*/no_such_key = 1/' /var/lib/filial/node.conf
inside systemctl reload filiald >"$work/log" 2>&1 && complain "a wrong setting was taken"
says no_such_key inside journalctl -u filiald -n 20 -o cat ||
    complain "the journal does not say which setting is wrong"
quiet inside sed -i '$d' /var/lib/filial/node.conf
active || complain "it does not live through a reload"

# It dies, and it hangs: systemd has it back, with everything that it had.
again() { [ "$(property NRestarts)" -ge "$1" ] && active; }
quiet inside mkdir -p /run/systemd/system/filiald.service.d
inside sh -c 'printf "[Service]\nWatchdogSec=3\nRestartSec=1\n" \
    >/run/systemd/system/filiald.service.d/test.conf'
quiet inside systemctl daemon-reload
quiet inside systemctl restart filiald
inside sh -c "kill -KILL $(property MainPID)"
await again 1
inside sh -c "kill -STOP $(property MainPID)"
await again 2
[ "$(property Result)" = success ] || complain "after the watchdog: $(property Result)"
says watchdog inside journalctl -u filiald -o cat || complain "the watchdog said nothing"
says 643 filial object list Catalog.Валюты || complain "an object is lost"

# An upgrade takes the running nodes along.
before=$(property MainPID)
before_branch=$(property MainPID filiald@f01)
quiet inside dpkg --install "/root/${new##*/}"
await active
await active filiald@f01
[ "$(property MainPID)" != "$before" ] || complain "the old program runs on"
[ "$(property MainPID filiald@f01)" != "$before_branch" ] || complain "the branch's runs on"

# What is enabled is there after a boot.
shut_down
grep -q . "$work/console" || complain "the machine said nothing"
boot
await active
await active filiald@f01
says 643 filial object list Catalog.Валюты || complain "an object is lost by a boot"

quiet inside dpkg --remove filial
pgrep --ns "$leader" --nslist pid -x filiald >/dev/null && complain "a program runs on that is not there"
inside test -e /usr/bin/filiald && complain "the program is still there"
inside test -e /var/lib/filial/node.conf || complain "removing took the data"
shut_down
exit $((failures > 0))
