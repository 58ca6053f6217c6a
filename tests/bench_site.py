"""How fast the portal is written: ``python -m tests.bench_site [reports]``. Prints reports a second; asserts nothing.

The corpus is the generated samples, repeated under other names until there are as many reports as asked for.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from pipelines.publish.site import build_site
from tests.release_support import sample_frames

DISTRICTS = 400


def repeated(frames: dict[str, pl.DataFrame], count: int) -> dict[str, pl.DataFrame]:
    """The frames of ``count`` reports: copies that differ in region, year and name."""
    reports = frames["reports"].rows(named=True)
    renamed = []
    for number in range(count):
        report = reports[number % len(reports)]
        region = f"{110101 + (number % DISTRICTS) * 100 % 500000:06}"
        year = 2015 + number % 10
        renamed.append((report["report_id"], f"{region}-{year}-{report['kind']}-{number:08x}", region, year, f"第{number}局"))
    names = pl.DataFrame(renamed, schema=["report_id", "new_id", "region", "year", "institution_name"], orient="row")
    made = {}
    for name, frame in frames.items():
        if "report_id" not in frame.columns:
            made[name] = frame
            continue
        copied = names.join(frame, on="report_id", how="inner", maintain_order="left_right")
        changes = [pl.col("new_id").alias("report_id")]
        if name == "reports":
            changes += [
                pl.col("region").alias("region_code"), pl.col("year").cast(pl.Int64).alias("fiscal_year"),
                pl.col("institution_name").alias("institution"),
            ]  # fmt: skip
        if name == "findings":
            changes.append(pl.concat_str(pl.col("new_id").str.tail(8), pl.col("finding_id").str.tail(8)).alias("finding_id"))
        made[name] = copied.with_columns(changes).select(frame.columns)
    return made


def main(count: int) -> None:
    frames = repeated(sample_frames(), count)
    rows = sum(frame.height for frame in frames.values())
    with tempfile.TemporaryDirectory() as folder:
        start, began = time.perf_counter(), time.process_time()
        build_site(Path(folder), frames, [], None)
        took, used = time.perf_counter() - start, time.process_time() - began
        home = (Path(folder) / "index.html").stat().st_size
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.html"))
    sys.stdout.write(
        f"{count} reports ({rows:,} rows) in {took:.1f} s: {count / took:.0f} reports/s, "
        f"{count / used:.0f} per second of processor; "
        f"home {home / 1000:.1f} kB, all pages {size / 1e6:.1f} MB\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
