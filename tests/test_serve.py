"""``mingzhang serve`` over real connections: what it gives, and what it must not give."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from pipelines import cli
from pipelines.serve import Preview, ServeError, byte_range, find_file
from tests.browser import served

DATABASE = bytes(range(256)) * 4


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases with a site, with things around it that are nobody's business."""
    base = tmp_path_factory.mktemp("serve")
    (base / "secret.txt").write_text("secret", encoding="utf-8")
    (base / "releases-old").mkdir()
    (base / "releases-old" / "secret.txt").write_text("secret", encoding="utf-8")
    folder = base / "releases"
    (folder / "site" / "vendor").mkdir(parents=True)
    (folder / "site" / "index.html").write_text("<!doctype html><title>明账</title>", encoding="utf-8")
    (folder / "mingzhang.duckdb").write_bytes(DATABASE)
    (folder / "empty.csv").write_bytes(b"")
    (folder / ".build.lock").write_text("secret", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret", encoding="utf-8")
    (folder / "budgets").mkdir()
    (folder / "budgets" / "支出 表.csv").write_text("年度\n2023\n", encoding="utf-8")
    for name in ("a.wasm", "a.js", "a.mjs", "a.jsonld", "a.parquet", "a.xlsx", "a.css", "a.json", "SHA256SUMS", "a.what", "a.sql"):
        (folder / "site" / "vendor" / name).write_bytes(b"x")
    (folder / "out.txt").symlink_to(base / "secret.txt")
    (folder / "outside").symlink_to(base)
    (folder / "hidden.txt").symlink_to(folder / ".build.lock")
    (folder / "latest").symlink_to(folder / "budgets")
    (folder / "loop").symlink_to(folder / "loop")
    return folder


@pytest.fixture(scope="module")
def port(root: Path) -> Iterator[int]:
    with served(root) as url:
        yield int(url.split(":")[2].split("/")[0])


def request(port: int, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """One request with the path exactly as written."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/site"])
def test_the_site_is_the_first_page(port: int, path: str) -> None:
    answer, _ = request(port, path)
    assert (answer.status, answer.headers["Location"]) == (302, "/site/")
    answer, body = request(port, "/site/")
    assert answer.status == 200
    assert "明账" in body.decode("utf-8")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/site/index.html", "text/html; charset=utf-8"),
        ("/site/vendor/a.wasm", "application/wasm"),
        ("/site/vendor/a.js", "text/javascript; charset=utf-8"),
        ("/site/vendor/a.mjs", "text/javascript; charset=utf-8"),
        ("/site/vendor/a.css", "text/css; charset=utf-8"),
        ("/site/vendor/a.json", "application/json"),
        ("/site/vendor/a.jsonld", "application/ld+json"),
        ("/site/vendor/a.parquet", "application/vnd.apache.parquet"),
        ("/site/vendor/a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("/site/vendor/SHA256SUMS", "text/plain; charset=utf-8"),
        ("/site/vendor/a.sql", "application/sql"),
        ("/site/vendor/a.what", "application/octet-stream"),
        ("/mingzhang.duckdb", "application/vnd.duckdb.file"),
        ("/budgets/%E6%94%AF%E5%87%BA%20%E8%A1%A8.csv", "text/csv; charset=utf-8"),
        ("/latest/%E6%94%AF%E5%87%BA%20%E8%A1%A8.csv?x=1", "text/csv; charset=utf-8"),
    ],
)
def test_files_have_their_types(port: int, path: str, kind: str) -> None:
    answer, body = request(port, path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert int(answer.headers["Content-Length"]) == len(body) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/site/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/%252e%252e/secret.txt",
        "/site/..%2f..%2fsecret.txt",
        "/../releases-old/secret.txt",
        "//secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "//127.0.0.1/secret.txt",
        "/out.txt",
        "/outside/secret.txt",
        "/outside/releases/mingzhang.duckdb/../../secret.txt",
        "/.build.lock",
        "/hidden.txt",
        "/.git/config",
        "/%2egit/config",
        "/site/%00index.html",
        "/site/index.html%00.css",
        "/loop",
        "/%ff%fe",
        "/site/vendor/",
        "/site/vendor",
        "/budgets/",
        "/no-such-file",
        "/site/index.html/",
        "/site//index.html",
        "/" + "a" * 5000,
        "secret.txt",
        "*",
    ],
)
def test_nothing_else_is_given(port: int, path: str) -> None:
    answer, body = request(port, path)
    assert answer.status == 404
    assert b"secret" not in body
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=1000-", 1000, 1023), ("bytes=1000-9999", 1000, 1023), ("bytes=-24", 1000, 1023), ("bytes=0-", 0, 1023), ("bytes=0-9999", 0, 1023), ("bytes=-5000", 0, 1023)],
)
def test_a_part_of_a_file(port: int, header: str, first: int, last: int) -> None:
    answer, body = request(port, "/mingzhang.duckdb", Range=header)
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/1024"
    assert answer.headers["Content-Length"] == str(len(body))
    assert body == DATABASE[first : last + 1]


@pytest.mark.parametrize("header", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_part_that_is_not_there(port: int, header: str) -> None:
    answer, body = request(port, "/mingzhang.duckdb", Range=header)
    assert (answer.status, body) == (416, b"")
    assert answer.headers["Content-Range"] == "bytes */1024"


@pytest.mark.parametrize("header", ["bytes=0-1,4-5", "bytes=5-2", "lines=1-2", "bytes=-", "bytes=a-b", "bytes", "bytes=٣-٤".encode().decode("latin-1"), "bytes=" + "9" * 5000 + "-"])
def test_the_whole_file_for_any_other_range(port: int, header: str) -> None:
    answer, body = request(port, "/mingzhang.duckdb", Range=header)
    assert body == DATABASE
    assert answer.status == 200
    assert answer.headers["Accept-Ranges"] == "bytes"


def test_an_empty_file_has_no_part() -> None:
    assert byte_range(None, 0) == (0, 0, False)
    assert byte_range("bytes=0-", 0) is None
    assert byte_range("bytes=-5", 0) is None


def test_head_is_the_same_without_the_content(port: int) -> None:
    for path, headers in (("/mingzhang.duckdb", {}), ("/mingzhang.duckdb", {"Range": "bytes=0-9"}), ("/nothing", {})):
        whole, _ = request(port, path, **headers)
        head, body = request(port, path, "HEAD", **headers)
        assert body == b""
        assert head.status == whole.status
        same = ("Content-Length", "Content-Type", "Content-Range", "ETag", "Last-Modified")
        assert [head.headers[name] for name in same] == [whole.headers[name] for name in same]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "CONNECT"])
def test_nothing_can_be_changed(port: int, method: str) -> None:
    assert request(port, "/mingzhang.duckdb", method)[0].status == 501


def test_what_the_browser_has_is_not_sent_again(port: int, root: Path) -> None:
    answer, _ = request(port, "/mingzhang.duckdb")
    tag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_Modified_Since": modified}):
        again, body = request(port, "/mingzhang.duckdb", **headers)
        assert (again.status, body) == (304, b"")
    for headers in ({"If_None_Match": '"x"'}, {"If_None_Match": '"x"', "If_Modified_Since": modified}, {"If_Modified_Since": "yesterday"}):
        assert request(port, "/mingzhang.duckdb", **headers)[0].status == 200
    assert request(port, "/mingzhang.duckdb", Range="bytes=0-1", If_Range=tag)[0].status == 206
    assert request(port, "/mingzhang.duckdb", Range="bytes=0-1", If_Range='"older"')[0].status == 200


def test_a_name_that_was_pointed_here_reads_nothing(port: int) -> None:
    """DNS rebinding: a page elsewhere reaches this server under its own name."""
    answer, body = request(port, "/mingzhang.duckdb", Host=f"evil.example:{port}")
    assert (answer.status, body[:3]) == (421, b"421")
    assert request(port, "/mingzhang.duckdb", Host=f"localhost:{port}")[0].status == 200


def test_it_listens_on_loopback_alone(root: Path) -> None:
    with Preview(root, 0) as preview:
        assert preview._server.socket.getsockname()[0] == "127.0.0.1"
        assert preview.url.startswith("http://127.0.0.1:")


def test_several_readers_at_once(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)):  # says nothing
        assert request(port, "/site/")[0].status == 200


def test_find_file_gives_files_inside_only(root: Path) -> None:
    assert find_file(root, "/mingzhang.duckdb") == root / "mingzhang.duckdb"
    assert find_file(root, "/latest/%E6%94%AF%E5%87%BA%20%E8%A1%A8.csv") == root / "budgets" / "支出 表.csv"
    assert find_file(root, "/out.txt") is None
    assert find_file(root, "") is None


# --- The command -------------------------------------------------------------------------------------------------


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", str(tmp_path / "nowhere")]) == cli.USAGE
    assert "no such folder" in capsys.readouterr().err


def test_a_folder_without_a_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", str(tmp_path)]) == cli.NOTHING_PUBLISHED
    assert "mingzhang build" in capsys.readouterr().err


def test_a_port_that_is_taken(root: Path, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", str(root), "--port", str(port)]) == cli.NOTHING_PUBLISHED
    assert f"port {port} cannot be used" in capsys.readouterr().err
    with pytest.raises(ServeError, match="--port"):
        Preview(root, port)


@pytest.mark.parametrize("text", ["-1", "65536", "x"])
def test_no_port(root: Path, text: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["serve", str(root), "--port", text])
    assert stopped.value.code == cli.USAGE


def test_it_says_where_and_stops_on_ctrl_c(root: Path) -> None:
    command = [sys.executable, "-m", "pipelines.cli", "serve", str(root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            line = process.stdout.readline()
            address = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
            with urlopen(address) as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0
            assert process.stderr.read() == ""
        finally:
            process.kill()
