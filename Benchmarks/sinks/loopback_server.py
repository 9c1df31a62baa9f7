"""What the fakes share: an HTTP/1.1 server on loopback that ends with its parent, and records as JSON lines."""

import http.server
import json
import os
import signal
import sys
import threading
import time


class Records:
    """Appends JSON lines to a file, each whole; without a file, to nowhere."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8") if path else None
        self._lock = threading.Lock()

    def add(self, *records):
        if self._file is None:
            return
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        with self._lock:
            self._file.write(lines)
            self._file.flush()


class Handler(http.server.BaseHTTPRequestHandler):
    """Keeps connections and answers in one packet, as the servers that it stands in for do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, content_type, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        # A client that hangs up is what some tests are about; anything else is worth seeing.
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def serve(handler, port):
    """Prints the port as the first line, serves until SIGTERM, SIGINT or the parent's end."""
    parent = os.getppid()
    server = Server(("127.0.0.1", port), handler)
    print(server.server_address[1], flush=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while not ended.wait(0.5) and os.getppid() == parent:
        pass
    server.shutdown()


def now():
    return time.time()
