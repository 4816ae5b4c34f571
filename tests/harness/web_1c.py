#!/usr/bin/env python3
"""The web service EnterpriseDataExchange_1_0_1_1 of a base of 1C, over the files of a model:

    web_1c.py DIRECTORY BASE_CODE NODE_CODE PASSWORD PORT_FILE

What the base sends is DIRECTORY/Message_<base>_<node>.xml or .zip, what it gets becomes
Message_<node>_<base>.xml there. As in 1C, parameters come in the order of the WSDL, work
goes on in the background and is asked about, a message is a zip with data.xml in parts."""
import base64
import http.server
import io
import os
import sys
import uuid
import xml.etree.ElementTree as tree
import zipfile
from xml.sax.saxutils import escape

directory, base_code, node_code, password, port_file = sys.argv[1:6]
NAME = "EnterpriseDataExchange_1_0_1_1"
URI = "http://www.1c.ru/SSL/" + NAME
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
PART = 700
PARAMETERS = {
    "Ping": [], "TestConnection": ["ExchangePlanName", "PeerCode"],
    "PutFilePart": ["FileID", "PartNumber", "PartData"],
    "PutData": ["ExchangePlanName", "PeerCode", "FileID"],
    "PutDataActionResult": ["OperationID"],
    "PrepareDataForGetting": ["ExchangePlanName", "PeerCode", "PartSize"],
    "PrepareDataActionResult": ["OperationID"],
    "GetDataPart": ["FileID", "PartNumber"],
    "ConfirmGettingFile": ["FileID", "ClearDataPool"]}
files, operations = {}, {}


class Fault(Exception):
    pass


def check_node(plan, code):
    if plan != PLAN or code != node_code:
        raise Fault(f"Не найден узел обмена {code}")


def message():
    name = os.path.join(directory, f"Message_{base_code}_{node_code}")
    if os.path.exists(name + ".zip"):
        with zipfile.ZipFile(name + ".zip") as archive:
            return archive.read(archive.infolist()[0])
    if os.path.exists(name + ".xml"):
        with open(name + ".xml", "rb") as file:
            return file.read()
    return None


def prepare():
    data = message()
    operation = str(uuid.uuid4())
    if data is None:
        operations[operation] = ["Failed", "Нет данных для узла", "", 0]
        return operation
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.xml", data)
    parts = [packed.getvalue()[i:i + PART] for i in range(0, len(packed.getvalue()), PART)]
    name = str(uuid.uuid4())
    files[name] = dict(enumerate(parts, 1))
    operations[operation] = ["Active", "", name, len(parts)]
    return operation


def load(name):
    parts = files.pop(name)
    if sorted(parts) != list(range(1, len(parts) + 1)):
        raise Fault(f"parts {sorted(parts)}")
    with zipfile.ZipFile(io.BytesIO(b"".join(parts[i] for i in sorted(parts)))) as archive:
        data = archive.read("data.xml")
    path = os.path.join(directory, f"Message_{node_code}_{base_code}.xml")
    with open(path + "~", "wb") as file:
        file.write(data)
    os.rename(path + "~", path)
    operation = str(uuid.uuid4())
    operations[operation] = ["Active", "", "", 0]
    return operation


def ended(operation):
    """The first time that it is asked about, it is still at work."""
    state = list(operations[operation])
    if state[0] == "Active":
        operations[operation][0] = "Completed"
    return state


def answer(operation, given):
    if operation == "PrepareDataForGetting":
        check_node(*given[:2])
        return f"<m:return/><m:OperationID>{prepare()}</m:OperationID>"
    if operation == "PrepareDataActionResult":
        status, words, name, count = ended(given[0])
        return ('<m:return xmlns:r="http://v8.1c.ru/SSL/Exchange/EnterpriseDataExchange">'
                f"<r:ErrorMessage>{escape(words)}</r:ErrorMessage><r:FileID>{name}</r:FileID>"
                f"<r:PartCount>{count}</r:PartCount><r:Status>{status}</r:Status></m:return>")
    if operation == "GetDataPart":
        part = files[given[0]][int(given[1])]
        return f"<m:return>{base64.encodebytes(part).decode()}</m:return>"
    if operation == "ConfirmGettingFile":
        files.pop(given[0])
        return "<m:return/>"
    if operation == "PutFilePart":
        files.setdefault(given[0], {})[int(given[1])] = base64.b64decode(given[2])
        return "<m:return/>"
    if operation == "PutData":
        check_node(*given[:2])
        return f"<m:return/><m:OperationID>{load(given[2])}</m:OperationID>"
    if operation == "PutDataActionResult":
        return f"<m:return>{ended(given[0])[0]}</m:return>"
    return "<m:return>true</m:return>"


def serve(body, action):
    call = tree.fromstring(body).find(SOAP + "Body")[0]
    uri, operation = call.tag[1:].split("}")
    if uri != URI or action != f'"{URI}#{NAME}:{operation}"':
        raise Fault(f"{uri} {action}")
    names = [item.tag.replace("{" + URI + "}", "") for item in call]
    if names != PARAMETERS[operation]:
        raise Fault(f"{operation}: {names}")
    return (f'<m:{operation}Response xmlns:m="{URI}">'
            f"{answer(operation, [item.text or '' for item in call])}<m:ErrorMessage/>"
            f"</m:{operation}Response>")


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def reply(self, code, text):
        data = ('<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap='
                f'"{SOAP[1:-1]}"><soap:Body>{text}</soap:Body></soap:Envelope>').encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        wanted = "Basic " + base64.b64encode(f"base:{password}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_error(401)
        elif self.path != f"/bp/ws/{NAME}":
            self.send_error(404)
        else:
            try:
                self.reply(200, serve(body, self.headers["SOAPAction"]))
            except (Fault, KeyError, ValueError, zipfile.BadZipFile) as fault:
                self.reply(500, "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>"
                           f"{escape(str(fault))}</faultstring></soap:Fault>")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + "~", "w", encoding="ascii") as file:
    file.write(str(server.server_port))
os.rename(port_file + "~", port_file)
server.serve_forever()
