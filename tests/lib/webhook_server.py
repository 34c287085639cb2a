"""An HTTP server for tests: answers each POST as the next word of its command line says, the last one over and over.

usage: webhook_server.py DIR [--tls CERT KEY] WORD ...
A word is a status, `hang` (no answer until the end) or `drop` (the connection is closed). DIR/port gets the port,
DIR/requests a line of JSON for each request: path, headers, body."""
import http.server
import json
import os
import ssl
import sys
import threading

top, words = sys.argv[1], sys.argv[2:]
tls = None
if words[0] == "--tls":
    tls, words = words[1:3], words[3:]
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with lock:
            word = words.pop(0) if len(words) > 1 else words[0]
            with open(f"{top}/requests", "a") as out:
                out.write(json.dumps({"path": self.path, "headers": dict(self.headers), "body": body, "word": word}) + "\n")
        if word == "hang":
            threading.Event().wait()
        if word == "drop":
            self.close_connection = True
            return
        self.send_response(int(word))
        if word.startswith("30"):
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass


server = Server(("127.0.0.1", 0), Handler)
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(f"{top}/port.new", "w") as out:
    out.write(str(server.server_port))
os.rename(f"{top}/port.new", f"{top}/port")
server.serve_forever()
