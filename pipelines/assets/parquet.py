"""Frames between steps, kept as Parquet files. (dagster-polars does not work with polars 2.)

A frame is the file ``<asset key>.parquet``; a mapping of frames is a folder of that name with one file per frame.
This is the store of the runs, under ``.dagster/``; it is no release.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from dagster import (
    ConfigurableIOManagerFactory,
    InitResourceContext,
    InputContext,
    IOManager,
    MetadataValue,
    OutputContext,
)

SUFFIX = ".parquet"


class ParquetStore(IOManager):
    """Polars frames under one folder."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def handle_output(self, context: OutputContext, obj: pl.DataFrame | Mapping[str, pl.DataFrame]) -> None:
        place = self._place(context)
        place.parent.mkdir(parents=True, exist_ok=True)
        # What is half written never stands under the name that is read.
        unfinished = place.with_name(f".{place.name}.new")
        _remove(unfinished)
        if isinstance(obj, pl.DataFrame):
            obj.write_parquet(unfinished)
        else:
            unfinished.mkdir()
            for name, frame in obj.items():
                frame.write_parquet(unfinished / f"{name}{SUFFIX}")
        _remove(place)
        unfinished.rename(place)
        context.add_output_metadata({"stored": MetadataValue.path(str(place))})

    def load_input(self, context: InputContext) -> pl.DataFrame | dict[str, pl.DataFrame]:
        place = self._place(context)
        if place.is_dir():
            return {file.stem: pl.read_parquet(file) for file in sorted(place.glob(f"*{SUFFIX}"))}
        return pl.read_parquet(place)

    def _place(self, context: InputContext | OutputContext) -> Path:
        *folders, name = context.asset_key.path
        return self.base.joinpath(*folders, f"{name}{SUFFIX}")


class ParquetIOManager(ConfigurableIOManagerFactory[ParquetStore]):
    """The store in ``frames/`` of the instance's own storage, or under ``base_dir``."""

    base_dir: str | None = None

    def create_io_manager(self, context: InitResourceContext) -> ParquetStore:
        if self.base_dir is not None:
            return ParquetStore(Path(self.base_dir))
        assert context.instance is not None
        return ParquetStore(Path(context.instance.storage_directory()).resolve() / "frames")


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
