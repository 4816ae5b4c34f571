#!/usr/bin/env bash
# Files are exchanged with a model of a 1C base through a mail drop: IMAP or POP3, and SMTP.
# mail_test.sh BIN_DIRECTORY DEMO_CONFIGURATION HARNESS_DIRECTORY
harness=$(realpath "$3")
mapping=$(realpath "$(dirname "$0")/../../deploy/mappings/enterprisedata/demonstration.xml")
. "$(dirname "$0")/../harness/nodes.sh" "$1" "$2"
serve() { # DIRECTORY NODE_CODE [CERTIFICATE KEY]: ports in $imap, $smtp and $pop3
    mkdir -p "$1"
    rm -f ports
    python3 "$harness/mail_server.py" "$1" "$2" secret ports "${@:3}" &
    pids["mail $1"]=$!
    wait_for ports
    read -r imap smtp pop3 <ports
}
places() { # SCHEME-SUFFIX HOST
    options=(--mail "imap$1://obmen%40firm.example@$2:$imap/INBOX"
        --smtp "smtp$1://obmen%40firm.example@$2:$smtp" --mail-address obmen@firm.example)
}
pop_places() { # the same by POP3
    places "$@"
    options[1]="pop3$1://obmen%40firm.example@$2:$pop3"
}
echo secret >password
echo wrong >wrong

echo "-- what may be told"
create n Ф01 --parent none
imap=1 smtp=1
add() { filial n endpoint add --node БП --format v8msg "$@"; }
expect 2 "by which server are mails sent" add --mail imaps://a@mail.example/INBOX
expect 2 "is no address of a server of mail: imaps://user@host/INBOX" add --mail http://mail.example
expect 2 "is no address of a server of mail: smtps://user@host" add --mail imaps://a@mail.example \
    --smtp ftp://mail.example
expect 2 "is no address of a server of mail: pop3s://user@host" add --mail pop3s:///
expect 2 "the address holds a password" add --mail pop3s://a:b@mail.example
expect 2 "what is the address of the account" add --mail imaps://a@mail.example --smtp smtps://a@mail.example
expect 2 "what is the address of the account" add --mail imaps://a@mail.example --smtp smtps://a@mail.example \
    --mail-address "a@b> RCPT TO:<c@d"
expect 2 "the address holds a password" add --mail imaps://a:b@mail.example --smtp smtps://a@mail.example \
    --mail-address a@b
expect 2 "belong to a mail drop" add --directory "$work" --smtp smtps://a@mail.example
places "" 127.0.0.1
expect 2 "give one of" add --directory "$work" "${options[@]}"

echo "-- a conversation"
serve drop Ф01
places "" 127.0.0.1
must add "${options[@]}" --zip
expect 1 "refuses the user or the password" filial n endpoint poll БП
must filial n endpoint change БП --password-file wrong
expect 1 "refuses the user or the password" filial n endpoint poll БП
must filial n endpoint change БП --password-file password --mail "${options[1]/INBOX/Other}"
expect 1 "unreachable" filial n endpoint poll БП
must filial n endpoint change БП --mail "${options[1]}"
must filial n object put Catalog.Валюты --set Code=643 --set Description=рубль
expect 0 "ok" filial n endpoint poll БП
[ "$(ls drop)" = Message_Ф01_БП.zip ] || complain "in the mail: $(ls drop)"
python3 -m zipfile -t drop/Message_Ф01_БП.zip >/dev/null || complain "the archive is broken"
must filial n object put Catalog.Валюты --set Code=840 --set Description=доллар
expect 0 "ok" filial n endpoint poll БП
expect 0 "ok" filial n endpoint poll БП
found=$(python3 - "$imap" <<'PYTHON'
import imaplib, sys
box = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
box.authenticate("PLAIN", lambda _: b"\0obmen@firm.example\0secret")
box.select("INBOX")
print(len(box.uid("SEARCH", 'UNDELETED SUBJECT "Exchange message"')[1][0].split()))
PYTHON
)
[ "$found" = 1 ] || complain "$found mails of ours are left, of which one is read"

echo "-- the same by POP3"
serve pop Ф01
pop_places "" 127.0.0.1
create p Ф01 --parent none
must filial p endpoint add --node БП --format v8msg "${options[@]}" --password-file wrong
expect 1 "refuses the user or the password" filial p endpoint poll БП
must filial p endpoint change БП --password-file password
for code in 643 840 978; do
    must filial p object put Catalog.Валюты --set Code=$code --set Description=валюта
    expect 0 "ok" filial p endpoint poll БП
done
expect 0 "ok" filial p endpoint poll БП
[ "$(ls pop)" = Message_Ф01_БП.xml ] || complain "in the mail: $(ls pop)"
cat >count.py <<'PYTHON'
import poplib, sys
box = poplib.POP3("127.0.0.1", int(sys.argv[1]))
box.user("obmen@firm.example"), box.pass_("secret")
print(len(box.list()[1]))
PYTHON
[ "$(python3 count.py "$pop3")" = 1 ] ||
    complain "$(python3 count.py "$pop3") mails of ours are left, of which one is read"
start p # another account is gone to at once
must filial p endpoint poll БП
must filial p endpoint change БП --mail pop3://obmen%40firm.example@127.0.0.1:1
expect 1 "unreachable" filial p endpoint poll БП
stop p

echo "-- the model of a base"
seeds="3 4 5 6"
[ "${FILIAL_TEST_ALL:-0}" = 1 ] && seeds=$(seq 3 20)
for seed in $seeds; do
    options=()
    [ $((seed % 2)) = 0 ] && options=(--zip)
    create "n$seed" Ф01 --parent none
    serve "x$seed" Ф01
    zip=("${options[@]}")
    if [ "$seed" -gt 4 ]; then pop_places "" localhost; else places "" localhost; fi
    must filial "n$seed" endpoint add --node БП --format v8msg "${options[@]}" "${zip[@]}" \
        --password-file password
    python3 "$harness/base1c.py" "$bin/filial" "n$seed" "$work/x$seed" "$seed" 40 "${zip[@]}" ||
        complain "the model, seed $seed"
done

echo "-- EnterpriseData"
create e ФЛ --parent none
serve ed ФЛ
places "" 127.0.0.1
must filial e endpoint add --node БП --format enterprisedata --mapping "$mapping" "${options[@]}" \
    --zip --password-file password
python3 "$harness/base_enterprisedata.py" "$bin/filial" e "$work/ed" 5 12 БП ФЛ --zip ||
    complain "the model of EnterpriseData"

echo "-- TLS"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null || complain "no certificate"
create t Ф01 --parent none
serve tls Ф01 "$work/cert.pem" "$work/key.pem"
places s localhost
must filial t endpoint add --node БП --format v8msg "${options[@]}" --password-file password
expect 1 "its certificate is not trusted" filial t endpoint poll БП
must filial t endpoint change БП --ca-file cert.pem
must filial t object put Catalog.Валюты --set Code=643 --set Description=рубль
expect 0 "ok" filial t endpoint poll БП
[ -s tls/Message_Ф01_БП.xml ] || complain "nothing came over TLS"
pop_places s localhost
must filial t endpoint change БП "${options[@]}"
rm tls/*
must filial t object put Catalog.Валюты --set Code=840 --set Description=доллар
expect 0 "ok" filial t endpoint poll БП
[ -s tls/Message_Ф01_БП.xml ] || complain "nothing came over TLS by POP3"
places s 127.0.0.1 # of which the certificate is not
must filial t endpoint change БП "${options[@]}"
expect 1 "its certificate is not trusted" filial t endpoint poll БП
MAIL_HOST=127.0.0.2 serve open Ф01
places "" 127.0.0.2 # not this machine's own, as far as can be known
must filial t endpoint change БП "${options[@]}"
expect 1 "has no TLS, and nothing is sent to it in the open" filial t endpoint poll БП
pop_places "" 127.0.0.2
must filial t endpoint change БП "${options[@]}"
expect 1 "has no TLS, and nothing is sent to it in the open" filial t endpoint poll БП
exit "$failures"
