#!/usr/bin/env bash
# Exchange by files in a directory: lost, repeated, late, for another node, damaged, and mixed
# with online work; with daemons and without.
# carry_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS
harness=$3
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"

hash_of() { filial "$1" status --hash; }
equal() {
    local first code
    first=$(hash_of "$1")
    for code in "$@"; do
        [ "$(hash_of "$code")" = "$first" ] || complain "$code is not as $1: $what"
    done
}
put() { must filial "$1" object put Catalog.Валюты --set "Code=$2" --set "Description=$2"; }
join() {
    must filial ЦО invite "$1" --file "$1.invitation"
    must filial "$1" join "$1.invitation" --request "$1.request"
    must filial ЦО node accept "$1.request" "$1.answer"
    must filial "$1" join "$1.answer"
    must filial ЦО node approve "$1" --yes
    stop "$1"
}
take() { must filial "$1" carry in "$2"; }

make ЦО
make A
make B
mkdir up down old elsewhere

echo "-- two branches join by files, and never connect"
join A
join B
put ЦО 100
put A 101
put B 102

echo "-- there and back, without a line"
what="first exchange"
must filial A carry out up
must filial B carry out up
take ЦО up
must filial ЦО carry out down
take A down
take B down
equal ЦО A B
must filial A carry out up
must filial B carry out up
take ЦО up
filial ЦО --json node list >out
grep -q '"confirmed": 0' out && complain "confirmations did not arrive"

echo "-- a stick is lost, another holds all of it; the lost one turns up late, twice"
what="a lost stick"
put ЦО 200
must filial ЦО carry out old
put ЦО 201
must filial ЦО carry out down
take A down
equal ЦО A
take A old
take A old
take A down
equal ЦО A
what="the older stick first"
take B old
take B down
equal ЦО B

echo "-- what is damaged is refused, and keeps nothing else"
put ЦО 300
must filial ЦО carry out down
head -c 300 down/ЦО_A.messages >elsewhere/ЦО_A.messages
refuse "cut off or damaged" filial A carry in elsewhere
cp down/ЦО_B.messages elsewhere/x.messages
must filial A carry in down
refuse "refused" filial A carry in elsewhere
printf 'nonsense' >elsewhere/y.confirmed
refuse "no confirmation" filial ЦО carry in elsewhere
what="after a damaged file"
equal ЦО A
take B down
equal ЦО B

echo "-- mixed with the line"
start A
start B
put ЦО 400
must filial ЦО carry out down
put A 401
must filial A sync now
take A down
must filial A carry out up
take ЦО up
what="by both ways"
for _ in 1 2 3; do
    must filial A sync now
    must filial B sync now
done
equal ЦО A B

echo "-- a second exchange is small, and --remove leaves only what is for others"
must filial ЦО carry out down
must filial A carry out up
must filial ЦО carry in up --remove
[ -e up/A_ЦО.confirmed ] && complain "--remove leaves what was taken"
cp down/* up/ 2>/dev/null
must filial ЦО carry in up --remove
ls up/ЦО_* >/dev/null 2>&1 || complain "--remove removes what is for others"
refuse "no such node" filial ЦО carry out down --for Z

echo "-- by a server"
# What is written for the server must not have come over the line before.
for code in "${!pids[@]}"; do
    stop "$code"
done
mkdir ftp
echo secret >password
python3 "$harness/ftp_server.py" "$work/ftp" secret "$work/port" &
pids[ftp]=$!
for _ in $(seq 100); do [ -s port ] && break || sleep 0.1; done
url=ftp://base@127.0.0.1:$(cat port)/
what="by a server"
put ЦО 500
put A 501
refuse "refuses the user or the password" filial ЦО carry out "$url"
must filial ЦО carry out "$url" --password-file password
must filial A carry in "$url" --password-file password --remove
[ -e ftp/ЦО_A.messages ] && complain "what A took is left on the server"
[ -e ftp/ЦО_B.messages ] || complain "what is for B is gone from the server"
must filial A carry out "$url" --password-file password
must filial ЦО carry in "$url" --password-file password
filial B carry in "$url" --password-file password >/dev/null
equal ЦО A
ls -d /tmp/filial-carry.* 2>/dev/null && complain "files are left in /tmp"
refuse "no address of a server" filial A carry in "http://127.0.0.1/x"

echo "-- by a mail drop: IMAP for one, POP3 for the other"
mkdir drop
python3 "$harness/mail_server.py" "$work/drop" nobody secret ports &
pids[mail]=$!
wait_for ports
read -r imap smtp pop3 <ports
mail=imap://obmen%40firm.example@127.0.0.1:$imap/INBOX
pop=pop3://obmen%40firm.example@127.0.0.1:$pop3
send=(--password-file password --smtp "smtp://obmen%40firm.example@127.0.0.1:$smtp"
    --mail-address obmen@firm.example)
what="by a mail drop"
put ЦО 600
put A 601
refuse "by which server are mails sent" filial ЦО carry out "$mail" --password-file password
refuse "refuses the user or the password" filial A carry in "$mail"
must filial ЦО carry out "$mail" "${send[@]}"
put ЦО 602
must filial ЦО carry out "$mail" "${send[@]}" # the older mails go
must filial A carry in "$pop" --password-file password --remove
grep -q "ЦО_A.messages" out || complain "A took nothing out of the mail"
filial A carry in "$mail" --password-file password >out 2>&1
grep -q "ЦО_A.messages" out && complain "what A took is left in the mail"
must filial A carry out "$mail" "${send[@]}"
must filial ЦО carry in "$mail" --password-file password
filial B carry in "$pop" --password-file password >out 2>&1
grep -q "ЦО_B.messages" out || complain "what is for B is gone from the mail"
equal ЦО A
ls -d /tmp/filial-carry.* 2>/dev/null && complain "files are left in /tmp"

[ $failures -eq 0 ] && echo "done"
exit $((failures > 0))
