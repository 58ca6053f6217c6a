"""The portal's libraries: only what the lock file means, whole or not at all, and no network when all is there."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipelines.publish.site import vendoring
from pipelines.publish.site.vendoring import (
    VENDOR,
    VendorError,
    locked,
    missing,
    vendor_libraries,
)

FILES = {"dist/chart.min.js": b"draw()", "LICENSE": b"free", "secret.js": b"not asked for"}
NOBODY = "http://127.0.0.1:9"


def tarball(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


# Packed once: gzip writes the time into its head.
TARBALL = tarball(FILES)


class Registry:
    """An npm registry with one package, whose tarball a test may change."""

    def __init__(self) -> None:
        self.tarball = TARBALL
        self.asked: list[str] = []
        self.failures = 0
        self.promised = 0
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.asked.append(self.path)
                registry.failures -= 1
                if registry.failures >= 0 or self.path != "/npm/@some/chart/-/chart-1.0.0.tgz":
                    self.send_error(500)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(registry.tarball) + registry.promised))
                self.end_headers()
                self.wfile.write(registry.tarball)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/npm/"


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join(10)
    made.server.server_close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return write_lock(tmp_path / "lock.json", TARBALL, {"dist/chart.min.js": "chart.js", "LICENSE": "chart.LICENSE.txt"})


def write_lock(path: Path, packed: bytes, names: Mapping[str, str], **changed: str) -> Path:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    files = [
        {"source": source, "name": name, "sha256": hashlib.sha256(FILES.get(source, b"")).hexdigest()}
        for source, name in names.items()
    ]
    entry = {"name": "@some/chart", "version": "1.0.0", "licence": "MIT", "integrity": integrity, "files": files}
    path.write_text(json.dumps({"packages": [entry | changed]}), encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_only_the_locked_files_are_taken(registry: Registry, lock: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assert vendor_libraries(lock, vendor, registry.url) == ["@some/chart@1.0.0"]
    assert contents(vendor) == {"chart.js": b"draw()", "chart.LICENSE.txt": b"free"}
    assert registry.asked == ["/npm/@some/chart/-/chart-1.0.0.tgz"]


def test_nothing_is_asked_when_all_is_there(registry: Registry, lock: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    vendor_libraries(lock, vendor, registry.url)
    assert vendor_libraries(lock, vendor, NOBODY) == []


@pytest.mark.parametrize("damage", [b"", b"draw", b"draw();evil()", None])
def test_a_damaged_file_is_fetched_again(registry: Registry, lock: Path, tmp_path: Path, damage: bytes | None) -> None:
    vendor = tmp_path / "vendor"
    vendor_libraries(lock, vendor, registry.url)
    if damage is None:
        (vendor / "chart.js").unlink()
    else:
        (vendor / "chart.js").write_bytes(damage)
    assert [package.name for package in missing(locked(lock), vendor)] == ["@some/chart"]
    assert vendor_libraries(lock, vendor, registry.url) == ["@some/chart@1.0.0"]
    assert contents(vendor)["chart.js"] == b"draw()"


def test_files_of_an_earlier_lock_go(registry: Registry, lock: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "old.js").write_bytes(b"old")
    vendor_libraries(lock, vendor, registry.url)
    assert sorted(contents(vendor)) == ["chart.LICENSE.txt", "chart.js"]


def test_another_tarball_is_refused(registry: Registry, lock: Path, tmp_path: Path) -> None:
    registry.tarball = tarball({**FILES, "dist/chart.min.js": b"evil()"})
    with pytest.raises(VendorError, match=r"@some/chart@1\.0\.0: the tarball is not the one"):
        vendor_libraries(lock, tmp_path / "vendor", registry.url)
    assert contents(tmp_path / "vendor") == {}


@pytest.mark.parametrize("integrity", ["sha1-AAAA", "", "sha512-"])
def test_a_weak_integrity_is_refused(registry: Registry, tmp_path: Path, integrity: str) -> None:
    lock = write_lock(tmp_path / "lock.json", TARBALL, {"LICENSE": "chart.LICENSE.txt"}, integrity=integrity)
    with pytest.raises(VendorError, match="tarball"):
        vendor_libraries(lock, tmp_path / "vendor", registry.url)


def test_a_file_that_the_package_lacks(registry: Registry, tmp_path: Path) -> None:
    lock = write_lock(tmp_path / "lock.json", TARBALL, {"dist/gone.js": "gone.js"})
    with pytest.raises(VendorError, match=r"no file dist/gone\.js"):
        vendor_libraries(lock, tmp_path / "vendor", registry.url)
    assert contents(tmp_path / "vendor") == {}


def test_a_registry_that_stumbles_is_asked_again(registry: Registry, lock: Path, tmp_path: Path) -> None:
    registry.failures = 2
    assert vendor_libraries(lock, tmp_path / "vendor", registry.url) == ["@some/chart@1.0.0"]
    assert len(registry.asked) == 3


def test_half_a_tarball_is_none(registry: Registry, lock: Path, tmp_path: Path) -> None:
    registry.promised = 5
    with pytest.raises(VendorError, match="IncompleteRead"):
        vendor_libraries(lock, tmp_path / "vendor", registry.url)
    assert contents(tmp_path / "vendor") == {}


def test_no_registry_is_a_clear_error(lock: Path, tmp_path: Path) -> None:
    with pytest.raises(VendorError, match="npm_config_registry"):
        vendor_libraries(lock, tmp_path / "vendor", NOBODY)
    with pytest.raises(VendorError, match="not the address of a registry"):
        vendor_libraries(lock, tmp_path / "vendor", "file:///etc")


@pytest.mark.parametrize("name", ["npm_config_registry", "NPM_CONFIG_REGISTRY"])
def test_npms_own_setting_names_the_registry(
    registry: Registry, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for each in ("npm_config_registry", "NPM_CONFIG_REGISTRY"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, registry.url)
    assert vendor_libraries(lock, tmp_path / "vendor") == ["@some/chart@1.0.0"]


def test_the_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], registry: Registry, lock: Path
) -> None:
    monkeypatch.setattr(vendoring, "vendor_libraries", lambda: vendor_libraries(lock, tmp_path / "vendor", NOBODY))
    assert vendoring.main() == 1
    assert "vendoring: http://127.0.0.1:9" in capsys.readouterr().err
    monkeypatch.setattr(vendoring, "vendor_libraries", lambda: vendor_libraries(lock, tmp_path / "vendor", registry.url))
    assert vendoring.main() == 0


def test_the_installed_libraries_are_those_of_the_lock_file() -> None:
    assert [f"{p.name}@{p.version}" for p in missing(locked())] == []
    assert sorted(path.name for path in VENDOR.iterdir()) == sorted(f.name for p in locked() for f in p.files)


def test_every_library_is_locked_to_one_version_and_comes_with_its_licence() -> None:
    for package in locked():
        assert package.version.replace(".", "").isdigit()
        assert package.integrity.startswith("sha512-")
        licence = f"{package.name.rpartition('/')[2]}.LICENSE.txt"
        # DuckDB-Wasm's package holds no text of its licence: it stands beside the page's own script.
        assert licence in [file.name for file in package.files] or (vendoring.HERE / "assets" / licence).is_file()
