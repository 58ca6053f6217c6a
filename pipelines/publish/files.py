"""Writing the files of a release: the same frame gives the same bytes, and what is written is on the disk."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.publish.places import CHECKSUMS

_ROW_GROUP = 122_880
"""Rows per Parquet row group: fixed, so that the bytes do not depend on the machine."""


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """UTF-8, LF, a header; null is empty; numbers without trailing zeros (``224.05``, ``0``, ``-3.5``)."""
    plain = frame.with_columns(
        pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
        for name, dtype in frame.schema.items()
        if dtype.is_decimal()
    )
    return plain.write_csv(line_terminator="\n").encode("utf-8")


def parquet_bytes(frame: pl.DataFrame, metadata: Mapping[str, str] | None = None) -> bytes:
    """Parquet with key-value ``metadata`` in its footer (``parquet_kv_metadata`` in DuckDB reads it)."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer,
        compression="zstd",
        compression_level=9,
        row_group_size=_ROW_GROUP,
        metadata=dict(metadata) if metadata else None,
    )
    return buffer.getvalue()


def json_bytes(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path) -> bytes:
    """``SHA256SUMS`` of a folder, for ``sha256sum -c``: every file below it but itself, sorted by path."""
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return "".join(f"{sha256_of(folder / path)}  {path}\n" for path in paths if path != CHECKSUMS).encode()


def write(path: Path, content: bytes) -> None:
    """Write and fsync a new file; its folder is synced by ``sync_folder`` when it is complete."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step: a reader sees the old content or the new one."""
    temporary = path.with_name(f".{path.name}.new")
    write(temporary, content)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a rename is not on the disk before this."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
