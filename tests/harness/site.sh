# What the tests of sites share: a site written from the protocol's reference, and curl as
# 1C. Sourced behind nodes.sh:
#
#   . "$(dirname "$0")/../harness/site.sh"
#
# shellcheck shell=bash
for tool in curl python3 iconv xmllint openssl; do
    command -v "$tool" >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
unset http_proxy https_proxy
site_harness=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
map=$site_harness/../../deploy/mappings/commerceml/demo.map
echo secret >password

# has WORDS COMMAND...; lacks WORDS FILE...; is WHAT FOUND WANTED
has() { expect 0 "$@"; }
lacks() { ! grep -qF -- "$1" "${@:2}" || complain "\"$1\" is in ${*:2}"; }
is() { [ "$2" = "$3" ] || complain "$1 is \"$2\", wanted \"$3\""; }
# count CODE TYPE: objects of a node
count() { filial "$1" status --counts | awk -v type="$2" '$1 == type { print $2 }'; }

# begin_site NAME [OPTION...]: site_server.py in the folder NAME; its address is in "site".
begin_site() {
    python3 "$site_harness/site_server.py" "$@" >"$1.port" 2>"$1.log" &
    pids[$1]=$!
    for _ in $(seq 200); do [ -s "$1.port" ] && break; sleep 0.05; done
    site="http://127.0.0.1:$(cat "$1.port")/1c_exchange.php"
}
# serve CODE: its node is the site, for the base "acc"; the address of the script is in "url".
serve() {
    must filial "$1" endpoint add --node acc --format commerceml --mapping "$map" --serve \
        --user exchange --password-file password
    url=$(sed -n 3p "$1/endpoint")/bitrix/admin/1c_exchange.php
}

# login TYPE [SCRIPT]: checkauth as 1C does it; then exchange QUERY [CURL OPTION...]
login() {
    curl -s -u exchange:secret "${2:-$url}?type=$1&mode=checkauth" >auth
    cookie=$(sed -n 3p auth)
    sessid=$(sed -n 's/^sessid=//p' auth)
}
exchange() { curl -s -u exchange:secret -b "filial_site=$cookie" "$url?$1&sessid=$sessid" "${@:2}"; }
# upload TYPE NAME FILE [CURL OPTION...]: one piece; import TYPE NAME: until it says its last word
upload() { exchange "type=$1&mode=file&filename=$2" --data-binary "@$3" "${@:4}"; }
import() {
    local answer=progress
    while [ "$(head -n 1 <<<"$answer")" = progress ]; do
        answer=$(exchange "type=$1&mode=import&filename=$2")
    done
    echo "$answer"
}
