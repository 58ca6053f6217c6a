"""The official words of the forms: labels, levels of indicators, column titles, tick boxes, dates, rates.

Patterns work on text without blanks (a dump wraps anywhere). Layout is not known here.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from pipelines.documents.normalise import squeeze
from pipelines.extract.numbers import parse_amount

GOAL = re.compile(
    r"年度(?:绩效)?(?:总体)?目标(?P<no>\d{1,2})?[:：]?(?:[（(](?P<points>\d{1,3}(?:\.\d{1,2})?)分?[）)])?[:：]?"
)
"""The label of a goal, with its number and points."""
TOTAL = re.compile(r"总分(?:值)?|(?:得分)?合计得?分?")
FIGURE = re.compile(r"-?\d[\d,]*(?:\.\d+)?[%￥]?")
"""A figure as forms print it."""
POINTS = r"[（(](?P<points>\d{1,3}(?:\.\d{1,2})?)分?[）)]"
_POINTS = re.compile(POINTS)
_POINTS_AT_END = re.compile(r"[（(](\d{1,3}(?:\.\d{1,2})?)分?[）)]$")

_LEVEL1 = r"(?:成本|产出|效益|效果|满意度?|过程|投入|管理|履职|履职效能|社会效应|决策|项目决策|项目管理|项目产出|项目效益|产出和效益)"
_LEVEL2 = (
    r"(?:数量量?|质量|时效|进度|成本|经济成本|社会成本|生态环境成本|生态成本|环境成本|经济效益|社会效益|生态效益|环境效益"
    r"|生态环境效益|可持续|可持续影响|可持续发展|可持续性|社会公众或服务对象满意[度率]?|社会公众满意[度率]?|公众满意[度率]|群众满意[度率]?"
    r"|受益对象满意[度率]?|受益群体满意[度率]?|服务对象满意[度率]?|服务对象|满意[度率]|职工满意[度率]?|联系部门满意[度率]?"
    r"|预算执行|预算管理|资产管理|运行成本|管理效率|履职效能|社会效应|可持续性发展能力|服务满意[度率]?|投入管理|财务管理|项目管理)"
)
_WEIGHT = r"(?:[（(]\d{1,3}(?:\.\d{1,2})?分?[）)])?"
LEVEL1 = re.compile(rf"{_LEVEL1}(?:类?指标|目标)?{_WEIGHT}")
LEVEL2 = re.compile(rf"{_LEVEL2}(?:类?指标|目标|指)?{_WEIGHT}")
COMPLETE = re.compile(rf".*(?:指标|目标){_WEIGHT}")
BOTH = re.compile(rf"(?:成本|满意[度率]?|社会效应|履职效能)(?:指标)?{_WEIGHT}")
"""Labels that stand on the first level in some forms and on the second in others."""
MAX_LABEL = 18

SIDE = re.compile(r"(?:项目)?年度?(?:绩效)?(?:总体)?(?:目标|指标)?\d{0,2}[:：]?(?:[（(]\d{1,3}分?[）)])?")
"""The label at the left edge of a grid (年度绩效目标（80分）)."""
LABEL_REST = re.compile(
    r"(?:[年度绩效]{1,4})?(?:目?标|指标|[度率]?指标)?\d{0,2}(?:[（(]?\d{0,3}分[）)]|[（(]\d{1,3}[）)]|[）)])?"
)
"""What is left of a label cell after a page cut it."""

LEVEL_HEAD = r"一级(?:指标)?(?:[（(]?分值[）)]?)?二级(?:指标)?(?:[（(]?分值[）)]?)?"
COLUMNS: tuple[tuple[str, str], ...] = (
    ("name", r"三级指标(?:名称|内容)?|绩效指标(?:名称|内容)?|指标名称"),
    ("target", r"(?:年初|年度|全年|预期|当年)?(?:绩效)?(?:目标|指标)值(?:[（(]A[）)])?"),
    (
        "actual",
        r"(?:全年|年度)?实际完成值?(?:情况)?(?:[（(]B[）)])?|(?:全年)?完成值(?:[（(]B[）)])?|(?:实际)?完成情况",
    ),
    ("weight", r"(?:指标)?分值|权重(?:分值?)?|标准分值?"),
    ("score", r"(?:自评|评价|实际|绩效)?得分(?:[（(]C[）)])?"),
    (
        "remark",
        r"(?:未完成|偏差)(?:大或目标未完成)?的?(?:原因|情况)(?:分析)?(?:(?:与|和|及|、)(?:拟采取的)?改进措施)?|备注|说明",
    ),
)
_COLUMN = "|".join(f"(?P<{name}>{pattern})" for name, pattern in COLUMNS)
COLUMN = re.compile(_COLUMN)
HEAD = re.compile(rf"{LEVEL_HEAD}(?:{re.sub(r'[(][?]P<[a-z0-9]+>', '(?:', _COLUMN)})+")

EXECUTION: tuple[tuple[str, str], ...] = (
    ("initial", r"年初预算数?(?:[（(]A\d?[）)])?"),
    ("budget", r"(?:全年|调整后?|年度)?预算数(?:[（(]A\d?[）)])?|全年预算(?:[（(]A[）)])?"),
    ("executed", r"(?:全年|实际)?(?:执行|支出)数(?:[（(]B[）)])?|全年执行(?:[（(]B[）)])?"),
    ("rate", r"(?:预算)?执行率(?:[（(]B/A1?[）)])?(?:[（(]%[）)])?"),
    ("points", r"分值"),
    ("score", r"得分(?:[（(]\d{1,3}分?[*×xX]执行率[）)])?"),
)
_EXECUTION = "|".join(f"(?P<{name}>{pattern})" for name, pattern in EXECUTION)
EXECUTION_COLUMN = re.compile(_EXECUTION)
EXECUTION_HEAD = re.compile(rf"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', _EXECUTION)}){{3,}}")

_TICKED = "☑√✓✔■☒✅⊠●◉"
_BOXES = "□☐○▢◻" + _TICKED

_DATE = re.compile(r"((?:19|20)\d{2})[年./\-](\d{1,2})[月./\-](\d{1,2})")
_RATE = re.compile(r"(\d+(?:\.\d+)?)[%￥]?")

UNIT_WORDS = (
    r"(?:%|￥|‰|人次|人|元|万元|万|亿元|个|家次|家|名|次|场次|场|户|份|件|批次|批|项|天|小时|分钟|月|年|日|期|篇|套|条|号|辆|台"
    r"|起|余?趟|宗|例|座|处|平方米|公里|吨|张|册|本|所|支|部|单|位|片|株|亩|米|度|倍|分|级|类|种|节|课时|遍|轮|周|季度|公顷)"
)
VALUE = re.compile(
    r"(?:[≥≤≧≦><》《﹥﹤＞＜=约近达至]|不低于|不少于|不超过|不高于|大于|小于|等于|高于|低于|控制在|以上){0,3}"
    rf"\d[\d,.]*(?:[-—~～至]\d[\d.]*)?(?:余|多)?{UNIT_WORDS}?(?:（?[（(]?{UNIT_WORDS}[）)]?)?(?:余|多)?(?:/{UNIT_WORDS}(?:/{UNIT_WORDS})?)?"
    r"(?:以上|以下|以内|左右|之前|之内|内|前|底之?前|底之?内|底|末|中旬前|上旬前|下旬前)?[。]?"
)
QUALITY = re.compile(
    r"(?:较上年)?(?:稳步|持续|积极|长期|不断|明显|有效|有所|进一步|逐步|显著|大幅|全面|基本|正常|平稳|按时|及时|按期|如期|圆满|顺利)?"
    r"(?:良好|优秀?|完成|已完成|达标|开展|促进|提升|提高|加强|增强|改善|保障|推进|运转|运行|规范|创新|合格|满意|有效|显著|明显"
    r"|及时|稳定|当年(?:年底)?|未设置?目标值|无目标值|无|是|有|好|较好|增长|增加|下降|降低|减少|防范|发放|到位|落实|符合|成效|影响)(?:完成|到位|发放|影响|增强|显著)?"
)
NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})?")


def points_of(label: str) -> Decimal | None:
    """Points printed in brackets with a label."""
    match = _POINTS.search(squeeze(label))
    return Decimal(match["points"]) if match else None


_EXECUTION_POINTS = (
    re.compile(r"得分[（(](\d{1,3}(?:\.\d{1,2})?)分?[*×xX]执行率[）)]"),
    re.compile(r"预算执行(?:情况)?(?:[（(](?:万元|元)[）)])?[（(](\d{1,3}(?:\.\d{1,2})?)分[）)]"),
)


def execution_points(text: str) -> Decimal | None:
    """Points of the execution of the budget: 得分（20分*执行率）, or 预算执行情况（万元）（20分）."""
    bare = squeeze(text)
    for pattern in _EXECUTION_POINTS:
        if match := pattern.search(bare):
            return Decimal(match[1])
    return None


def without_points(label: str) -> tuple[str, Decimal | None]:
    """A label or name without the points at its end, and the points."""
    match = _POINTS_AT_END.search(label)
    if match is None or not label[: match.start()]:
        return label, None
    return label[: match.start()], Decimal(match.group(1))


def label_name(label: str | None) -> str | None:
    """The name of a level without its points."""
    return without_points(label)[0] if label else None


def ticked(text: str) -> str | None:
    """The options whose box is ticked, separated by 、; None where none is."""
    bare = squeeze(text)
    if not any(c in _TICKED for c in bare):
        return None
    parts = [p for p in re.split(rf"([{_BOXES}]+)", bare) if re.sub(r"[\d.、．)）]", "", p)]
    # The box stands before its option where the text begins with one, behind it where it begins with an option.
    leading = parts[0][0] in _BOXES
    found = []
    for index, part in enumerate(parts):
        box = index - 1 if leading else index + 1
        if part[0] in _BOXES or not 0 <= box < len(parts) or not any(c in _TICKED for c in parts[box]):
            continue
        # Two options with one box between them: the box is the last one's (before it: the first one's).
        names = [n for n in re.split(r"\d[.、．)）]", part) if n.strip("、.．:：（）()")]
        found.append((names[0] if leading else names[-1]).strip("、.．:：（）()"))
    return "、".join(found) or None


def day(text: str) -> date | None:
    """The first full date of a text; None where there is none or it does not exist."""
    match = _DATE.search(squeeze(text))
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def rate(text: str, budget: Decimal | None, executed: Decimal | None) -> tuple[Decimal | None, bool]:
    """A printed execution rate in percent points, and whether it was printed as a ratio (0.892).

    Without a percent sign, a number below one is a ratio if the amounts beside it have such a ratio: 0.7 of
    10.5 / 15. A printed 1 beside equal amounts is a ratio too; 0 is 0.
    """
    bare = squeeze(text)
    match = _RATE.fullmatch(bare)
    if match is None:
        return None, False
    value = Decimal(match[1])
    if bare[-1] in "%￥" or value > 1 and not (value < 3 and _is_near(value, budget, executed)):
        return value, False
    if value == 0:
        return value, False
    if value <= 1 and budget and executed is not None and not _is_near(value, budget, executed):
        return (value, False) if _is_near(value / 100, budget, executed) else (value * 100, True)
    return value * 100, True


def _is_near(value: Decimal, budget: Decimal | None, executed: Decimal | None) -> bool:
    return bool(budget) and executed is not None and abs(value - executed / (budget or 1)) <= Decimal("0.01")


def amount(text: str) -> Decimal | None:
    """A printed figure; a unit behind it is no part of it."""
    parsed = parse_amount(re.sub(r"(?:万元|元|分)$", "", squeeze(text)))
    return parsed.value if parsed else None


def is_value(text: str) -> bool:
    """A target or result by its look: a figure with its unit, or one of the usual words."""
    return bool(VALUE.fullmatch(text) or QUALITY.fullmatch(text))
