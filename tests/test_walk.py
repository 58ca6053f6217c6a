"""The walk of CONTRIBUTING.md, done: a made-up province is one variant file and one sample, a new row rule one formula."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import forms as module
from pipelines.extract.numbers import parse_amount
from pipelines.extract.rows import Row
from pipelines.extract.tables import alignment
from pipelines.quality import arithmetic
from samples.generator import Sample, layout, make_ledger, options_for, press
from samples.generator import provinces as generator
from tests.support import ROOT, differences, read_sample, status_of

TABLE = "general_budget_expenditure"


def yaml_blocks() -> list[str]:
    """The YAML of the guide, without its indent."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return [re.sub(r"(?m)^   ", "", block) for block in re.findall(r"```yaml\n(.*?)```", text, re.S)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the declarations that a test may change."""
    copy = tmp_path / "forms"
    shutil.copytree(ROOT / "datapackages" / "forms", copy)
    monkeypatch.setattr(module, "_folder", lambda: copy)
    module.forms.cache_clear()
    module.variants.cache_clear()
    yield copy
    module.forms.cache_clear()
    module.variants.cache_clear()


def sample(monkeypatch: pytest.MonkeyPatch) -> Sample:
    """A report of the made-up province: another order, renamed heads, one column more."""
    made_up = generator.Province(
        order=(4, 1, 2, 3, 6, 5, 9, 7, 8),
        titles=generator.PROVINCES["jiangsu"].titles,
        general=[("总额", "total"), ("维持运转", "basic"), ("专项任务", "project"), ("其中：上级专项", "?x")],
        mark="附表{}",
    )
    monkeypatch.setitem(generator.PROVINCES, "made-up", made_up)
    form = layout("jiangsu", province="made-up")
    return press("national", make_ledger(8, options_for("national", rows=20, carry_over=True)), form)


def test_a_new_province_is_one_variant_file_and_one_sample(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = sample(monkeypatch)
    before = read_sample(report)
    assert status_of(before)[TABLE] == "withheld", "heads that no form knows are not guessed"
    (folder / "variants" / "made-up-final-05.yaml").write_text(yaml_blocks()[0], encoding="utf-8")
    module.variants.cache_clear()
    after = read_sample(report)
    assert set(status_of(after).values()) <= {"found", "empty"}
    assert differences(after, report.frames) == []
    assert "其中：上级专项" in after.frames["other_tables"]["column_label"].to_list()


def test_a_new_row_rule_is_one_formula(folder: Path) -> None:
    path = folder / f"{TABLE}.yaml"
    formula = "  - {rule: T05.9, total: basic, parts: [project]}\n"
    path.write_text(path.read_text("utf-8").replace("formulas:\n", "formulas:\n" + formula), encoding="utf-8")
    module.forms.cache_clear()
    assert "T05.9" in [f.rule for form in arithmetic.summed() for f in form.formulas]
    whole = {"total": "3.00", "basic": "3.00", "project": "3.00"}
    row = Row("total", "合计", {c: amount for c, text in whole.items() if (amount := parse_amount(text))}, 1, 1)
    assert alignment._holds(alignment._values(row), module.forms()[TABLE].formulas[:1], alignment._step(row))
