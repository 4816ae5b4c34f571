"""A TCP line that breaks: python3 cutting_proxy.py DIRECTORY TARGET CUTS BYTES RATE

Listens on a free port of loopback, which it writes to DIRECTORY/port, and hands every
connection on to the address in the first line of the file TARGET (tcp://HOST:PORT). After
a random number of bytes from the target, BYTES on the average, the connection is cut,
CUTS times in all. RATE bytes a second cross at most, 0: as many as can. When it ends, DIRECTORY/line has the cuts made and the bytes that
crossed, both ways."""

import os
import random
import select
import signal
import socket
import sys
import time


class Line:
    def __init__(self, directory, cuts, average, rate):
        self.path = os.path.join(directory, "line")
        self.cuts_left = cuts
        self.cuts = 0
        self.average = average
        self.rate = rate
        self.bytes = 0
        self.random = random.Random(1)
        self.next_cut()

    def next_cut(self):
        self.until_cut = self.random.randint(1, 2 * self.average) if self.cuts_left else None

    def tell(self):
        with open(self.path + ".new", "w") as file:
            print(self.cuts, self.bytes, file=file)
        os.rename(self.path + ".new", self.path)

    def carry(self, client, target):
        """Both ways until somebody closes, or the line breaks."""
        other = {client: target, target: client}
        while True:
            for source in select.select([client, target], [], [])[0]:
                room = 16384
                if source is target and self.until_cut is not None:
                    room = min(room, self.until_cut)
                data = source.recv(room)
                if not data:
                    return
                other[source].sendall(data)
                self.bytes += len(data)
                if self.rate:
                    time.sleep(len(data) / self.rate)
                if source is target and self.until_cut is not None:
                    self.until_cut -= len(data)
                    if self.until_cut == 0:
                        self.cuts_left -= 1
                        self.cuts += 1
                        self.next_cut()
                        self.end(client)
                        return

    @staticmethod
    def end(client):
        """What has arrived stays to be read, as when a line falls silent."""
        client.shutdown(socket.SHUT_WR)
        client.settimeout(5)
        while client.recv(65536):
            pass


def address_of(path):
    with open(path) as file:
        host, port = file.readline().strip().removeprefix("tcp://").rsplit(":", 1)
    return host, int(port)


def main():
    directory, target_path, cuts, average, rate = sys.argv[1:]
    line = Line(directory, int(cuts), int(average), int(rate))
    listener = socket.create_server(("127.0.0.1", 0))
    with open(os.path.join(directory, "port.new"), "w") as file:
        print(listener.getsockname()[1], file=file)
    os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            client, _ = listener.accept()
            try:
                with client, socket.create_connection(address_of(target_path)) as target:
                    line.carry(client, target)
            except OSError:
                pass
    finally:
        line.tell()


main()
