"""What the HTTP servers of the harness share."""

import http.server
import ssl
import sys
import threading


class Exchange(http.server.BaseHTTPRequestHandler):
    """A request; connections are kept, an answer is one packet, as with the servers that these stand in for."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, content_type="text/plain", body=b"", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, address, handler):
        self.sockets = set()
        self.accepted = 0
        super().__init__(address, handler)

    def process_request(self, request, client_address):
        self.sockets.add(request)
        self.accepted += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self.sockets.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        # A client that hangs up is what some tests are about; anything else is worth seeing.
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ValueError)):
            super().handle_error(request, client_address)


class LoopbackHTTP:
    """An HTTP/1.1 server in a thread, on 127.0.0.1; a subclass says what POST does in `post(exchange)`.

    With `certificate` (file, key file) it speaks https only.
    """

    def __init__(self, certificate=None):
        self.port = 0
        self._server = self._thread = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if certificate:
            self.present(certificate)

    @property
    def url(self):
        return f"https://localhost:{self.port}" if self._context else f"http://127.0.0.1:{self.port}"

    def present(self, certificate):
        """Shows another certificate (file, key file) from the next handshake on."""
        self._context.load_cert_chain(*certificate)

    @property
    def connections(self):
        """How many have been accepted since `start`."""
        return self._server.accepted

    def post(self, exchange):
        raise NotImplementedError

    def start(self):
        """Listens; on the port it had before, if it was stopped."""
        owner = self

        class Handler(Exchange):
            def do_POST(self):
                owner.post(self)

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        if self._context:
            # The handshake is the handler's, in its own thread: a client that does not finish it holds up no other.
            self._server.socket = self._context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self):
        """Closes the port and cuts the connections."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.sockets):
            try:
                connection.shutdown(2)
            except OSError:
                pass  # it went by itself
        self._server = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
