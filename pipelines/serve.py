"""``mingzhang serve``: a preview of built releases and their portal, on this machine only.

For looking at a site before it is put on a real host, and for its SQL page, which browsers refuse to run from
disk. Not for the public: it listens on the loopback address, knows no users and no TLS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

from pipelines.publish.site.policy import POLICY

LOOPBACK = "127.0.0.1"
SITE = "site"
PORT = 8000

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".duckdb": "application/vnd.duckdb.file",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".sql": "application/sql",
    ".svg": "image/svg+xml",
    ".ttl": "text/turtle; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
}
"""Own and fixed: Python's table changes with the machine, and a wrong type keeps WebAssembly from starting."""
_OTHER = "application/octet-stream"
_TEXTS = {"SHA256SUMS": "text/plain; charset=utf-8"}

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_CHUNK = 1 << 18


class ServeError(Exception):
    """Nothing can be served. ``str(error)`` says why and what to do."""


class Preview(AbstractContextManager["Preview"]):
    """A running or ready server over one folder of releases; closing it frees the port.

    ``port`` 0 takes any free port. Raises :class:`ServeError` when the folder holds no site or the port is taken.
    """

    def __init__(self, root: Path, port: int = PORT) -> None:
        self.root = _checked_root(root)
        try:
            self._server = _Server((LOOPBACK, port), _handler(self.root))
        except (OSError, OverflowError) as error:
            raise ServeError(f"port {port} cannot be used on {LOOPBACK}: {error}; choose another with --port") from error

    @property
    def url(self) -> str:
        """Address of the site's first page."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/{SITE}/"

    def run(self) -> None:
        """Answer requests until :meth:`stop` is called in another thread, or Ctrl-C is pressed."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """End :meth:`run`; only from another thread."""
        self._server.shutdown()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.server_close()


def serve(root: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve a folder until Ctrl-C; ``ready`` is told the address. Raises :class:`ServeError`."""
    with Preview(root, port) as preview:
        ready(preview.url)
        try:
            preview.run()
        except KeyboardInterrupt:
            return


def _checked_root(root: Path) -> Path:
    if not root.is_dir():
        raise ServeError(f"no such folder: {root}")
    if not (root / SITE / "index.html").is_file():
        raise ServeError(f"{root} holds no {SITE}/index.html; build one with: mingzhang build PATH --out {root}")
    return root.resolve()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Two previews on one port would answer in turns; on Linux reuse only skips the wait after a stop.
    allow_reuse_port = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that goes away in the middle of a file is no error worth a traceback."""


def _handler(root: Path) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"root": root})


class _Handler(BaseHTTPRequestHandler):
    root: Path
    protocol_version = "HTTP/1.1"
    server_version = "mingzhang"
    sys_version = ""
    timeout = 60

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: the console shows the address and nothing else."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        # A page elsewhere whose name was pointed at this machine must not read what is served here.
        if not _is_own_name(self.headers.get("Host", ""), self.connection.getsockname()[1]):
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, body)
            return
        path = urlsplit(self.path).path
        if path in ("/", f"/{SITE}"):
            self._redirect(f"/{SITE}/")
            return
        file = find_file(self.root, path)
        if file is None:
            self._refuse(HTTPStatus.NOT_FOUND, body)
            return
        try:
            stream = file.open("rb")
        except OSError:
            self._refuse(HTTPStatus.NOT_FOUND, body)
            return
        with stream:
            self._send(file, stream, body)

    def _send(self, file: Path, stream: BinaryIO, body: bool) -> None:
        status = file.stat()
        size = status.st_size
        tag = f'"{status.st_mtime_ns:x}-{size:x}"'
        modified = datetime.fromtimestamp(int(status.st_mtime), UTC)
        if _is_known(self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"), tag, modified):
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.send_header("ETag", tag)
            self._end()
            return
        wanted = self.headers.get("Range") if self.headers.get("If-Range", tag) == tag else None
        part = byte_range(wanted, size)
        if part is None:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self._end()
            return
        first, length, asked = part
        # Also for a range that is the whole file: DuckDB-Wasm asks for "bytes=0-" to learn whether ranges work.
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{first + length - 1}/{size}")
        self.send_header("Content-Type", content_type(file))
        self.send_header("Content-Length", str(length))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", tag)
        self.send_header("Last-Modified", format_datetime(modified, usegmt=True))
        self._end()
        if body:
            self._copy(stream, first, length)

    def _copy(self, stream: BinaryIO, first: int, length: int) -> None:
        stream.seek(first)
        while length:
            chunk = stream.read(min(_CHUNK, length))
            if not chunk:
                # The file became shorter: what was promised cannot be kept.
                self.close_connection = True
                return
            self.wfile.write(chunk)
            length -= len(chunk)

    def _redirect(self, address: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self._end()

    def _refuse(self, status: HTTPStatus, body: bool) -> None:
        text = f"{status.value} {status.phrase}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self._end()
        if body:
            self.wfile.write(text)

    def _end(self) -> None:
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        # Files change with the next build: the browser asks each time, and gets 304 when nothing changed.
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()


def _is_own_name(host: str, port: int) -> bool:
    return host in (f"{LOOPBACK}:{port}", f"localhost:{port}") or (port == 80 and host in (LOOPBACK, "localhost"))


def _is_known(tags: str | None, since: str | None, tag: str, modified: datetime) -> bool:
    if tags is not None:
        return tags.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in tags.split(","))
    if since is None:
        return False
    try:
        return modified <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def content_type(file: Path) -> str:
    """Media type of a file by its name."""
    return _TEXTS.get(file.name) or CONTENT_TYPES.get(file.suffix.lower(), _OTHER)


def find_file(root: Path, path: str) -> Path | None:
    """The regular file that the path of an address (percent-encoded) names below ``root``, which is resolved.

    A path that ends with a slash names the ``index.html`` there. None for anything else: nothing of that name,
    a folder, a name that starts with a dot, a way out of ``root``, also through a symbolic link.
    """
    try:
        decoded = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    if decoded.endswith("/"):
        decoded += "index.html"
    parts = decoded.split("/")
    if parts[0] or any(not part or part.startswith(".") or "\\" in part or ":" in part or "\0" in part for part in parts[1:]):
        return None
    try:
        file = root.joinpath(*parts[1:]).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    inside = file.relative_to(root).parts if file.is_relative_to(root) else ()
    if not inside or any(part.startswith(".") for part in inside) or not file.is_file():
        return None
    return file


def byte_range(header: str | None, size: int) -> tuple[int, int, bool] | None:
    """First byte and length that a ``Range`` header asks of a file of ``size`` bytes, and whether it asks at all.

    The whole file, unasked, when there is no header, or one that is not a single range of bytes (RFC 9110 lets a
    server ignore it). None when the range lies outside the file.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return 0, size, False
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, length, True) if length else None
    if last and int(last) < int(first):
        return 0, size, False
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    return (start, end - start + 1, True) if start < size else None
