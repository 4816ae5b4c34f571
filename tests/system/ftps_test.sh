#!/usr/bin/env bash
# FTP over TLS against a real server: carrying, and a base that exchanges packages.
# ftps_test.sh BIN_DIRECTORY DEMO_CONFIGURATION
harness=$(realpath "$(dirname "$0")/../harness")
. "$harness/nodes.sh" "$1" "$2"
. "$harness/quiet.sh"

vsftpd=$(PATH=$PATH:/usr/sbin command -v vsftpd) || {
    echo "skipped: there is no vsftpd here"
    exit 77
}
[ "$(id -u)" = 0 ] || {
    echo "skipped: vsftpd starts as root alone"
    exit 77
}
# certificate NAME: NAME.crt, and its key.
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" \
        -addext "subjectAltName=IP:127.0.0.1" -keyout "$1.key" -out "$1.crt" 2>/dev/null
}
free_port() { python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'; }
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1" 2>/dev/null; }
# server NAME IMPLICIT: a directory behind TLS, nothing in the open; $port. Whoever knows the
# password is let in as "ftp"; the data connection must go on with the session of the other.
server() {
    mkdir -p "$1/x" "$1.empty"
    chown daemon "$1/x"
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        cat >"$1.conf" <<END
listen=YES
listen_address=127.0.0.1
listen_port=$port
background=NO
anonymous_enable=YES
local_enable=NO
ftp_username=daemon
anon_root=$work/$1
secure_email_list_enable=YES
email_password_file=$work/password
write_enable=YES
anon_upload_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
implicit_ssl=$2
rsa_cert_file=$work/own.crt
rsa_private_key_file=$work/own.key
secure_chroot_dir=$work/$1.empty
seccomp_sandbox=NO
xferlog_enable=NO
END
        "$vsftpd" "$work/$1.conf" >"$1.server" 2>&1 &
        pids[$1]=$!
        for _ in $(seq 100); do
            listens "$port" && return
            kill -0 "${pids[$1]}" 2>/dev/null || break
            sleep 0.05
        done
    done
    complain "vsftpd does not start"
    cat "$1.server"
    exit 1
}
put() {
    must filial "$1" object put "Catalog.Валюты:11111111-2222-4333-8444-0000000000$2" --set "Code=$2"
}

certificate own
certificate other
echo secret >password
make ЦО
must filial A init "$work/A" --code A --configuration "$configuration" --allow-any-file-system
filial ЦО invite A --auto-approve >invitation 2>/dev/null
must filial A join "$(cat invitation)"
echo "$quiet" >>A/node.conf # what is carried is not to come over the line
start A
must filial A sync now

chmod 711 .
for kind in asked implicit; do
    server $kind "$([ $kind = implicit ] && echo YES || echo NO)"
    [ $kind = asked ] && asked=$port
    scheme=$([ $kind = asked ] && echo ftpes || echo ftps)
    url=$scheme://ftp@127.0.0.1:$port/x
    number=$([ $kind = asked ] && echo 11 || echo 21)
    echo "-- $scheme"
    put ЦО $number
    put A $((number + 1))
    refuse "not trusted" filial ЦО carry out "$url" --password-file password
    refuse "not trusted" filial ЦО carry out "$url" --password-file password --ca-file other.crt
    refuse "no certificate" filial ЦО carry out "$url" --password-file password --ca-file password
    refuse "refuses the user or the password" filial ЦО carry out "$url" --ca-file own.crt
    [ -z "$(ls "$kind/x")" ] || complain "something was written all the same: $(ls "$kind/x")"
    must filial ЦО carry out "$url" --password-file password --ca-file own.crt
    must filial A carry in "$url" --password-file password --ca-file own.crt --remove
    must filial A carry out "$url" --password-file password --ca-file own.crt
    must filial ЦО carry in "$url" --password-file password --ca-file own.crt
    [ "$(filial A status --hash)" = "$(filial ЦО status --hash)" ] || complain "by $scheme: they differ"
    [ -e "$kind/x/ЦО_A.messages" ] && complain "what A took is left on the server"
done

echo "-- a server without TLS"
mkdir plain
python3 "$harness/ftp_server.py" "$work/plain" secret "$work/plain.port" &
pids[plain]=$!
for _ in $(seq 200); do [ -s plain.port ] && break || sleep 0.05; done
refuse "nothing is sent to it in the open" filial ЦО carry out \
    "ftpes://base@127.0.0.1:$(cat plain.port)/" --password-file password

echo "-- a base that exchanges packages"
rm -f asked/x/*
must filial ЦО endpoint add --node БП --format v8msg --poll 1h --zip \
    --ftp "ftpes://ftp@127.0.0.1:$asked/x" --password-file password
expect 1 "not trusted" filial ЦО endpoint poll БП
must filial ЦО endpoint change БП --ca-file own.crt
expect 0 "certificate file" filial ЦО endpoint show БП
put ЦО 31
expect 0 "ok" filial ЦО endpoint poll БП
python3 -m zipfile -t asked/x/Message_ЦО_БП.zip >/dev/null || complain "no archive is on the server"
put ЦО 32
expect 0 "ok" filial ЦО endpoint poll БП # in the place of the first one
[ "$(ls asked/x)" = Message_ЦО_БП.zip ] || complain "left over on the server: $(ls asked/x)"

[ "$failures" = 0 ] || tail -n 5 ./*.log ./*.server
[ "$failures" = 0 ] && echo "all as expected"
exit $((failures > 0))
