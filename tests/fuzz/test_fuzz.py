"""Some seconds of fuzzing in ``make test``; ``make fuzz N=100000`` goes on."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.documents import DocumentError, limits, open_bytes
from pipelines.documents.normalise import normalise
from tests.fuzz.run import LIMIT, Outcome, read, read_case
from tests.support import HEAD, OWNER, TITLES, dump

SEED = 20261128
CASES = 160


def accept(outcome: Outcome) -> None:
    assert not outcome.bad, f"{outcome.name} ({outcome.number}): {outcome.kind}\n{outcome.detail}"
    assert outcome.seconds < LIMIT


@pytest.mark.parametrize("start", range(0, CASES, 20))
def test_mutated_reports_are_read_or_refused(start: int) -> None:
    for number in range(start, start + 20):
        accept(read_case(SEED, number))


# --- what a dump may be made of -------------------------------------------------------------------------------

FIGURE = st.one_of(
    st.decimals(-(10**6), 10**9, places=2).map(str),
    st.sampled_from(["0.00", "0", "-", "—", "1", "12", "1,234.56", "1" * 25, "0.1234567", "１２．３", "(12.00)", "--3.1"]),
)
WORD = st.sampled_from(
    ["合计", "总计", "小计", "栏次", "行次", "208", "20805", "2080505", "301", "30101", "社会保障和就业支出", "行政运行", "机关事业单位基本养老保险缴费支出", "一、一般公共预算财政拨款收入", "二十四、债务付息支出", "本年收入合计", "年初结转和结余", "其中：", "1.", "人员经费合计", "预算数", "决算数"]
)
SENTENCE = st.sampled_from(
    [
        "本年收入合计{}万元，比上年增加{}万元，增长{}%，主要原因是：人员增加。", "其中：{}万元，占{}%；{}万元。", "第三部分 情况说明",
        "注：本表反映{}。", "-- {} of {} --", "第 {} 页 共 {} 页", "（{}）", "一、收入支出决算总体情况说明", "项目名称 甲 主管部门 {}",
        "一级指标 二级指标 三级指标 年初目标值（A） 实际完成值（B） 得分", "产出指标 数量指标 甲{} ≥{}个 {}个 10", "总分 {}",
    ]
)  # fmt: skip
LINE = st.one_of(
    st.lists(st.one_of(FIGURE, WORD), max_size=9).map(" ".join),
    st.builds(lambda s, a: s.format(*(a * 4)[:4]), SENTENCE, st.lists(FIGURE, min_size=1, max_size=4)),
    st.sampled_from([*TITLES.values(), OWNER, "", "\x0c"]),
    st.text(max_size=30),
)


@settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(LINE, max_size=60))
def test_dumps_of_any_lines_are_read_or_refused(lines: list[str]) -> None:
    accept(read("report.txt", "\n".join([*HEAD, *lines]).encode("utf-8", "surrogatepass")))


# --- sizes ------------------------------------------------------------------------------------------------------

FORM = (
    "项目名称 甲项目\n主管部门 甲局 项目实施单位 甲中心\n年度绩效目标1（80分）\n"
    "一级指标 二级指标 三级指标 年初目标值（A） 实际完成值（B） 得分\n{}\n总分 100\n"
)
PLAIN = dump(("expenditure_by_function", ["合计 1.00 1.00"]))
LARGE = {
    "7 kB of a form": PLAIN + FORM.format("一\n" * 2_300),
    "a form of scores": PLAIN + FORM.format("一 二\n10\n" * 3_000),
    "a form on many pages": PLAIN + FORM.format("一\n10\n\n\n\n\n 二\n" * 1_500),
    "many forms": PLAIN + FORM.format("产出指标 数量指标 甲 1 1 1") * 2_000,
    "rows of figures": dump(("expenditure_by_function", ["合计 1.00 1.00", *["1.00 2.00"] * 20_000])),
    "heads over rows": dump(
        ("revenue_by_function", ["科目 合计 财政拨款收入 事业收入"] * 300 + ["合计 2.00 1.00 1.00"] + ["2080101 行政运行 2.00 1.00 1.00"] * 900)
    ),
    "codes apart from names": dump(("expenditure_by_function", ["合计 1.00"] + ["2080101"] * 9_000 + ["行政运行"] * 9_000)),
    "feet apart from figures": dump(
        ("basic_expenditure_by_economy", ["人员经费合计 公用经费合计"] * 9_000 + ["1.00"] * 18_000)
    ),
    "short lines": PLAIN + "一\n" * 50_000,
    "lists of one item": PLAIN + "第一部分 部门概况\n二、机构设置\n" + "1、甲\n乙丙丁戊己庚辛\n" * 4_000,
    "numbers of nothing": PLAIN + "第一部分 部门概况\n三、人员情况\n编制" + "第1 " * 12_000 + "人。\n",
    "terms": PLAIN + "第五部分 名词解释\n" + "一、财政拨款收入：指本年度取得的拨款。\n" * 15_000,
    "runs of digits": PLAIN + ("1" * 3_900 + "\n") * 150,
    "a label and blanks": PLAIN + ("负责人" + " " * 60_000 + "\n") * 2,
    "brackets": PLAIN + "(" * 60_000 + "(张三、李四)" * 8_000,
    "one line": PLAIN + "（收入1.00万元，占1%" * 9_000,
    "one line of blanks": PLAIN + "单位" + " " * 150_000 + "万元",
    "nineteen digits": dump(("expenditure_by_function", ["合计 1234567890123456789 1.00"])),
    "as many digits as pass": dump(("expenditure_by_function", [f"合计 {'1' * 4_000} 1.00"])) + f"收入{'1' * 3_999}万元。\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_inputs_take_no_longer_than_the_limit(name: str) -> None:
    accept(read("report.txt", LARGE[name].encode()))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("一\n" * (limits.MAX_LINES + 1), "lines"),
        ("一" * (limits.MAX_LINE_CHARACTERS + 1), "characters in one line"),
        (("一" * 1_000 + "\n") * 1_001, "characters of text"),
        ("1 " * 40 * (limits.MAX_FIGURES // 40 + 1), "numbers"),
    ],
)
def test_a_file_beyond_the_limits_is_refused_with_its_reason(text: str, what: str) -> None:
    with pytest.raises(DocumentError, match=rf"^the file has [\d,]+ {what} \(limit [\d,]+\); it is not one report$"):
        open_bytes("report.txt", text.encode())


def test_half_a_character_never_leaves_the_reader() -> None:
    assert normalise("甲\ud83d局").encode("utf-8").decode() == "甲\ufffd局"
