#!/usr/bin/env python3
"""An FTP server for tests, on loopback: what libcurl needs to list, read, write, rename.

    ftp_server.py DIRECTORY PASSWORD PORT_FILE
"""
import os
import socketserver
import socket
import sys
import time

ROOT, PASSWORD, PORT_FILE = sys.argv[1:4]


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def path(self, name):
        return os.path.join(ROOT, os.path.basename(name))

    def data(self):
        connection, _ = self.passive.accept()
        self.passive.close()
        return connection

    def handle(self):
        self.say("220 test")
        logged, renamed, rest = False, None, ""
        for line in self.rfile:
            word, _, rest = line.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
            word = word.upper()
            if word == "USER":
                self.say("331 password")
            elif word == "PASS":
                logged = rest == PASSWORD
                self.say("230 in" if logged else "530 no")
            elif word == "QUIT":
                self.say("221 bye")
                return
            elif not logged:
                self.say("530 log in")
            elif word in ("PWD",):
                self.say('257 "/"')
            elif word in ("CWD", "TYPE", "OPTS"):
                self.say("250 ok")
            elif word in ("EPSV", "PASV"):
                self.passive = socket.create_server(("127.0.0.1", 0))
                port = self.passive.getsockname()[1]
                if word == "EPSV":
                    self.say(f"229 ok (|||{port}|)")
                else:
                    self.say(f"227 ok (127,0,0,1,{port >> 8},{port & 255})")
            elif word == "NLST":
                self.say("150 list")
                with self.data() as data:
                    names = "".join(n + "\r\n" for n in os.listdir(ROOT))
                    data.sendall(names.encode())
                self.say("226 done")
            elif word == "SIZE" and os.path.isfile(self.path(rest)):
                self.say(f"213 {os.path.getsize(self.path(rest))}")
            elif word == "MDTM" and os.path.isfile(self.path(rest)):
                t = time.gmtime(os.path.getmtime(self.path(rest)))
                self.say("213 " + time.strftime("%Y%m%d%H%M%S", t))
            elif word == "RETR" and os.path.isfile(self.path(rest)):
                self.say("150 file")
                with self.data() as data, open(self.path(rest), "rb") as file:
                    data.sendall(file.read())
                self.say("226 done")
            elif word == "STOR":
                self.say("150 go")
                with self.data() as data, open(self.path(rest), "wb") as file:
                    while block := data.recv(65536):
                        file.write(block)
                self.say("226 done")
            elif word == "DELE" and os.path.isfile(self.path(rest)):
                os.unlink(self.path(rest))
                self.say("250 gone")
            elif word == "RNFR" and os.path.isfile(self.path(rest)):
                renamed = self.path(rest)
                self.say("350 to")
            elif word == "RNTO" and renamed and not os.path.exists(self.path(rest)):
                os.rename(renamed, self.path(rest))
                self.say("250 renamed")
            elif word in ("SIZE", "MDTM", "RETR", "DELE", "RNFR", "RNTO"):
                self.say("550 no such file")
            else:
                self.say("502 unknown")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", 0), Session) as server:
    with open(PORT_FILE + ".part", "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(PORT_FILE + ".part", PORT_FILE)
    server.serve_forever()
