"""From validated frames to releases: data packages on disk and one DuckDB file.

This room writes what it is given, in every form that users want, and proves that the forms are equal. It
computes no figure and repairs none: a frame that breaks its declaration stops the build, and a build that
stops leaves the earlier output as it was.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.publish.database import DATABASE
    from pipelines.publish.errors import PublishError
    from pipelines.publish.release import Release, differences_between, publish

__all__ = ["DATABASE", "PublishError", "Release", "differences_between", "publish"]

_HOMES = {"DATABASE": "database", "PublishError": "errors"}


def __getattr__(name: str) -> Any:
    """DuckDB, Excel and the portal are imported where something is published, not with a small part of the room."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'release')}"), name)
