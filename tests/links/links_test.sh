#!/usr/bin/env bash
# Real daemons over bad lines: thin, long, lossy, cut; dead without a word; cut to small
# packets; and peers that read nothing.
# links_test.sh BIN_DIRECTORY DEMO_CONFIGURATION SCENARIO: thin, half_open or slow
harness=$(realpath "$(dirname "$0")/../harness")
. "$harness/nodes.sh" "$1" "$2"
. "$harness/lines.sh"
scenario=$3
all=${FILIAL_TEST_ALL:-0}
need_lines

# 64 kbit/s, 600 ms there and back, 5 % lost: joining, everything to a new branch while the
# line is cut again and again, changes on both sides while it is down.
thin_line() {
    local kind=tun count=2000 every=25000 ideal spent cuts=1 base
    has_netem && kind=netem
    [ "$all" = 0 ] || count=8000 every=60000
    echo "the line is made by $kind"
    open_centre
    fill centre 1 $count
    # The same over a line that holds: what it has to cost.
    branch B 2
    join B
    base=$(carried B)
    start B
    await 100 has B $count || complain "B has $(objects B) of $count"
    ideal=$(($(carried B) - base))
    stop B

    branch A 1 $kind
    thin A 300 50 64
    join A
    echo "joined over the thin line"
    if [ $kind = tun ]; then
        tell A nat 10.98.1.100
        tell A reset on
        tell A cuts $every 2000
    fi
    base=$(carried A)
    start A
    if [ $kind = netem ]; then
        for cuts in 1 2; do
            sleep 12
            tell A cut
            sleep 2
            tell A mend
        done
    fi
    await $((count / 10 + 300)) has A $count || complain "A has $(objects A) of $count"
    agree A || complain "A and the centre differ"
    spent=$(($(carried A) - base))
    if [ $kind = tun ]; then
        tell A cuts 0 0
        tell A counts
        echo "$answer"
        cuts=${answer#*cuts }
        cuts=${cuts%% *}
        [ "$(resumed A)" -ge 1 ] || complain "no message went on where it was cut"
    fi
    echo "$count objects: $ideal bytes over a line that holds, $spent over this one, $cuts cuts"
    # A cut costs the chunk that is on its way, a handshake and a greeting; a lost packet itself.
    [ "$spent" -le $((ideal * 13 / 10 + cuts * 65536 + 65536)) ] ||
        complain "too much was sent again"

    tell A cut
    fill A 100001 100030
    fill centre 200001 200030
    fill A 1 10 # of both sides: the parent wins
    fill centre 1 10
    has A $((count + 30)) || complain "A does not work without its line"
    sleep 3
    tell A mend
    await 120 has A $((count + 60)) || complain "A has $(objects A) after the cut"
    await 60 agree A || complain "A and the centre differ after the cut"
}

# A router forgets its mappings, a cable is pulled, an address changes: nobody says so.
half_open() {
    open_centre
    for index in 1 2 3 4; do
        branch "B$index" $index
        tell "B$index" nat "10.98.$index.100"
        thin "B$index" 50 0 256
        join "B$index"
        start "B$index"
    done
    await 60 connected 4 || complain "not all four are connected"
    for index in 1 2 3 4; do
        await 60 agree "B$index" || complain "B$index differs at the beginning"
    done

    # B1: forgotten in silence between rounds; B2: pulled; B3: forgotten in the middle of a
    # message; B4: another address.
    local begun
    fill centre 1 1500
    for index in 1 2 4; do
        await 60 has "B$index" 1500 || complain "B$index has $(objects "B$index")"
    done
    begun=$(date +%s)
    tell B3 set rate 32
    tell B1 forget
    tell B2 cut
    tell B3 forget
    address B4 10.98.4.22
    fill B1 1001001 1001005
    fill B4 1004001 1004005
    await 60 has centre 1510 || complain "what B1 or B4 wrote did not come in 60 s"
    echo "B1 and B4 came back after $(($(date +%s) - begun)) s"
    await 100 has B3 1510 || complain "the round of B3 did not go on: it has $(objects B3)"
    echo "B3 has all after $(($(date +%s) - begun)) s"
    await 100 connected 3 || complain "the centre still thinks that B2 is there"
    echo "the centre knows that B2 is not there after $(($(date +%s) - begun)) s"
    for index in 1 4; do
        [ "$(grep -c peer.disconnected "B$index.log")" -ge 1 ] ||
            complain "B$index did not notice that its connection was dead"
    done
    tell B2 mend
    await 100 connected 4 || complain "B2 did not come back"
    await 60 agree B2 || complain "B2 differs"
}

# What the centre has taken from its store for a branch and the line has not: in memory.
queued() {
    local sent
    sent=$(${within[centre]} curl -s -H "Authorization: Bearer $token" "$url/metrics" |
        awk -v code="code=\"$1\"" '/^filial_peer_sent_bytes_total/ && index($0, code) {print $2}')
    echo $((${sent%.*} - $(given "$1")))
}

# A branch that reads nothing, one on a thin line and one that is served meanwhile; small
# packets; the centre is killed in the middle.
slow() {
    local count=12000 most=0 now token url
    [ "$all" = 0 ] || count=60000
    open_centre 'http_endpoint = 127.0.0.1:*'
    url=$(sed -n 3p centre/endpoint)
    token=$(filial centre http token --reader)
    branch A 1
    branch B 2
    branch C 3
    for code in A B C; do join $code; done
    fill centre 1 $count
    thin B 300 10 64
    tell C set mtu 296
    for code in A B C; do start $code; done
    for _ in $(seq 200); do
        [ "$(objects A)" -gt 0 ] && break
        sleep 0.02
    done
    kill -STOP "${pids[A]}"
    await 200 has C $count || complain "C has $(objects C) of $count, over small packets"
    sleep 5
    for _ in $(seq 10); do
        now=$(queued B)
        [ "$now" -gt "$most" ] && most=$now
        sleep 0.5
    done
    echo "at most $most bytes wait for B"
    [ "$most" -lt $((700 << 10)) ] || complain "$most bytes wait for a thin line"
    kill -CONT "${pids[A]}"
    await 200 has A $count || complain "A has $(objects A) of $count, after it stood still"
    agree A || complain "A differs"

    # Packets that are cut into fragments on their way.
    ${within[C]} sysctl -qw net.ipv4.ip_no_pmtu_disc=1
    ${within[centre]} sysctl -qw net.ipv4.ip_no_pmtu_disc=1
    stop C
    start C
    fill C 700001 700200
    await 60 has centre $((count + 200)) || complain "what C wrote does not come in fragments"

    # Killed in the middle of what B gets, which goes on at its chunk.
    local before
    before=$(resumed B)
    kill -KILL "${pids[centre]}"
    wait "${pids[centre]}" 2>/dev/null
    start centre
    tell B set rate 1000
    await 300 has B $((count + 200)) || complain "B has $(objects B), after the centre was killed"
    [ "$(resumed B)" -gt "$before" ] || complain "B began anew when the centre was killed"
    for code in A B C; do
        await 60 agree $code || complain "$code differs at the end"
    done
}

case "$scenario" in
thin) thin_line ;;
half_open | slow) $scenario ;;
*) complain "no scenario $scenario" ;;
esac
finish
