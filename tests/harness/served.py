"""Has a daemon do a command and asks it for something else the while, over its control socket
(node/control/control.h):

    served.py NODE_DIRECTORY COUNT_FILE ARGUMENT... [-- QUESTION... [-- PATTERN [-- ONCE...]]]

What the command says goes to stdout and its exit status is the end's. COUNT_FILE gets how many
questions were answered before the command was done; with PATTERN, how many of the answers have
it, and behind the first of them ONCE is asked for, one time. Each is sent when the one before it
was answered, so a second answer takes a turn of the daemon's loop after the command has begun:
one that does all its work in one turn has at most one."""

import os
import re
import select
import socket
import struct
import sys

COMMAND, OUTPUT, COMPLAINT, EXIT = 1, 17, 18, 19
TIMEOUT_S = 300


def sized(text):
    data = text.encode()
    size, head = len(data), b""
    while size > 0x7F:
        head += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + bytes([size]) + data


class Connection:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(path)
        self.bytes = b""
        self.said = b""

    def ask(self, *arguments):
        payload = b"\0" + b"".join(sized(text) for text in ("en", os.getcwd(), *arguments))
        self.socket.sendall(struct.pack(">IB", len(payload) + 1, COMMAND) + payload)

    def take(self):
        """What is there; the exit status once the command is done."""
        more = self.socket.recv(65536)
        if not more:
            sys.exit("the daemon has closed the connection")
        self.bytes += more
        while len(self.bytes) >= 5:
            size, kind = struct.unpack_from(">IB", self.bytes)
            if len(self.bytes) < size + 4:
                break
            payload, self.bytes = self.bytes[5 : size + 4], self.bytes[size + 4 :]
            if kind in (OUTPUT, COMPLAINT):
                self.said += payload
            elif kind == EXIT:
                return payload[0]
        return None


def groups(arguments):
    """What stands between "--"."""
    found = [[]]
    for argument in arguments:
        if argument == "--":
            found.append([])
        else:
            found[-1].append(argument)
    return found + [[]] * (4 - len(found))


def main():
    directory, count_file, *arguments = sys.argv[1:]
    command, question, pattern, once = groups(arguments)
    question = question or ["plan", "list"]
    path = os.path.join(directory, "control.sock")
    long, others = Connection(path), Connection(path)
    others.ask(*question)
    while others.take() is None:
        pass
    answered = 0
    others.said = b""
    long.ask(*command)
    others.ask(*question)
    asked = question
    status = None
    while status is None:
        ready, _, _ = select.select([long.socket, others.socket], [], [], TIMEOUT_S)
        if not ready:
            sys.exit("the daemon does not answer")
        if long.socket in ready:
            status = long.take()
            continue
        failed = others.take()
        if failed is None:
            continue
        if failed and asked is not question:
            sys.exit(f"{asked}: {others.said.decode()}")
        holds = asked is question and (not pattern or re.search(pattern[0], others.said.decode()))
        answered += 1 if holds else 0
        asked, once = (once, []) if holds and once else (question, once)
        others.said = b""
        others.ask(*asked)
    sys.stdout.buffer.write(long.said)
    with open(count_file, "w", encoding="ascii") as file:
        file.write(str(answered))
    sys.exit(status)

main()
