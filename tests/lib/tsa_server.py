"""A time-stamp authority for tests, of openssl ts: answers each POST as the next word of its command line says, the last
one over and over.

usage: tsa_server.py DIR WORD ...
A word is the name of a section of DIR/tsa.conf, `nonce` or `imprint` (another one is stamped), `other` (what was asked
first is answered), `garbage`, `long`, `hang`, or a status. DIR/port gets the port, DIR/requests a line of JSON each."""
import http.server
import json
import os
import subprocess
import sys
import threading

top, words = sys.argv[1], sys.argv[2:]
lock = threading.Lock()
first = []


def stamp(query, section):
    """The reply of openssl ts, which wants files."""
    with lock:
        with open(f"{top}/query", "wb") as out:
            out.write(query)
        subprocess.run(["openssl", "ts", "-reply", "-config", f"{top}/tsa.conf", "-section", section,
                        "-queryfile", f"{top}/query", "-out", f"{top}/reply"], check=True, stderr=subprocess.DEVNULL)
        with open(f"{top}/reply", "rb") as reply:
            return reply.read()


def with_other(query, marker, offset):
    """The query with a bit changed, this far behind its last marker."""
    at = query.rindex(marker) + len(marker) + offset
    return query[:at] + bytes([query[at] ^ 1]) + query[at + 1:]


def answer(word, query):
    if word == "garbage":
        return b"\x30\x03\x02\x01\x00"
    if word == "long":
        return b"x" * (2 << 20)
    if word == "nonce":
        return stamp(with_other(query, b"\x02\x10", 15), "good")
    if word == "imprint":
        return stamp(with_other(query, b"\x04\x20", 31), "good")
    if word == "other":
        return stamp(first[0], "good")
    return stamp(query, word)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with lock:
            first.append(query)
            word = words.pop(0) if len(words) > 1 else words[0]
            with open(f"{top}/requests", "a") as out:
                out.write(json.dumps({"path": self.path, "type": self.headers.get("Content-Type"), "word": word}) + "\n")
        if word == "hang":
            threading.Event().wait()
        body = b"no" if word.isdigit() else answer(word, query)
        self.send_response(int(word) if word.isdigit() else 200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass


server = Server(("127.0.0.1", 0), Handler)
with open(f"{top}/port.new", "w") as out:
    out.write(str(server.server_port))
os.rename(f"{top}/port.new", f"{top}/port")
server.serve_forever()
