"""docs/operations.md: its commands run, its variables are those of the code."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
SAMPLE = ROOT / "samples" / "reports" / "wuhan-jiangan-talent-2023-final-dump.txt"


def test_its_commands_run(tmp_path: Path) -> None:
    """In the order of the page, in a folder with an inbox of one report."""
    (tmp_path / "inbox").mkdir()
    shutil.copy(SAMPLE, tmp_path / "inbox")
    lines = [line.partition("#")[0] for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]
    commands = [shlex.split(line) for line in lines if line.strip()]
    assert [command[0] for command in commands] == ["mingzhang"] * 4 + ["dagster"]
    for command in commands:
        done = subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stdout[-800:], done.stderr[-800:])
    assert (tmp_path / "releases" / "quarantine.json").exists()
    assert any((tmp_path / "store").iterdir())


def test_its_variables_are_those_of_the_code() -> None:
    code = "".join(path.read_text("utf-8") for path in sorted((ROOT / "pipelines").rglob("*.py")))
    named = set(re.findall(r"MINGZHANG_[A-Z_]+", TEXT))
    assert named == set(re.findall(r'"(MINGZHANG_[A-Z_]+)"', code))
