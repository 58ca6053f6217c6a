"""``python -m samples.generator``: ``build`` writes the committed samples, ``corpus`` as many as wanted."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from samples.generator import catalogue, corpus_report, layout, unreadable
from samples.generator.prose import report


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m samples.generator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build_ = commands.add_parser("build", help="write the committed samples again, byte for byte")
    build_.add_argument("--out", type=Path, default=catalogue.REPORTS)
    build_.add_argument(
        "--photograph",
        action="store_true",
        help="take new images of tables first (not the same on every machine)",
    )
    corpus_ = commands.add_parser("corpus", help="write a corpus of a random mix of reports")
    corpus_.add_argument("--n", type=int, default=100)
    corpus_.add_argument("--seed", type=int, default=1)
    corpus_.add_argument("--out", type=Path, required=True)
    corpus_.add_argument("--jobs", type=int, default=2)
    commands.add_parser("producers", help="print samples/producers again with soffice and chromium")
    chosen = parser.parse_args(arguments)
    if chosen.command == "producers":
        from samples.generator import producers

        sys.stdout.write(f"{producers.print_all()} reports in {producers.FOLDER}\n")
        return 0
    if chosen.command == "build":
        written = build(chosen.out, photograph=chosen.photograph)
    else:
        written = write_corpus(chosen.n, chosen.seed, chosen.out, chosen.jobs)
    sys.stdout.write(f"{written} reports in {chosen.out}\n")
    return 0


def build(out: Path, photograph: bool = False) -> int:
    """Write every committed sample, and planted.yaml beside their folder. Gives their number."""
    out.mkdir(parents=True, exist_ok=True)
    if photograph:
        take_pictures()
    samples = catalogue.committed()
    for name, sample in samples.items():
        (out / name).write_bytes(sample.data)
    if out == catalogue.REPORTS:
        catalogue.FORMATS.mkdir(exist_ok=True)
        for name, (data, _) in catalogue.formats().items():
            (catalogue.FORMATS / name).write_bytes(data)
    (out.parent / catalogue.PLANTED.name).write_text(catalogue.planted_yaml(samples), encoding="utf-8")
    return len(samples)


def take_pictures() -> None:
    """Photograph the tables of the report whose tables are images."""
    catalogue.PICTURES.mkdir(exist_ok=True)
    for old in catalogue.PICTURES.glob("table-*.jpg"):
        old.unlink()
    form = layout("national")
    pictures = unreadable.photograph(report(catalogue.photographed(), form), form)
    for i, picture in enumerate(pictures):
        (catalogue.PICTURES / f"table-{i + 1}.jpg").write_bytes(picture)


def write_corpus(n: int, seed: int, out: Path, jobs: int = 1) -> int:
    """Write the first ``n`` reports of a seed's corpus. Gives their number."""
    out.mkdir(parents=True, exist_ok=True)
    one = partial(_write_one, seed, out)
    if jobs <= 1:
        for i in range(n):
            one(i)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            for _ in pool.map(one, range(n), chunksize=16):
                pass
    return n


def _write_one(seed: int, out: Path, i: int) -> None:
    sample = corpus_report(seed, i)
    (out / sample.name).write_bytes(sample.data)


if __name__ == "__main__":
    sys.exit(main())
