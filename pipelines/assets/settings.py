"""What a run is told: which reports, where releases go, how many processes
with which limits.

The environment gives the defaults, the launchpad (or ``-c config.yaml``) overrides them. Relative paths are relative
to the folder that Dagster is started in, as on the command line.
"""

import os
from pathlib import Path

from dagster import ConfigurableResource
from pydantic import Field

from pipelines.pool import MEMORY, SECONDS, Limits

REPORTS_VARIABLE, OUT_VARIABLE, MANIFEST_VARIABLE = "MINGZHANG_REPORTS", "MINGZHANG_OUT", "MINGZHANG_MANIFEST"
DEFAULT_REPORTS, DEFAULT_OUT = "samples/reports", "releases"


class BuildSettings(ConfigurableResource):
    """Settings of one build."""

    paths: list[str] = Field([DEFAULT_REPORTS], description="Report files and folders (recursive).")
    out: str = Field(DEFAULT_OUT, description="Folder that releases go to.")
    manifest: str | None = Field(None, description="Where the files come from (CSV): path, url, publisher, published_on, retrieved_on.")
    jobs: int = Field(0, ge=0, description="Processes that read reports; 0: one per core.")
    timeout: float = Field(SECONDS, gt=0, description="Seconds that reading one file may take.")
    memory: int = Field(MEMORY >> 20, gt=0, description="MiB of memory that reading one file may take.")

    @classmethod
    def from_environment(cls) -> "BuildSettings":
        """MINGZHANG_REPORTS (paths, separated as in PATH), MINGZHANG_OUT and MINGZHANG_MANIFEST, where they are set."""
        paths = os.environ.get(REPORTS_VARIABLE) or DEFAULT_REPORTS
        out = os.environ.get(OUT_VARIABLE) or DEFAULT_OUT
        manifest = os.environ.get(MANIFEST_VARIABLE) or None
        return cls(paths=paths.split(os.pathsep), out=out, manifest=manifest, jobs=0, timeout=SECONDS, memory=MEMORY >> 20)

    @property
    def report_paths(self) -> list[Path]:
        return [Path(path) for path in self.paths]

    @property
    def manifest_path(self) -> Path | None:
        return Path(self.manifest) if self.manifest else None

    @property
    def limits(self) -> Limits:
        return Limits(self.timeout, self.memory << 20)

    @property
    def out_path(self) -> Path:
        return Path(self.out)
