#!/usr/bin/env python3
"""A site as 1C meets it: the exchange protocol of shops and CRM systems, written from the
protocol's reference and knowing nothing of Filial.

    site_server.py DIRECTORY [--kind KIND] [--zip] [--limit N] [--progress N] [--drop N] [--certificate PEM]

Serves at a free port of loopback, which it prints. Files come into DIRECTORY/received, in
sessions that have imported them; DIRECTORY/orders.xml is what `query` answers, until
`success` takes it into DIRECTORY/taken. DIRECTORY/log has a line for each request.
--kind: as which of the real ones it behaves, by what their programs do:
  bitrix    a line break behind each answer, a time at checkauth of catalogues, an archive is
            unpacked by the imports, of which a file takes a dozen, each with other words;
            orders are loaded as they come, from an archive too, what could not be loaded is
            told behind "success", and a `success` of another session is an "error"; with a
            version at init they wait for their import
  opencart  the same key for everybody, no sessid, sizes as PHP has them (--limit 1K), UTF-8,
            modes that it does not know are a success
  presta    a sentence where the cookie should be, no cookie at all
  django    no cookie, every request overwrites the file, no imports of orders: HTTP 404
--progress: an import answers progress so often; --drop: the line breaks in the middle of
the Nth file request; DIRECTORY/down makes everything an HTTP 503.
"""
import argparse
import base64
import http.server
import os
import re
import secrets
import shutil
import ssl
import sys
import time
import urllib.parse
import zipfile

options = None
sessions = {}
state = {"files": 0, "imports": {}}
USER, PASSWORD = "exchange", "secret"
KEY = "5ebe2294ecd0e0f08eab7690d2a6ee69"


def limit_bytes():
    units = {"K": 1 << 10, "M": 1 << 20}
    text = str(options.limit)
    return int(text[:-1]) * units[text[-1]] if text[-1] in units else int(text)


def path(*names):
    return os.path.join(options.directory, *names)


class Session:
    def __init__(self):
        self.cookie = secrets.token_hex(16)
        self.sessid = secrets.token_hex(16)
        self.began = False
        self.queried = None
        self.version = ""
        self.place = path("session-" + self.cookie[:8])


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def note(self, text):
        with open(path("log"), "a", encoding="utf-8") as log:
            log.write(text + "\n")

    def answer(self, body, kind="text/html; charset=windows-1251", code=200):
        body = body if isinstance(body, bytes) else body.encode("windows-1251")
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one(self, body):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        mode, kind = query.get("mode", ""), query.get("type", "")
        self.note(f"{self.command} type={kind} mode={mode} file={query.get('filename', '')} bytes={len(body)}")
        if os.path.exists(path("down")):
            return self.answer("down", code=503)
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            return self.answer("failure\nОшибка авторизации")
        if mode == "checkauth":
            session = Session()
            sessions[session.cookie] = session
            return self.checkauth(session, kind)
        session = self.session(query)
        if session is None:
            return self.answer("failure\nОшибка проверки источника запроса")
        return getattr(self, "mode_" + mode, self.unknown)(session, query, body, kind)

    def checkauth(self, session, kind):
        if options.kind in ("opencart", "presta", "django"):
            sessions["one"] = session if kind == "catalog" or "one" not in sessions else sessions["one"]
        if options.kind == "opencart":
            return self.answer("success\nkey\n" + KEY + "\n", "text/html; charset=utf-8")
        if options.kind == "presta":
            return self.answer("success\nАутентификация успешна".encode(), "text/plain")
        if options.kind == "django":
            return self.answer("success\n")
        end = f"\ntimestamp={int(time.time())}\n" if options.kind == "bitrix" and kind == "catalog" else ""
        if kind == "sale":
            state["exporting"] = session
        return self.answer(f"success\nPHPSESSID\n{session.cookie}\nsessid={session.sessid}" + (end or "\n" * (options.kind == "bitrix")))

    def session(self, query):
        cookie = self.headers.get("Cookie", "")
        if options.kind == "opencart":
            return sessions.get("one") if cookie == "key=" + KEY and "sessid" not in query else None
        if options.kind in ("presta", "django"):
            return sessions.get("one") if not cookie else None
        session = sessions.get(cookie.removeprefix("PHPSESSID="))
        return session if session and query.get("sessid") == session.sessid else None

    def unknown(self, session, query, body, kind):
        self.answer("success\n" if options.kind == "opencart" else "failure\nнеизвестный режим")

    def mode_init(self, session, query, body, kind):
        shutil.rmtree(session.place, ignore_errors=True)
        os.makedirs(session.place)
        session.began = True
        session.version = query.get("version", "")
        state["imports"].clear()
        self.answer(f"zip={'yes' if options.zip else 'no'}\nfile_limit={options.limit}"
                    + "\n" * (options.kind in ("bitrix", "opencart") and kind == "sale"))

    def mode_file(self, session, query, body, kind):
        name = query["filename"]
        state["files"] += 1
        is_picture = re.fullmatch(r"import_files/[0-9a-f]{2}/[0-9a-f_-]+\.[a-z]+", name)
        if not session.began or self.command != "POST" or len(body) > limit_bytes() or ("/" in name and not is_picture):
            return self.answer("failure\nфайл не ждали")
        os.makedirs(os.path.dirname(os.path.join(session.place, name)), exist_ok=True)
        with open(os.path.join(session.place, name), "wb" if options.kind == "django" else "ab") as file:
            file.write(body)
        if state["files"] == options.drop:
            self.note("dropped")
            self.close_connection = True
            return self.connection.close()
        if kind == "sale" and not session.version:
            return self.load_orders(session, name)
        return self.answer("success" + "\n" * (options.kind != ""))

    def load_orders(self, session, name):
        """They are loaded as they come, from an archive as well."""
        names = [name]
        if options.zip:
            try:
                with zipfile.ZipFile(os.path.join(session.place, name)) as packed:
                    names = packed.namelist()
                    packed.extractall(session.place)
            except zipfile.BadZipFile:
                names = []  # not whole yet, or none
        for each in names:
            text = open(os.path.join(session.place, each), "rb").read()
            if text.rstrip().endswith("</КоммерческаяИнформация>".encode()):
                self.keep(session, each)
                if "complain" in os.listdir(options.directory):
                    return self.answer("success\nЗаказ №17 не найден на сайте\n")
        return self.answer("success\n")

    def keep(self, session, name):
        os.makedirs(path("received"), exist_ok=True)
        number = len(os.listdir(path("received"))) + 1
        shutil.copy(os.path.join(session.place, name), path("received", f"{number:03}-{name}"))
        pictures = os.path.join(session.place, "import_files")
        if os.path.exists(pictures):
            shutil.copytree(pictures, path("pictures"), dirs_exist_ok=True)
            shutil.rmtree(pictures)

    def mode_import(self, session, query, body, kind):
        if options.kind == "django" and kind == "sale":
            return self.answer("Not Found", code=404)
        name = query["filename"]
        for archive in [each for each in os.listdir(session.place) if each.endswith(".zip")]:
            with zipfile.ZipFile(os.path.join(session.place, archive)) as packed:
                packed.extractall(session.place)
            os.remove(os.path.join(session.place, archive))
            if options.kind == "bitrix":
                return self.answer("progress\nРаспаковка архива завершена.")
        if not os.path.exists(os.path.join(session.place, name)):
            return self.answer("failure\nфайл не найден")
        asked = state["imports"][session.cookie + name] = state["imports"].get(session.cookie + name, 0) + 1
        if asked <= options.progress:
            steps = f" {asked} из {options.progress}" if options.kind == "bitrix" else ""
            return self.answer("progress\nИдет загрузка" + steps)
        if asked == options.progress + 1:
            self.keep(session, name)
        return self.answer("success" + "\nИмпорт успешно завершен." * (options.kind == "bitrix"))

    def mode_deactivate(self, session, query, body, kind):
        if not query.get("timestamp", "").isdigit():
            return self.answer("failure\nОшибка деактивации")
        return self.answer("success\nДеактивация завершена.")

    def mode_complete(self, session, query, body, kind):
        self.answer("success\nОбмен завершен.")

    def mode_query(self, session, query, body, kind):
        orders = path("orders.xml")
        if os.path.exists(orders):
            session.queried = orders
            return self.answer(open(orders, "rb").read(), "application/xml; charset=windows-1251")
        session.queried = None
        self.answer('<?xml version="1.0" encoding="windows-1251"?>\n'
                    '<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-23T10:20:30"/>',
                    "application/xml; charset=windows-1251")
        return None

    def mode_success(self, session, query, body, kind):
        if options.kind == "bitrix" and state.get("exporting") is not session:
            return self.answer("error\n")
        if session.queried:
            os.makedirs(path("taken"), exist_ok=True)
            os.rename(session.queried, path("taken", f"{len(os.listdir(path('taken'))) + 1}.xml"))
            session.queried = None
        return self.answer("success" + "\n" * (options.kind != ""))

    def do_GET(self):
        self.handle_one(b"")

    def do_POST(self):
        self.handle_one(self.rfile.read(int(self.headers.get("Content-Length", 0))))


def main():
    global options
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--zip", action="store_true")
    parser.add_argument("--kind", default="", choices=["", "bitrix", "opencart", "presta", "django"])
    parser.add_argument("--limit", default="1000")
    parser.add_argument("--progress", type=int, default=0)
    parser.add_argument("--drop", type=int, default=0)
    parser.add_argument("--certificate")
    options = parser.parse_args()
    os.makedirs(options.directory, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
