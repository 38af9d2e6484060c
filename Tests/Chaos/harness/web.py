"""HTTP servers that records are sent to: one that answers as a case wants it, and nginx in front of it."""

import json
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from .broker import free_port
from .wait import until


class Call:
    """One request: its records as (id, payload) in order, its body, and what was answered."""

    def __init__(self, handler, body):
        self.path = handler.path
        self.headers = dict(handler.headers)
        self.body = body
        self.status = None
        kind = self.headers.get("Content-Type", "")
        if kind == "application/json":
            self.items = json.loads(body)
            self.ids = [item["id"] for item in self.items]
        elif "Millrace-Id" in self.headers:
            self.ids = [self.headers["Millrace-Id"]]
        else:
            self.ids = None

    @property
    def seqs(self):
        """The offsets of its records."""
        return [int(one.split(":")[2]) for one in self.ids]


class Answer:
    """What to answer. `how` says what goes wrong on the way: slow, half, reset, mute."""

    def __init__(self, status=200, body=b"", headers=(), how=None):
        self.status, self.headers, self.how = status, dict(headers), how
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


class Web:
    """A server on loopback that asks `decide(call)` for each request, one at a time, and keeps the calls."""

    def __init__(self, decide, port=None, keep_bodies=True):
        self.decide = decide
        self.calls = []
        self.connections = 0
        self.port = port or free_port()
        self._lock = threading.Lock()
        self._keep_bodies = keep_bodies
        self._server = None
        self._open = set()
        self._ended = threading.Event()
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/records?token=secret-token"

    def start(self):
        outer = self
        self._ended.clear()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                with outer._lock:
                    outer.connections += 1
                    outer._open.add(self.connection)

            def finish(self):
                with outer._lock:
                    outer._open.discard(self.connection)
                super().finish()

            def do_POST(self):
                outer.serve(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *_):
                pass  # Clients that go away are part of the cases.

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        call = Call(handler, body)
        with self._lock:
            answer = self.decide(call)
            call.status = answer.how or answer.status
            if not self._keep_bodies:
                call.body = call.items = None
            self.calls.append(call)
        if answer.how == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return
        if answer.how == "mute":
            self._ended.wait(20)
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if answer.how == "half":
            handler.wfile.write(answer.body[: len(answer.body) // 2])
            handler.close_connection = True
            return
        if answer.how == "slow":
            for n in range(len(answer.body)):
                handler.wfile.write(answer.body[n : n + 1])
                handler.wfile.flush()
                self._ended.wait(0.05)
            return
        handler.wfile.write(answer.body)

    def stop(self):
        """May be called again; `start` brings it back at the same port."""
        if self._server is not None:
            self._ended.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            # Connections that are kept have threads of their own.
            with self._lock:
                for connection in self._open:
                    try:
                        connection.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        pass  # The client was faster.

    def count(self):
        with self._lock:
            return len(self.calls)


class Nginx:
    """Debian's nginx as a proxy before a server, with a limit on the body; `tls` is a pair of files."""

    def __init__(self, behind, *, largest="1m", tls=None, more=""):
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-nginx-"))
        self.port = free_port()
        listen = f"listen 127.0.0.1:{self.port}" + (f" ssl; ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]};" if tls else ";")
        temporary = " ".join(
            f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "conf").write_text(
            f"daemon off; master_process off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/log;\n"
            f"events {{ worker_connections 64; }}\n"
            f"http {{ access_log off; {temporary} server {{ {listen} client_max_body_size {largest}; {more}\n"
            f"location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_http_version 1.1; }} }} }}\n")
        self.process = None
        self.start()

    def start(self):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen(
            [program, "-e", f"{self.folder}/log", "-c", str(self.folder / "conf"), "-p", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        until("nginx", listens)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
