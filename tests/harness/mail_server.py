#!/usr/bin/env python3
"""A mail drop for tests, on loopback: SMTP, IMAP and POP3 over the files of a model of a base.

    mail_server.py DIRECTORY NODE_CODE PASSWORD PORT_FILE [CERTIFICATE KEY]

PORT_FILE gets the ports of IMAP, SMTP and POP3; with a certificate all are TLS from the first byte.
A file that the model writes becomes a mail as 1C sends it, each time anew; a mail that comes
for the account becomes the file that is attached to it, and goes when that file is taken away.
"""
import base64
import email
import email.header
import email.message
import email.policy
import email.utils
import os
import re
import socketserver
import ssl
import sys
import threading
import time

ROOT, NODE, PASSWORD, PORT_FILE = sys.argv[1:5]
ADDRESS = "obmen@firm.example"
LOCK = threading.RLock()
BEGINNING = "Exchange message ("


class Mail:
    def __init__(self, uid, data, name, ours):
        self.uid, self.data, self.name, self.ours = uid, data, name, ours
        self.date = time.time()
        self.deleted = False


mails, seen, uid = [], {}, 0


def add(data, name, ours):
    global uid
    uid += 1
    mails.append(Mail(uid, data, name, ours))


def compose(name, data):
    """As a base sends it; encodings alternate, since programs of mail differ."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = message["To"] = ADDRESS
    message["Subject"] = f"{BEGINNING}{name})"
    message["Date"] = email.utils.formatdate()
    message.set_content("Сообщение обмена данными", cte=["base64", "quoted-printable"][uid % 2])
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def notice():
    """What the model has written or taken away meanwhile."""
    for name in sorted(os.listdir(ROOT)):
        path = os.path.join(ROOT, name)
        if re.match(r"Message.*\.(xml|zip)$", name) and not name.startswith(f"Message_{NODE}_"):
            found = os.stat(path)
            if seen.get(name) != (found.st_mtime_ns, found.st_size) and found.st_size:
                seen[name] = (found.st_mtime_ns, found.st_size)
                with open(path, "rb") as file:
                    add(compose(name, file.read()), name, False)
    for mail in mails:
        mail.deleted = mail.deleted or (
            mail.ours and not os.path.exists(os.path.join(ROOT, mail.name)))


def content(message):
    value = message.get_content()
    return value.encode() if isinstance(value, str) else value


def deliver(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    subject = message["Subject"]
    names = [part.get_filename() for part in message.iter_attachments()]
    if message["To"] != ADDRESS or len(names) != 1 or subject != f"{BEGINNING}{names[0]})":
        return f"550 a mail to {message['To']} of {subject} with {names}"
    path = os.path.join(ROOT, os.path.basename(names[0]))
    with open(path + "~", "wb") as file:
        file.write(content(next(message.iter_attachments())))
    os.rename(path + "~", path)
    add(data, names[0], True)
    return "250 taken"


class Session(socketserver.StreamRequestHandler):
    def setup(self):
        if len(sys.argv) > 5:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[5], sys.argv[6])
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        try:
            self.talk()
        except (OSError, ssl.SSLError):
            pass

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def is_let_in(self, proof):
        user, password = base64.b64decode(proof).decode().split("\0")[1:]
        return user == ADDRESS and password == PASSWORD


class Smtp(Session):
    def talk(self):
        self.say("220 test")
        logged = False
        for line in self.rfile:
            word, _, rest = line.decode().rstrip("\r\n").partition(" ")
            word = word.upper()
            if word == "EHLO":
                self.say("250-test\r\n250-SIZE 50000000\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                proof = rest.partition(" ")[2]
                if not proof:
                    self.say("334 ")
                    proof = self.rfile.readline().decode().strip()
                logged = self.is_let_in(proof)
                self.say("235 in" if logged else "535 no")
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif not logged:
                self.say("530 log in")
            elif word in ("MAIL", "RCPT"):
                self.say("250 ok" if f"<{ADDRESS}>" in rest else "550 not here")
            elif word == "DATA":
                self.say("354 go on")
                lines = []
                for part in iter(self.rfile.readline, b".\r\n"):
                    lines.append(part[1:] if part.startswith(b".") else part)
                with LOCK:
                    self.say(deliver(b"".join(lines)))
            else:
                self.say("250 ok" if word in ("NOOP", "RSET") else "502 no")


class Imap(Session):
    def literal(self, tag, mail, what, data):
        self.wfile.write(f"* {mail.uid} FETCH (UID {mail.uid} BODY[{what}] "
                         f"{{{len(data)}}}\r\n".encode() + data + b")\r\n")
        self.say(f"{tag} OK done")

    def search(self, tag, words):
        wanted = re.fullmatch(r'UNDELETED SUBJECT "(.*)"', words).group(1)
        found = [str(mail.uid) for mail in mails if not mail.deleted and wanted in str(
            email.header.make_header(email.header.decode_header(
                email.message_from_bytes(mail.data)["Subject"])))]
        self.say(" ".join(["* SEARCH"] + found))
        self.say(f"{tag} OK done")

    def fetch(self, tag, words):
        number, _, what = words.partition(" ")
        mail = next((mail for mail in mails if mail.uid == int(number)), None)
        if mail is None or mail.deleted:
            self.say(f"{tag} OK done")
        elif what == "BODY[HEADER.FIELDS (SUBJECT)]":
            header = mail.data.partition(b"\r\n\r\n")[0] + b"\r\n"
            field = re.search(rb"(?im)^Subject:.*\r\n([ \t].*\r\n)*", header).group()
            self.literal(tag, mail, what[5:-1], field + b"\r\n")
        elif what == "BODY[]":
            self.literal(tag, mail, "", mail.data)
        else:
            date = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(mail.date))
            self.say(f"* {mail.uid} FETCH (UID {mail.uid} RFC822.SIZE {len(mail.data)} "
                     f'INTERNALDATE "{date}")')
            self.say(f"{tag} OK done")

    def by_uid(self, tag, words):
        word, _, rest = words.partition(" ")
        if word == "SEARCH":
            self.search(tag, rest)
        elif word == "FETCH":
            self.fetch(tag, rest)
        else:
            for mail in mails:
                if str(mail.uid) == rest.partition(" ")[0]:
                    mail.deleted = True
            self.say(f"{tag} OK done")

    def talk(self):
        self.say("* OK test")
        logged = False
        for line in self.rfile:
            tag, word, rest = (line.decode().rstrip("\r\n").split(" ", 2) + [""])[:3]
            with LOCK:
                notice()
                if word == "CAPABILITY":
                    self.say("* CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS")
                    self.say(f"{tag} OK done")
                elif word == "AUTHENTICATE":
                    self.say("+ ")
                    logged = self.is_let_in(self.rfile.readline())
                    self.say(f"{tag} OK done" if logged else f"{tag} NO AUTHENTICATIONFAILED")
                elif word == "LOGOUT":
                    self.say(f"* BYE\r\n{tag} OK done")
                    return
                elif not logged:
                    self.say(f"{tag} NO log in")
                elif word == "SELECT":
                    known = rest.strip('"') == "INBOX"
                    self.say("* 0 EXISTS\r\n* OK [UIDVALIDITY 1] ok")
                    self.say(f"{tag} OK done" if known else f"{tag} NO there is no such folder")
                elif word == "UID":
                    self.by_uid(tag, rest)
                else:
                    self.say(f"{tag} OK done" if word == "NOOP" else f"{tag} BAD")


class Pop3(Session):
    """Numbers are of the session, and what it deletes goes when it ends well (RFC 1939)."""

    def list_of(self, lines):
        self.say("\r\n".join(["+OK"] + lines + ["."]))

    def text(self, data):
        stuffed = re.sub(rb"(?m)^\.", b"..", data)
        self.wfile.write(b"+OK\r\n" + stuffed + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n")

    def answer(self, word, rest):
        here = [(number, mail) for number, mail in enumerate(self.mails, 1) if number not in self.gone]
        found = dict(here).get(int(rest.split()[0])) if rest else None
        if word == "LIST" and not rest:
            self.list_of([f"{number} {len(mail.data)}" for number, mail in here])
        elif word == "UIDL" and not rest:
            self.list_of([f"{number} uid-{mail.uid:08x}" for number, mail in here])
        elif word == "RSET":
            self.gone.clear()
            self.say("+OK")
        elif found is None:
            self.say("+OK" if word == "NOOP" else "-ERR no such mail")
        elif word == "TOP":
            self.text(found.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        elif word == "RETR":
            self.text(found.data)
        elif word == "DELE":
            self.gone.add(int(rest))
            self.say("+OK")
        else:
            self.say("-ERR")

    def talk(self):
        self.say("+OK test")
        self.mails, self.gone, logged, user = [], set(), False, ""
        for line in self.rfile:
            word, _, rest = line.decode().rstrip("\r\n").partition(" ")
            word = word.upper()
            if word == "CAPA":
                self.list_of(["TOP", "UIDL", "USER"] + ["SASL PLAIN"] * (uid % 2))
            elif word in ("AUTH", "PASS"):
                if word == "AUTH" and rest == "PLAIN":
                    self.say("+ ")
                    rest = "PLAIN " + self.rfile.readline().decode().strip()
                logged = (user, rest) == (ADDRESS, PASSWORD) if word == "PASS" else \
                    self.is_let_in(rest.partition(" ")[2])
                with LOCK:
                    notice()
                    self.mails = [mail for mail in mails if not mail.deleted]
                self.say("+OK" if logged else "-ERR no")
            elif word == "USER":
                user = rest
                self.say("+OK")
            elif word == "QUIT":
                with LOCK:
                    for number in self.gone:
                        self.mails[number - 1].deleted = True
                self.say("+OK bye")
                return
            elif not logged:
                self.say("-ERR log in")
            else:
                self.answer(word, rest)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


HOST = os.environ.get("MAIL_HOST", "127.0.0.1")
servers = [Server((HOST, 0), kind) for kind in (Imap, Smtp, Pop3)]
with open(PORT_FILE + "~", "w", encoding="ascii") as ports:
    ports.write(" ".join(str(server.server_address[1]) for server in servers))
os.rename(PORT_FILE + "~", PORT_FILE)
threads = [threading.Thread(target=server.serve_forever) for server in servers]
for thread in threads:
    thread.start()
