"""TLS in front of a server for tests: what comes in is handed to 127.0.0.1:PORT, and back.

usage: tls_front.py DIR CERT KEY PORT
DIR/port gets the port that it listens on. With PORT 0 it takes connections and answers nothing."""
import os
import socket
import ssl
import sys
import threading

top, cert, key, port = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in source, sink:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(raw):
    try:
        outer = context.wrap_socket(raw, server_side=True)
        if port == 0:
            threading.Event().wait()
        inner = socket.create_connection(("127.0.0.1", port))
    except OSError:
        raw.close()
        return
    threading.Thread(target=pump, args=(inner, outer), daemon=True).start()
    pump(outer, inner)


listener = socket.create_server(("127.0.0.1", 0))
with open(f"{top}/port.new", "w") as out:
    out.write(str(listener.getsockname()[1]))
os.rename(f"{top}/port.new", f"{top}/port")
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
