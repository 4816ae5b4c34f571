#!/usr/bin/env bash
# everything to a new branch over 64 kbit/s, 600 ms, 5 % loss, and the same cut each minute
set -euo pipefail
. "$root/tests/bench/lib.sh"
. "$root/tests/harness/nodes.sh" "$bin" "$root/deploy/demo/configuration"
. "$root/tests/harness/lines.sh"
runs=${FILIAL_BENCH_RUNS:-1}
count=${FILIAL_BENCH_OBJECTS:-5000}
delay=300 # ms one way
loss=50   # of 1,000 packets, one way
rate=64   # kbit/s
(need_lines) >&2 || exit 0

between() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.1f\n", b - a}'; }
over() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.3f\n", a / b}'; }
sent_to() {
    ${within[centre]} curl -s -H "Authorization: Bearer $token" "$url/metrics" |
        awk -v code="code=\"$1\"" '/^filial_peer_sent_bytes_total/ && index($0, code) {printf "%.0f\n", $2}'
}
# image CODE INDEX: $seconds until it has everything, $bytes that its line carried.
image() {
    local begun base
    base=$(carried "$1")
    begun=$(now)
    start "$1"
    await 3000 has "$1" "$count" || { echo "$1 has only $(objects "$1")" >&2; exit 1; }
    seconds=$(between "$begun" "$(now)")
    bytes=$(($(carried "$1") - base))
    agree "$1" || { echo "$1 and the centre differ" >&2; exit 1; }
}
# stream CODE BYTES: the same for a bare TCP connection.
stream() {
    local begun base
    base=$(carried "$1")
    ${within[centre]} python3 - "$centre_address" "$2" <<'END' &
import socket, sys
server = socket.create_server((sys.argv[1], 7499))
peer, _ = server.accept()
peer.sendall(b"x" * int(sys.argv[2]))
peer.shutdown(socket.SHUT_WR)
peer.recv(1)
END
    local server=$!
    sleep 1
    begun=$(now)
    ${within[$1]} python3 - "$centre_address" "$2" <<'END'
import socket, sys
peer = socket.create_connection((sys.argv[1], 7499))
left = int(sys.argv[2])
while left > 0:
    some = peer.recv(1 << 16)
    if not some:
        sys.exit("the stream broke off")
    left -= len(some)
END
    seconds=$(between "$begun" "$(now)")
    bytes=$(($(carried "$1") - base))
    wait $server
}

open_centre 'http_endpoint = 127.0.0.1:*'
url=$(sed -n 3p centre/endpoint)
token=$(filial centre http token --reader)
fill centre 1 "$count"
times=() loads=() stream_times=() stream_loads=() cut_times=() cut_loads=() of_stream=()
index=1
for _ in $(seq "$runs"); do
    for kind in whole cut; do
        branch "$kind$index" $index
        thin "$kind$index" $delay $loss $rate
        join "$kind$index"
        if [ $kind = cut ]; then
            tell "$kind$index" nat "10.98.$index.100"
            tell "$kind$index" cuts 60000 2000
            image "$kind$index"
            cut_times+=("$seconds")
            cut_loads+=("$bytes")
            tell "$kind$index" counts
            echo "   $kind$index: $answer" >&2
        else
            image "$kind$index"
            times+=("$seconds")
            loads+=("$bytes")
            stop "$kind$index"
            whole=$seconds
            stream "$kind$index" "$(sent_to "$kind$index")"
            stream_times+=("$seconds")
            stream_loads+=("$bytes")
            of_stream+=("$(over "$seconds" "$whole")")
        fi
        index=$((index + 1))
    done
done
report links.seconds s "${times[@]}"
report links.seconds.ceiling s "${stream_times[@]}"
report links.of_a_stream ratio "${of_stream[@]}"
report links.bytes bytes "${loads[@]}"
report links.bytes.ceiling bytes "${stream_loads[@]}"
report links.cut_seconds s "${cut_times[@]}"
report links.cut_bytes bytes "${cut_loads[@]}"
