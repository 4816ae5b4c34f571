"""Has a daemon answer requests over HTTP and asks it for something else the while:

    served_http.py PID URL COUNT_FILE COOKIE OUTPUT PATH BODY_FILE [OUTPUT PATH BODY_FILE]...

BODY_FILE may be "". The daemon is stopped until all requests lie there for it, and lets go then.
URL is asked over one connection, each time when the answer before came, until all requests are
answered; COUNT_FILE gets how often. A second answer takes a turn of the daemon's loop after it
has begun with the requests: one that does all its work in one turn has at most one."""

import base64
import http.client
import os
import select
import signal
import socket
import sys
import time
import urllib.parse

TIMEOUT_S = 300
USER = b"exchange:secret"


def waiting(port):
    """Connections to the port on which something lies that nobody has read."""
    count = 0
    with open("/proc/net/tcp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            _, local, _, state, queues = line.split()[:5]
            unread = int(queues.split(":")[1], 16)
            count += int(local.split(":")[1], 16) == port and state == "01" and unread > 0
    return count


def send(address, path, cookie, body_file):
    body = open(body_file, "rb").read() if body_file else b""
    connection = socket.create_connection((address.hostname, address.port), TIMEOUT_S)
    connection.sendall(
        f"{'POST' if body_file else 'GET'} {path} HTTP/1.0\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n"
        f"Authorization: Basic {base64.b64encode(USER).decode()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def receive(connection, output):
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    with open(output, "wb") as file:
        file.write(answer.read())


def main():
    pid, url, count_file, cookie, *rest = sys.argv[1:]
    address = urllib.parse.urlsplit(url)
    server = http.client.HTTPConnection(address.hostname, address.port, timeout=TIMEOUT_S)
    server.connect()
    os.kill(int(pid), signal.SIGSTOP)
    try:
        open_requests = {send(address, path, cookie, body): output
                         for output, path, body in zip(rest[::3], rest[1::3], rest[2::3])}
        end = time.monotonic() + TIMEOUT_S
        while waiting(address.port) < len(open_requests) and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        os.kill(int(pid), signal.SIGCONT)
    answered = 0
    server.request("GET", address.path)
    while open_requests:
        ready, _, _ = select.select([server.sock, *open_requests], [], [], TIMEOUT_S)
        if not ready:
            sys.exit("the daemon does not answer")
        for connection in [one for one in ready if one in open_requests]:
            receive(connection, open_requests.pop(connection))
        if server.sock in ready:
            answer = server.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"{url}: {answer.status}")
            answered += 1 if open_requests else 0
            server.request("GET", address.path)
    with open(count_file, "w", encoding="ascii") as file:
        file.write(str(answered))


main()
