"""Seeded mutations of workbooks, web pages, Word files and archives: a document, a refusal, and nothing else.

``MINGZHANG_FUZZ`` sets how many inputs each format gets (default 60); 20,000 is the long run.
"""

from __future__ import annotations

import io
import os
import random
import zipfile

import pytest

from pipelines.documents import DocumentError, open_bytes, unpack
from pipelines.extract.report import extract
from pipelines.extract.result import NotAReport
from samples.generator import layout, make_ledger, ofd, office, options_for, prose

COUNT = int(os.environ.get("MINGZHANG_FUZZ", "60"))
KINDS = ("xlsx", "xls", "html", "docx", "zip", "ofd")
_TEXTS = (b"", b"\x00", b"<", b">", b"&#x0;", b"</td>", b"<table>", b'colspan="99999"', b"9" * 40, b"\xff\xfe", b"-", "合计".encode(), b"1E308")


@pytest.fixture(scope="module")
def originals() -> dict[str, bytes]:
    ledger = make_ledger(3, options_for("national", rows=15))
    blocks = prose.report(ledger, layout("national"))
    return {kind: ofd.render(blocks, layout("national")) if kind == "ofd" else office.render(blocks, kind) for kind in KINDS}  # type: ignore[arg-type]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut, doubled; of a package also the bytes of one part, packed again so that it opens."""
    if data.startswith(b"PK") and rng.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            files = {n: package.read(n) for n in package.namelist()}
        name = rng.choice([n for n in files if files[n]])
        files[name] = scrambled(files[name], rng)
        if rng.random() < 0.1:
            del files[rng.choice(list(files))]
        return office.pack(files)
    return scrambled(data, rng)


def scrambled(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice((0, 1, 1, 2, 8, 60, 500)))
        how = rng.randrange(4)
        if how == 0:
            changed[at:end] = bytes(rng.randrange(256) for _ in range(end - at))
        elif how == 1:
            changed[at:end] = rng.choice(_TEXTS)
        elif how == 2:
            changed[at:at] = changed[at:end]
        else:
            del changed[at:end]
        if not changed:
            break
    return bytes(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_give_a_report_or_a_refusal(kind: str, originals: dict[str, bytes]) -> None:
    refused = 0
    for seed in range(COUNT):
        data = mutated(originals[kind], random.Random(f"{kind} {seed}"))
        try:
            for name, content in unpack(f"a.{kind}", data):
                extract(open_bytes(name, content))
        except (DocumentError, NotAReport) as error:
            refused += 1
            assert "\n" not in str(error), seed
        except Exception as error:
            raise AssertionError(f"{kind} seed {seed}") from error
    assert refused < COUNT, "mutations that nothing survives test only the door"
