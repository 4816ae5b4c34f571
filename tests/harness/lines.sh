# What the tests over bad lines share: nodes in network namespaces of their own, and lines
# between a branch and the centre. Sourced behind nodes.sh:
#
#   need_lines tun              or the test is skipped, with the reason
#   place centre; place A       a namespace for each
#   line A 1                    the line of A; then A reaches the centre at 10.98.0.1
#   tell A set delay 600        thin_line.c has all orders
#
# A line is tests/links/thin_line.c over TUN, or netem between a pair of devices where the
# kernel has it and the test asks for it: `line A 1 netem` (delay, jitter, loss, reorder,
# rate, cut and mend; no router).
# shellcheck shell=bash
centre_address=10.98.0.1
declare -A places=() lines=() orders=() answers=() kinds=() qualities=()

skip() {
    echo "skipped: $*"
    exit 77
}
has_netem() { unshare -n sh -c 'tc qdisc add dev lo root netem delay 1ms' 2>/dev/null; }
# need_lines: a namespace and a device may be made here.
need_lines() {
    command -v ip >/dev/null || skip "there is no ip (iproute2) here"
    unshare -n true 2>/dev/null || skip "no network namespace can be made: it takes root"
    [ -c /dev/net/tun ] || skip "the kernel has no /dev/net/tun"
    unshare -n ip tuntap add dev probe mode tun 2>/dev/null ||
        skip "no TUN device can be made in a namespace of its own"
}
# place NAME: a namespace for the node NAME; it goes with its process.
place() {
    unshare -n sh -c 'ip link set lo up; echo up; exec sleep 100000' >"$1.place" &
    places[$1]=$!
    pids[place.$1]=$!
    within[$1]="nsenter -t $! -n --"
    for _ in $(seq 200); do
        [ -s "$1.place" ] && break
        sleep 0.05
    done
    [ "$1" != centre ] || ${within[$1]} ip address add "$centre_address/32" dev lo
}
# line BRANCH INDEX [netem]: the branch is 10.98.INDEX.2, its router 10.98.INDEX.100.
line() {
    local branch=$1 index=$2 fd
    lines[$branch]=$index
    kinds[$branch]=${3:-tun}
    if [ "${kinds[$branch]}" = netem ]; then
        ip link add wan0 netns "${places[$branch]}" type veth peer name "line$index" \
            netns "${places[centre]}"
    else
        mkfifo "$branch.orders" "$branch.answers"
        "$bin/thin_line" "${places[$branch]}" wan0 "${places[centre]}" "line$index" \
            <"$branch.orders" >"$branch.answers" 2>"$branch.line" &
        pids[line.$branch]=$!
        exec {fd}>"$branch.orders"
        orders[$branch]=$fd
        exec {fd}<"$branch.answers"
        answers[$branch]=$fd
        read -r -t 10 -u "$fd" _ || complain "the line of $branch does not come up"
    fi
    address "$branch" "10.98.$index.2"
    ${within[centre]} ip link set "line$index" up mtu 1400
    ${within[centre]} ip route add "10.98.$index.0/24" dev "line$index"
}
# address BRANCH ADDRESS: it has this one from now on.
address() {
    ${within[$1]} ip address flush dev wan0
    ${within[$1]} ip address add "$2/32" dev wan0
    ${within[$1]} ip link set wan0 up mtu 1400
    ${within[$1]} ip route replace "$centre_address" dev wan0 src "$2"
}
netem() {
    local branch=$1 end
    declare -A quality=([delay]=0 [jitter]=0 [loss]=0 [reorder]=0 [rate]=0 [cut]=0)
    eval "${qualities[$branch]}"
    local words="delay ${quality[delay]}ms ${quality[jitter]}ms"
    words+=" loss $((quality[cut] ? 100 : quality[loss] / 10)).$((quality[loss] % 10))%"
    [ "${quality[reorder]}" = 0 ] || words+=" reorder $((100 - quality[reorder] / 10))%"
    [ "${quality[rate]}" = 0 ] || words+=" rate ${quality[rate]}kbit"
    for end in "${within[$branch]} tc qdisc replace dev wan0" \
        "${within[centre]} tc qdisc replace dev line${lines[$branch]}"; do
        # shellcheck disable=SC2086 # words
        $end root netem $words limit 200 || complain "netem does not take $words"
    done
}
# tell BRANCH ORDER...: to its line; the answer is in $answer.
tell() {
    local branch=$1
    shift
    if [ "${kinds[$branch]}" = netem ]; then
        case "$1" in
        set) qualities[$branch]+=" quality[$2]=$3" ;;
        cut) qualities[$branch]+=" quality[cut]=1" ;;
        mend) qualities[$branch]+=" quality[cut]=0" ;;
        *) complain "netem has no $1" ;;
        esac
        netem "$branch"
        return
    fi
    echo "$*" >&"${orders[$branch]}"
    read -r -t 10 -u "${answers[$branch]}" answer || complain "the line of $branch is silent"
    [ "$answer" != "what?" ] || complain "the line of $branch does not know: $*"
}
# thin BRANCH DELAY LOSS RATE: ms one way, of 1,000 packets, kbit/s.
thin() {
    tell "$1" set delay "$2"
    tell "$1" set loss "$3"
    tell "$1" set rate "$4"
}
# carried BRANCH: bytes that crossed its line, both ways together.
carried() {
    ${within[centre]} cat /proc/net/dev |
        awk -v name="line${lines[$1]}:" '$1 == name {print $2 + $10}'
}
# given BRANCH: those that the centre gave to it.
given() {
    ${within[centre]} cat /proc/net/dev |
        awk -v name="line${lines[$1]}:" '$1 == name {print $10}'
}
objects() { filial "$1" status --json | sed -n 's/.*"objects": *\([0-9]*\).*/\1/p' | head -n 1; }
# await SECONDS CONDITION...: until it holds.
await() {
    local until=$(($(date +%s) + $1))
    shift
    while [ "$(date +%s)" -lt "$until" ]; do
        "$@" && return 0
        sleep 0.2
    done
    return 1
}
has() { [ "$(objects "$1")" = "$2" ]; }
agree() { [ "$(filial "$1" status --hash)" = "$(filial centre status --hash)" ]; }
# fill CODE FIRST LAST: objects by number, of about 250 bytes that do not compress to less
# than half of it.
fill() {
    awk -v first="$2" -v last="$3" -v seed="$RANDOM" 'BEGIN {
        srand(seed)
        for (number = first; number <= last; number++) {
            text = ""
            for (i = 0; i < 28; i++) text = text sprintf("%08x", rand() * 4294967295)
            printf "{\"put\":\"Catalog.Номенклатура:11111111-2222-4333-8444-%012d\",", number
            printf "\"set\":{\"Code\":\"%d\",\"Description\":\"%d\",", number % 1000, number
            printf "\"НаименованиеПолное\":\"%s\"}}\n", text
        }
    }' | filial "$1" batch >/dev/null || complain "batch at $1"
}
# settle CODE [SETTING...]: a node that is not running yet.
settle() {
    must filial "$1" init "$work/$1" --code "$1" --configuration "$configuration" \
        --allow-any-file-system
    printf '%s\n' 'ballast = 1MiB' 'map_size = 1GiB' "${@:2}" >>"$1/node.conf"
}
# open_centre [SETTING...]
open_centre() {
    place centre
    settle centre "endpoint = tcp://$centre_address:7411" \
        "enrolment_endpoint = tcp://$centre_address:7412" 'sync_interval = 1h' "$@"
    start centre
}
# branch CODE INDEX [netem]: in its place, behind its line, and not joined yet.
branch() {
    place "$1"
    line "$@"
    settle "$1" 'sync_interval = 2s' 'log_level = debug'
}
join() {
    filial centre invite "$1" --auto-approve >"$1.invitation" 2>/dev/null
    must filial "$1" join "$(cat "$1.invitation")"
}
# connected COUNT: so many the centre takes for connected.
connected() { filial centre status --json | grep "\"connected\": *$1\b" >/dev/null; }
# resumed CODE: how many messages went on behind a cut.
resumed() { grep -c 'report=resumed' "$1.log"; }
# finish: what the test says at its end.
finish() {
    if [ "$failures" != 0 ]; then
        for log in *.log; do
            echo "--- $log"
            grep -v 'audit.entry\|sync.started' "$log" | tail -n 25
        done
        exit 1
    fi
    echo "all as expected"
}
