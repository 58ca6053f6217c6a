"""The official form as data: checked at load, bound by whole paths, printed for people, and known to nobody else."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines import forms as module
from pipelines import layouts, schema
from pipelines.extract.tables.binding import bind
from pipelines.extract.titles import TABLE_NUMBERS, any_title
from pipelines.forms import OUTSIDE, Form, FormError, Variant, forms, items, load, titles, variants
from pipelines.publish.forms_page import TARGET, page
from tests.support import ROOT

FORMS = ROOT / "datapackages" / "forms"


# --- declarations ---------------------------------------------------------------------------------------------------


def test_every_official_table_has_a_form_and_its_columns_are_declared() -> None:
    assert list(TABLE_NUMBERS) == list(schema.tables())
    for resource, form in forms().items():
        amounts = {field.name for field in schema.tables()[resource].amounts}
        assert set(form.names) <= amounts


def test_every_variant_names_its_witness() -> None:
    for resource in forms():
        for variant in variants(resource):
            assert variant.witness and {"report", "page"} <= set(variant.witness)


@pytest.mark.parametrize(
    ("change", "key", "line"),
    [
        (("rows: functional", "rows: function"), "rows", 4),
        (("hierarchy:", "hierachy:"), "hierachy", 21),
        (("head: ['(?:其中[:：]?)?基本支出", "head: ['(基本支出"), "columns.1.head.0", 11),
        (("parts: [basic, project]", "parts: [basic, projects]"), "no column projects", 1),
    ],
)  # fmt: skip
def test_a_wrong_declaration_names_file_line_and_key(change: tuple[str, str], key: str, line: int) -> None:
    text = (FORMS / "general_budget_expenditure.yaml").read_text("utf-8")
    assert change[0] in text
    with pytest.raises(FormError) as error:
        load(Form, "general_budget_expenditure.yaml", text.replace(*change, 1))
    assert f"datapackages/forms/general_budget_expenditure.yaml:{line}: " in str(error.value)
    assert key in str(error.value)


# --- binding --------------------------------------------------------------------------------------------------------

PATHS = [
    ("general_budget_expenditure", ("本年支出", "基本支出"), "basic"),
    ("general_budget_expenditure", ("本年支出", "基本支出", "小计"), "basic"),
    ("general_budget_expenditure", ("本年支出", "合计"), "total"),
    ("general_budget_expenditure", ("本年收入", "基本支出"), OUTSIDE),
    ("general_budget_expenditure", ("年初结转和结余", "合计"), OUTSIDE),
    ("general_budget_expenditure", ("年末结转和结余", "项目支出结转和结余"), OUTSIDE),
    ("general_budget_expenditure", ("基本支出", "人员经费"), OUTSIDE),
    ("general_budget_expenditure", ("某种新栏",), None),
    ("government_fund", ("年初结转和结余", "合计"), "opening_balance"),
    ("government_fund", ("本年收入", "合计"), "revenue"),
    ("government_fund", ("本年收入", "基本支出"), OUTSIDE),
    ("government_fund", ("本年支出",), "total"),
    ("revenue_by_function", ("财政拨款收入", "小计"), "fiscal_appropriation"),
    ("revenue_by_function", ("财政拨款收入", "一般公共预算财政拨款"), OUTSIDE),
    ("revenue_by_function", ("附属单位上", "缴收入"), "affiliate_remittance"),
    ("three_public_expenses", ("公务用车购置及运行费", "小计"), "vehicles"),
    ("three_public_expenses", ("“三公”经费", "小计"), "total"),
    ("three_public_expenses", ("小计",), "total"),
    ("three_public_expenses", ("国内接待费",), OUTSIDE),
    ("three_public_expenses", ("会议费",), OUTSIDE),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "path", "column"), PATHS)
def test_a_head_binds_by_its_whole_path(resource: str, path: tuple[str, ...], column: str | None) -> None:
    assert forms()[resource].bind(tuple(p.strip("“”").replace("”", "") for p in path)) == column


def test_two_heads_for_one_column_and_a_lost_column_are_named() -> None:
    paths = {2: ("合计",), 3: ("基本支出",), 4: ("基本支出",)}
    bound = bind("general_budget_expenditure", paths, {j: j for j in paths}, "final")
    assert [p.split(" / ")[0] for p in bound.problems()] == ["多个栏目对应同一栏（基本支出、基本支出）", "未找到必有的栏目（项目支出）"]


def test_a_variant_is_chosen_by_heads_and_never_hides_a_double() -> None:
    paths = {1: ("预算数", "合计"), 2: ("预算数", "基本支出", "人员经费"), 3: ("预算数", "项目支出")}
    bound = bind("revenue_expenditure_summary", paths, {j: j for j in paths}, "budget", "expenditure")
    assert bound.columns == {1: "amount", 2: OUTSIDE, 3: OUTSIDE}


# --- titles ---------------------------------------------------------------------------------------------------------

OTHERS = [
    "项目支出决算（明细）表", "财政拨款支出决算表", "机构运行经费支出、国有资产占用情况及政府采购支出信息表", "收入决算表（分单位）",
    "政府预算支出经济分类情况表", "一般公共预算财政拨款项目支出决算表", "国有资产使用情况表", "一般公共预算财政拨款支出决算表（经济科目）",
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_titles_of_other_tables_end_the_table_before_them(text: str) -> None:
    title = any_title(text)
    assert title is not None and title.resource == "other"


@pytest.mark.parametrize("text", ["续表", "本表", "附表", "见附表", "部门决算公开表"])
def test_lines_that_name_no_table(text: str) -> None:
    assert any_title(text) is None


# --- rooms ----------------------------------------------------------------------------------------------------------

ROOMS = ("documents", "extract", "quality", "publish")
WIRING = ("assets",)


def imports(path: Path) -> set[str]:
    """The modules of this project that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith(("pipelines", "samples", "datapackages"))}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / "pipelines" / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_no_import_runs_against_the_arrows(room: str) -> None:
    """documents → extract → quality → publish; what is further right is not known."""
    later = [f"pipelines.{name}" for name in (*ROOMS[ROOMS.index(room) + 1 :], *WIRING)] + ["samples"]
    for path in modules(room):
        wrong = {name for name in imports(path) if any(name == r or name.startswith(r + ".") for r in later)}
        assert not wrong, f"{path.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"


def test_the_sample_generator_knows_no_forms() -> None:
    for path in sorted((ROOT / "samples").rglob("*.py")):
        assert not any(name.startswith(("pipelines", "datapackages")) for name in imports(path)), path.name


FORMAT_BRANCHES = {
    "bundle.py": "orders files of one report by how well their format keeps paragraphs",
    "narrative/passages.py": "running heads are those of printed pages",
}
"""Modules of extract/ that may ask for a document's format, each with its reason."""


def test_readers_ask_what_a_document_can_do_and_never_its_format() -> None:
    for path in modules("extract"):
        name = str(path.relative_to(ROOT / "pipelines" / "extract"))
        if name in FORMAT_BRANCHES:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                assert not any(isinstance(s, ast.Attribute) and s.attr == "format" for s in sides), name


SMALL_ROOMS = ("extract", "quality")


@pytest.mark.parametrize("room", SMALL_ROOMS)
def test_modules_stay_under_400_lines(room: str) -> None:
    long = {str(p.relative_to(ROOT)): n for p in modules(room) if (n := len(p.read_text("utf-8").splitlines())) >= 400}
    assert not long, f"split by subject: {long}"


def test_the_build_knows_the_gate_and_never_the_other_way() -> None:
    """cli, assets → run → sound → joining: the modules beside the rooms import one way too."""
    order = ("joining", "sound", "run")
    for number, name in enumerate(order):
        later = {f"pipelines.{other}" for other in order[number + 1 :]}
        assert not later & imports(ROOT / "pipelines" / f"{name}.py"), name


def test_no_circle_of_imports() -> None:
    """Of all modules of the project, wherever in them the import stands."""
    files = {module_name(path): path for path in sorted((ROOT / "pipelines").rglob("*.py"))}
    left = {name: needed_by(path) & files.keys() - {name} for name, path in files.items()}
    while free := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in free:
            del left[name]
    assert not left, f"modules that import each other, or such ones: {sorted(left)}"


def needed_by(path: Path) -> set[str]:
    """The modules that a module imports; a package counts only where a name of its own is taken."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = ROOT / node.module.replace(".", "/") / alias.name
                found.add(f"{node.module}.{alias.name}" if inner.is_dir() or inner.with_suffix(".py").is_file() else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


COLUMN_WORDS = {c.title for form in forms().values() for c in form.columns} - {"合计", "金额", "小计"}
TABLE_TITLES = {title for form in forms().values() for title in form.title.values()}


def strings(path: Path) -> list[ast.Constant]:
    """The strings of a module that are no docstrings."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in said]


def test_official_column_names_and_titles_stand_in_the_forms() -> None:
    """No official head and no title is written in the modules that read tables of cells, nor as a part of a pattern."""
    for path in [*modules("extract/tables"), ROOT / "pipelines/extract/columns.py", ROOT / "pipelines/extract/titles.py"]:
        for node in strings(path):
            found = [word for word in COLUMN_WORDS | TABLE_TITLES if word in node.value]
            assert not found, f"{path.name}:{node.lineno}: {found}"


GENERAL_WORDS = {"合计", "总计", "小计", "金额", "收入", "支出", "项目", "行次", "栏次", "科目编码", "科目名称", "类", "款", "项", "经费", "预算", "决算"}
"""Words that all tables of accounts share: what a row of totals, a numbered row or any head is told by."""
IN_DUMPS = GENERAL_WORDS | {"决算数", "预算数", "本年", "上年", "使用", "结余分配", "其中", "结转下年", "总", "下年", "注", "使用非", "用事业"}
"""Dumps lose where a head and a label end: these begin labels (``summary``, ``cells``) or fill a scattered head's line."""


def test_official_words_of_dumps_stand_in_the_forms() -> None:
    """No official head, group or item label is an alternative of a pattern in the readers of dumps."""
    layouts_ = [form.official_layout for form in forms().values()]
    official = COLUMN_WORDS | {word for layout in layouts_ for column in layout.columns for word in column.head}
    official |= {head for layout in layouts_ if layout.parts for head in layout.parts.heads.values()}
    official |= {stem for form in forms().values() if form.loose_heads for stem in form.loose_heads.stems}
    parts = {part for item in (*items().income, *items().opening_parts, *items().expenditure) for label in item.labels for part in _parts(label)}
    official |= {part for part in parts if len(part) > 3}
    for path in modules("extract/dump"):
        tree = ast.parse(path.read_text("utf-8"))
        said = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said and len(node.value) < 200:
                assert not (set(_parts(node.value)) & official) - IN_DUMPS, f"{path.name}: {node.value}"


def _parts(pattern: str) -> list[str]:
    """The runs of Chinese in a pattern."""
    return re.findall(r"[\u4e00-\u9fff]+", pattern)


def test_titles_are_of_one_form_at_most() -> None:
    for one, other in pairwise(forms().values()):
        assert one.titles.match != other.titles.match
    assert titles().others


def test_the_page_of_forms_is_current() -> None:
    assert TARGET.read_text("utf-8") == page(), "run: python -m pipelines.publish.forms_page"


def test_the_module_knows_no_documents() -> None:
    assert all(name.startswith("pipelines.layouts") for name in imports(Path(module.__file__)))
    assert not imports(Path(layouts.__file__))
    assert Variant.model_config["extra"] == "forbid"


def test_no_two_public_types_have_one_name() -> None:
    named: dict[str, list[str]] = {}
    for path in sorted((ROOT / "pipelines").rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert not {name: places for name, places in named.items() if len(places) > 1}
