"""A generated ledger, told in sentences of several wordings and wrapped anywhere, is read back the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.documents import open_bytes
from pipelines.extract.codes import functional_codes
from pipelines.extract.narrative import read_statements

YEAR = 2023
ITEMS = ["2010601", "2013202", "2050203", "2060503", "2080505", "2101101", "2130199", "2150899", "2210201", "2240106"]
FURNITURE = ["— 7 —", "12", "- 3 -", "第5页", ""]

Fact = tuple[str, str | None, Decimal, str]


@dataclass
class Teller:
    """Writes sentences and notes what they state."""

    data: st.DataObject
    pieces: list[str | Fact] = field(default_factory=list)
    paragraphs: list[list[str | Fact]] = field(default_factory=list)

    def one_of(self, *options: str) -> str:
        return self.data.draw(st.sampled_from(options))

    def amount(self) -> Decimal:
        return Decimal(self.data.draw(st.integers(1, 9_999_999))) / 100

    def rate(self) -> Decimal:
        return Decimal(self.data.draw(st.integers(1, 99_999))) / 100

    def say(self, *parts: str | Fact) -> None:
        self.pieces += parts

    def end(self) -> None:
        self.paragraphs.append(self.pieces)
        self.pieces = []

    def change(self, stem: str, code: str | None = None) -> None:
        """…增加3万元，增长5%: the words carry the sign."""
        up = self.data.draw(st.booleans())
        sign = 1 if up else -1
        money = self.one_of("增加", "增加了", "上升") if up else self.one_of("减少", "减少了", "降低")
        percent = self.one_of("增长", "提高", "增幅为") if up else self.one_of("下降", "降低", "降幅为")
        amount, rate = self.amount(), self.rate()
        self.say(money, (f"{stem}change", code, sign * amount, "万元"), "，", percent, (f"{stem}change_rate", code, sign * rate, "%"))

    def compared(self) -> str:
        return self.one_of("与2022年度相比，", "比上年", "较2022年", "与上年决算数相比，")


def tell_summary(tell: Teller) -> None:
    tell.paragraphs.append(["一、收入支出决算总体情况说明"])
    total = tell.one_of("收、支总计", "收入支出总计", "收入、支出总计均为", "收入总计、支出总计均为")
    tell.say(f"{YEAR}年度", total, ("summary.total", None, tell.amount(), "万元"), "。", tell.compared())
    tell.say(tell.one_of("收、支总计各", "收入支出总计", ""))
    tell.change("summary.")
    if tell.data.draw(st.booleans()):
        tell.say("，", tell.one_of("主要原因是", "主要原因：一是"), "某专项经费增加", ("reason.change", None, tell.amount(), "万元"))
        tell.say("；", tell.one_of("二是", ""), "某补贴减少", ("reason.change", None, -tell.amount(), "万元"))
    tell.say("。")
    tell.end()


def tell_parts(tell: Teller, head: str, whole: str, total: str, parts: dict[str, str]) -> None:
    tell.paragraphs.append([head])
    tell.say(tell.one_of(f"{YEAR}年度", "本年", f"某局{YEAR}年度"), whole, (f"{total}.total", None, tell.amount(), "万元"))
    tell.say(tell.one_of("，其中：", "。其中："))
    for index, (name, stem) in enumerate(parts.items()):
        tell.say("；" if index else "", name, (stem, None, tell.amount(), "万元"))
        base = tell.one_of("占", "占本年总额的", f"占{whole}的")
        tell.say("，", base, (f"{stem}.share", None, tell.rate(), "%"))
    if tell.data.draw(st.booleans()):
        tell.say("。", tell.compared(), whole)
        tell.change(f"{total}.")
    tell.say("。")
    tell.end()


def tell_general_budget(tell: Teller) -> None:
    names = functional_codes().names
    tell.paragraphs.append(["五、一般公共预算财政拨款支出决算情况说明"])
    tell.paragraphs.append(["（一）一般公共预算财政拨款支出决算总体情况"])
    tell.say("一般公共预算财政拨款支出", ("general_budget.total", None, tell.amount(), "万元"), "，占本年支出合计的")
    tell.say(("general_budget.share_of_expenditure", None, tell.rate(), "%"), "。")
    tell.end()
    items = tell.data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=4, unique=True))
    tell.paragraphs.append(["（二）一般公共预算财政拨款支出决算结构情况"])
    tell.say("主要用于以下方面：")
    for index, code in enumerate(dict.fromkeys(i[:3] for i in items)):
        name = names[code]
        form = tell.one_of(f"{name}（类）", f"{name}(类)", f"{name.removesuffix('支出')}（类）支出")
        tell.say("；" if index else "", form, ("general_budget.class", code, tell.amount(), "万元"))
        tell.say("，占", ("general_budget.class_share", code, tell.rate(), "%"))
    tell.say("。")
    tell.end()
    tell.paragraphs.append(["（三）一般公共预算财政拨款支出决算具体情况"])
    mark = tell.one_of("{}.", "{}、", "（{}）", "({})", "{}. ")
    for index, code in enumerate(items, start=1):
        left, right = tell.one_of("（）", "()")
        levels = ((code[:3], "类"), (code[:5], "款"), (code, "项"))
        path = "".join(f"{names[c]}{left}{word}{right}" for c, word in levels)
        tell.say(mark.format(index), path, tell.one_of("。", "：", "，"))
        tell.say(tell.one_of("年初预算为", "年初预算数为", "年初预算"), ("general_budget.item.initial_budget", code, tell.amount(), "万元"), "，")
        tell.say(tell.one_of("支出决算为", "支出决算数为", "决算数"), ("general_budget.item.final", code, tell.amount(), "万元"), "，")
        tell.say(tell.one_of("完成年初预算的", "完成预算的", "为年初预算的"), ("general_budget.item.completion_rate", code, tell.rate(), "%"))
        tell.say(tell.one_of("。", "，决算数小于预算数的主要原因是工作安排有变。"))
        tell.end()


def tell_three_public(tell: Teller) -> None:
    tell.paragraphs.append(["九、财政拨款“三公”经费支出决算情况说明"])
    budget = tell.one_of("年初预算", "支出预算", "全年预算数")
    done = tell.one_of("完成预算的", "完成全年预算的")
    named = {"“三公”经费财政拨款": "three_public", "1.因公出国（境）费": "three_public.overseas_trips",
             "2.公务用车购置及运行维护费": "three_public.vehicles", "3.公务接待费": "three_public.reception"}  # fmt: skip
    for name, stem in named.items():
        tell.say(name, budget, "为", (f"{stem}.budget", None, tell.amount(), "万元"), "，支出决算为", (f"{stem}.final", None, tell.amount(), "万元"))
        tell.say("，", done, (f"{stem}.completion_rate", None, tell.rate(), "%"))
        if tell.data.draw(st.booleans()):
            tell.say("；", tell.one_of("较上年", "比2022年"))
            tell.change(f"{stem}.")
        tell.say("。")
        tell.end()


def written(tell: Teller) -> tuple[str, list[tuple[Fact, int]]]:
    """The report as text, wrapped at random, and each fact with the line of its first digit."""
    lines = [f"第三部分 {YEAR}年度部门决算情况说明"]
    facts: list[tuple[Fact, int]] = []
    for paragraph in tell.paragraphs:
        heading = len(paragraph) == 1
        width = 200 if heading else tell.data.draw(st.integers(16, 44))
        line = ""
        for piece in paragraph:
            if not isinstance(piece, str):
                value, unit = abs(piece[2]), piece[3]
                printed = f"{value:,.2f}" if tell.data.draw(st.booleans()) else f"{value:.2f}"
                blank = tell.one_of("", " ")
                if len(line) == width:
                    lines.append(line)
                    line = ""
                facts.append((piece, len(lines) + 1))
                piece = printed + blank + unit
            for char in piece:
                if len(line) >= width:
                    lines.append(line)
                    line = ""
                line += char
        lines.append(line)
        if tell.data.draw(st.booleans()):
            lines.append(tell.one_of(*FURNITURE))
    return "\n".join([*lines, "第四部分 名词解释", ""]), facts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_told_and_read_back(data: st.DataObject) -> None:
    tell = Teller(data)
    tell_summary(tell)
    sources = {"财政拨款收入": "revenue.appropriation", "上级补助收入": "revenue.higher_level_subsidy",
               "事业收入": "revenue.institutional", "经营收入": "revenue.business", "其他收入": "revenue.other"}  # fmt: skip
    tell_parts(tell, "二、收入决算情况说明", "收入合计", "revenue", sources)
    kinds = {"基本支出": "expenditure.basic", "项目支出": "expenditure.project", "经营支出": "expenditure.business"}
    tell_parts(tell, "三、支出决算情况说明", "支出合计", "expenditure", kinds)
    tell_general_budget(tell)
    tell_three_public(tell)
    text, facts = written(tell)
    frame = read_statements(open_bytes("told.txt", text.encode()), {}, YEAR, "final", "420100-2023-final-00000000")[0]
    read = [((r["concept"], r["function_code"], r["value"], r["unit"]), r["line"]) for r in frame.iter_rows(named=True)]
    assert read == facts, text
