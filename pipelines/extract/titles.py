"""Titles of the nine official tables, in all their provincial wordings, and what else a table's head says.

A title is recognised by what it names (三公, 国有资本经营, 政府性基金, 基本支出, 一般公共预算, 财政拨款收支, 收支, 收入,
支出), the most special first: 支出决算表 is contained in 一般公共预算财政拨款支出决算表.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.documents.normalise import squeeze

TABLE_NUMBERS = {
    "revenue_expenditure_summary": 1,
    "revenue_by_function": 2,
    "expenditure_by_function": 3,
    "appropriation_summary": 4,
    "general_budget_expenditure": 5,
    "basic_expenditure_by_economy": 6,
    "government_fund": 7,
    "state_capital": 8,
    "three_public_expenses": 9,
}

_PRINTED_NO = re.compile(
    r"[（(]?(?:部门|单位)?(?:公开|预决算公开|决算公开|预算公开|财决公开|财决批复|财决|财预|预算|决算|公开表|附表|附件|表)(?:表)?[-—]?(\d{1,2}(?![\d年])|[一二三四五六七八九十]{1,3})(?:号)?表?[）)]?"
)
_YEAR = re.compile(r"(?:20\d\d|[二〇○零一二三四五六七八九]{4}|X{2,4}|[×]{2,4}|20XX)年(?:度)?")
_LEAD = re.compile(r"^(?:附[件表]?[:：]?)?(?:[（(][一二三四五六七八九十\d]{1,3}[）)]|[一二三四五六七八九十\d]{1,3}[、.．:：])?")
_NOT_A_TITLE = re.compile(r"[。；;，,！？…]|说明|情况(?!表)|如下|详见|见附|目录|\.{3}|绩效|申报|反映|按照|根据|《|》|^注")
_OTHER_TABLE = re.compile(
    r"项目支出(?:预算|决算)?(?:明细)?表|采购|绩效|资产|购买服务|目标|自评|人员(?:情况|信息)|机构|专项|转移支付|债务|重点|政府预算(?:支出)?经济分类"
    r"|政府经济|财政专户|非税|上年|收费|资金来源|自查|检查|清单|^(?:部门|单位)?(?:人员|公用)经费支出"
)
_UNIT = re.compile(r"(?:金额|货币)?单位\s*[:：]?\s*(?:人民币)?\s*[（(]?(万元|千元|元|百元)[）)]?")
_OWNER = re.compile(
    r"(?:编制|填报|公开|预算主管|主管)?(?:部门|单位)(?:[（(](?:部门|单位|公章|盖章|签章)[）)])?(?:名称)?(?:[（(](?:公章|盖章|签章)[）)])?\s*[:：]\s*(?P<name>\S.*?)\s*(?=$|(?:金额|货币)?单位|20\d\d年)"
)


@dataclass(slots=True, frozen=True)
class Title:
    """A recognised title: the resource it announces, final or budget if it says so, and its printed number."""

    resource: str
    kind: str | None
    text: str
    printed_no: str | None


def printed_number(text: str) -> str | None:
    """``公开03表``, ``（表8）``, ``部门公开表5``... → ``3``, ``8``, ``5``; None if there is none."""
    match = _PRINTED_NO.search(squeeze(text))
    return match.group(1).lstrip("0") if match else None


def is_number_mark(text: str) -> bool:
    """True for a line that only says ``公开03表`` or the like."""
    bare = squeeze(text)
    return bool(bare) and bool(_PRINTED_NO.fullmatch(bare))


@lru_cache(maxsize=20_000)
def parse_title(text: str) -> Title | None:
    """Recognise a table title. None for anything that is not the title of one of the nine tables."""
    if "表" not in text:
        return None
    bare = squeeze(text)
    if not 3 <= len(bare) <= 60 or _NOT_A_TITLE.search(bare):
        return None
    number = printed_number(bare)
    core = _PRINTED_NO.sub("", bare)
    core = _YEAR.sub("", core)
    core = re.sub(r"[（(](?:空表|续表?|续\d*|含[^（）()]*|按[^（）()]*|单位[:：]?[^（）()]*|\d+)[）)]$", "", core)
    core = re.sub(r"续表?$|[-—_\s]+$", "", core)
    core = re.sub(r"[（(][一二三四五\d][)）]$", "", core)
    if not core.endswith("表") or core in {"表", "续表"}:
        return None
    core = _LEAD.sub("", core)
    if _OTHER_TABLE.search(core.replace("上年度", "上年")) or not re.search(r"收入|支出|收支|经费|总表", core):
        return None
    kind = "final" if "决算" in core else "budget" if re.search(r"预算(?!财政拨款|支出|收入|资金|拨款|“|\"|基本)", core) else None
    resource = _resource(core)
    if resource is None:
        return None
    return Title(resource, kind, bare, number)


def _resource(core: str) -> str | None:
    if re.search(r"三公|公务接待", core):
        return "three_public_expenses"
    if "国有资本" in core:
        return "state_capital"
    if "基金" in core:
        return "government_fund"
    general = bool(re.search(r"一般公共预算|公共财政", core))
    if "基本支出" in core:
        return "basic_expenditure_by_economy"
    if general and re.search(r"支出|收支", core):
        return "general_budget_expenditure"
    both = bool(re.search(r"收入[、与和及]?支出|收支", core))
    if "拨款" in core:
        if both:
            return "appropriation_summary"
        return "general_budget_expenditure" if "支出" in core and "收入" not in core else None
    if both:
        return "revenue_expenditure_summary"
    if re.search(r"收入(?:功能分类)?(?:预算|决算)?(?:总|总体情况|情况)?表", core):
        return "revenue_by_function"
    if re.search(r"支出(?:功能分类)?(?:预算|决算)?(?:总|总体情况|情况)?表", core):
        return "expenditure_by_function"
    return None


def parse_unit(text: str) -> str | None:
    """``金额单位：万元`` → ``万元``; None if the text names no unit."""
    if "元" not in text:
        return None
    match = _UNIT.search(squeeze(text))
    return match.group(1) if match else None


def parse_owner(text: str) -> str | None:
    """``部门：武汉市某局 单位：万元`` → the institution; None if the text is no such line."""
    if not (":" in text or "：" in text):
        return None
    compact = re.sub(r"\s+(?=(?:金额|货币)?单位)", " ", text.strip())
    match = _OWNER.match(re.sub(r"^\s+", "", compact))
    if not match:
        return None
    name = squeeze(match.group("name"))
    name = re.sub(r"(?:金额|货币)?单位[:：].*$", "", name)
    name = re.sub(r"[（(](?:公章|盖章|签章)[）)]$", "", name)
    if not 3 <= len(name) <= 40 or not re.search(r"[\u4e00-\u9fff]{3}", name) or re.search(r"万元|[。；，、：]", name):
        return None
    return name
