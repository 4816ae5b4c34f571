#!/usr/bin/env python3
"""The services of a base of 1C over HTTP, over the files of a model: the web service
EnterpriseDataExchange_1_0_1_1 at /bp/ws/, and exchange_dsl_1_0_0_1 at /bp/hs/.

    web_1c.py DIRECTORY BASE_CODE NODE_CODE PASSWORD PORT_FILE

What the base sends is DIRECTORY/Message_<base>_<node>.xml or .zip, what it gets becomes
Message_<node>_<base>.xml there. As in 1C, parameters come in the order of the WSDL, work
goes on in the background and is asked about, a message is a zip with data.xml in parts. Until
a first message was put aside for the person who sets up the synchronisation, it is not."""
import base64
import http.server
import io
import json
import os
import sys
import urllib.parse
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
HS = "/bp/hs/exchange_dsl_1_0_0_1"
files, operations = {}, {}
set_up = False


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


def joined(name):
    parts = files.pop(name)
    if sorted(parts) != list(range(1, len(parts) + 1)):
        raise Fault(f"parts {sorted(parts)}")
    return b"".join(parts[i] for i in sorted(parts))


def load(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
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
        return f"<m:return/><m:OperationID>{load(joined(given[2]))}</m:OperationID>"
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


# --- the HTTP service: its requests, with the parameters that each has to have ---

REQUESTS = {
    "GetIBParameters": ("GET", ["ExchangePlanName", "NodeCode", "IsXDTOExchangePlan"]),
    "PutFilePart": ("POST", ["SessionID", "PartNumber"]),
    "SaveFileFromParts": ("POST", ["SessionID", "PartCount"]),
    "DownloadData": ("POST", ["ExchangePlanName", "NodeCode", "FileID",
                              "TimeConsumingOperationAllowed"]),
    "PutMessageForDataMatching": ("POST", ["ExchangePlanName", "NodeCode", "FileID"]),
    "UploadData": ("POST", ["ExchangePlanName", "NodeCode", "TimeConsumingOperationAllowed"]),
    "GetContinuousOperationStatus": ("GET", ["OperationID"]),
    "PrepareGetFile": ("POST", ["FileID", "BlockSize"]),
    "GetFilePart": ("GET", ["SessionID", "PartNumber"]),
    "ReleaseFile": ("DELETE", ["SessionID"])}


def get_file(operation, given, body):
    if operation == "PutFilePart":
        files.setdefault(str(uuid.UUID(given[0])), {})[int(given[1])] = body
        return {}
    if operation == "SaveFileFromParts":
        if len(files[given[0]]) != int(given[1]):
            raise Fault(f"{given[1]} частей")
        name = str(uuid.uuid4())
        files[name] = {1: joined(given[0])}
        return {"FileID": name}
    if operation == "PrepareGetFile":
        session = str(uuid.uuid4())
        files[session] = files.pop(given[0])
        return {"SessionID": session, "PartCount": len(files[session])}
    if operation == "GetFilePart":
        return files[given[0]][int(given[1])]
    return files.pop(given[0]) and {}


def exchange(operation, given, body):
    global set_up
    if operation == "GetIBParameters":
        return {"ExchangePlanExists": given[0] == PLAN, "NodeExists": given[1] == node_code,
                "DataSynchronizationSetupCompleted": set_up, "DataMappingSupported": True}
    if operation == "GetContinuousOperationStatus":
        status, words, _, _ = ended(given[0])
        return {"ActionState": status, "Message": words}
    if operation == "UploadData":
        operation = prepare()
        return {"TimeConsumingOperation": True, "OperationID": operation,
                "FileID": operations[operation][2] or str(uuid.uuid4())}
    if operation in ("DownloadData", "PutMessageForDataMatching"):
        if set_up != (operation == "DownloadData"):
            raise Fault("Настройка синхронизации не завершена")
        set_up = True
        operation = load(joined(given[2]))
        return {"TimeConsumingOperation": False, "OperationID": operation}
    return get_file(operation, given, body)


def request(method, path, body):
    """The answer, bytes or what becomes JSON."""
    address, _, query = path.partition("?")
    operation = address[len(HS + "/v1/"):]
    wanted, names = REQUESTS[operation]
    given = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    if method != wanted or [name for name, _ in given] != names:
        raise Fault(f"{method} {operation} {query}")
    return exchange(operation, [value for _, value in given], body)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def reply(self, code, kind, data):
        self.send_response(code)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def envelope(self, code, text):
        self.reply(code, "text/xml", (
            '<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap='
            f'"{SOAP[1:-1]}"><soap:Body>{text}</soap:Body></soap:Envelope>').encode())

    def soap(self, body):
        try:
            self.envelope(200, serve(body, self.headers["SOAPAction"]))
        except (Fault, KeyError, ValueError, zipfile.BadZipFile) as fault:
            self.envelope(500, "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>"
                          f"{escape(str(fault))}</faultstring></soap:Fault>")

    def answer_request(self, body):
        try:
            answer = request(self.command, self.path, body)
            self.reply(200, "text/html", answer if isinstance(answer, bytes) else
                       json.dumps(answer, ensure_ascii=False).encode())
        except (Fault, KeyError, ValueError, zipfile.BadZipFile) as fault:
            self.reply(400, "text/html", json.dumps({"Message": str(fault)}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        wanted = "Basic " + base64.b64encode(f"base:{password}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_error(401)
        elif self.command == "POST" and self.path == f"/bp/ws/{NAME}":
            self.soap(body)
        elif self.path.startswith(HS + "/v1/"):
            self.answer_request(body)
        else:
            self.send_error(404)

    do_GET = do_DELETE = do_POST


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(port_file + "~", "w", encoding="ascii") as file:
    file.write(str(server.server_port))
os.rename(port_file + "~", port_file)
server.serve_forever()
