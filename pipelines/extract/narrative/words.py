"""The small words of the sentences: list marks, reasons, descriptions, comparisons, and how names are cleaned.

Patterns over text without blanks; nothing here knows a concept.
"""

from __future__ import annotations

import re
from functools import cache

from pipelines.extract.codes import economic_codes
from pipelines.extract.narrative.grammar import DOWN, UP

SIGN = {word: 1 for word in UP} | {word: -1 for word in DOWN}
CHANGE_WORDS = "|".join(sorted(SIGN, key=len, reverse=True))

CHANGE = re.compile(
    rf"(?P<word>{CHANGE_WORDS})(?P<other>[（(/或]+(?:{CHANGE_WORDS})[）)]?)?"
    r"(?:了|额|数|率|幅度?|比例|比率|支出|金额|资金)*(?:分别)?(?:为|约为|约|达到|达|近|是|[:：])?$"
)
"""A word of change right before the figure; ``other`` is the template's 增加（减少） left as it was."""

CHANGE_INSIDE = re.compile(rf"(?P<word>{'|'.join(w for w in sorted(SIGN, key=len, reverse=True) if len(w) > 1)}|新增)")
COMPARE = re.compile(
    r"(?:比|较|与|同|跟|对比|相比)(?:于)?[^，。；\d]{0,6}?(?:(?P<year>20\d\d)年度?|(?P<last>上年|上一年|去年|同期))?"
    r"(?P<base>[^，。；\d]{0,30}?)"
    r"(?=相比|对比|比较|，|各|均|增|减|下降|上升|提高|降|多|少|持平|有所|基本|的|[\d]|$)"
)
AMONG = re.compile(r"其中|包括[:：]|包含[:：]|分别是[:：]|具体(?:情况|如下)")
REASON_MARK = re.compile(
    r"(?:主要)?(?:的)?(?:主要)?原因(?:主要)?(?:分析)?(?:如下)?(?:是|为|系|有|在于|包括|[:：]|一|1)"
    r"|主要(?:是|系)?(?:由于|因为?(?!公))|(?P<weak>主要[是系](?!用于|支付|保障|为了?保障))|系因|是由于|原因[:：]"
)
PROJECT_SUMMARY = re.compile(r"绩效(?:目标)?自评(?:情况)?综述[:：]")
"""What the sentence on a single project begins with, in a final account."""
BOTH_SIDES = re.compile(r"(?P<first>[收支])[入出]?[、和与及]?(?P<second>(?!(?P=first))[收支])[入出]?(?P<of>[^，。]*)")
"""The two sides of an account, named together: 收、支总计; 收入和支出."""
SIDE_NAMES = {"收": "收入", "支": "支出"}
PURPOSE_MARK = re.compile(
    r"(?:主要)?用于(?!以下|下列|如下|[:：]?\n?(?:[（(]?[\d一二]{1,2}[）)、.．]|①))"
    r"|(?<=元[，,])为(?![^，。；]{0,12}预算|\d)|主要包括|主要成效|主要反映|开支内容|主要产出|主要(?:是|为)(?=用于|支付|保障)"
)
SENTENCE_END = re.compile(r"。|\n")
ORDINAL = re.compile(
    r"^(?:[一二三四五六七八九十]是|其[一二三四五]|第[一二三四五]|[（(][1-9一二三四五][）)]|[1-9][.．、]|另外|此外|同时|[①-⑳])"
)
NEXT_REASON = re.compile(r"[二三四五六]是|其[二三四五]")
ENUMERATOR = re.compile(
    r"(?:(?<=\n)|^)(?:[（(][一二三四五六七八九十]{1,3}[）)]|\d{1,2}[.．、]+(?=\D|2\d{4}(?:\d\d)?(?![\d.．]))|[（(]\d{1,2}[）)])"
    r"|(?<=[。；：:;，、于下])(?:[（(]\d{1,2}[）)]|[①-⑳]|\d{1,2}[.．、](?=[\u4e00-\u9fff“]|2\d{4}(?:\d\d)?(?![\d.．])))|[①-⑳]"
)
BRACKET = re.compile(r"[（(][^（）()\n]*?\d(?:[^（）()\n]|[（(][^（）()\n]{0,12}[）)])*[）)]")
LIST_MARK = re.compile(
    r"^(?:[（(]?[\d一二三四五六七八九十]{1,3}[）).．、]+|[①-⑳]|[一二三四五六七八九十]是|其中|主要|是|用于|包括|包含"
    r"|，|、|:|：|和|与|及|以及|还有|又|中)+"
)
NOTHING = re.compile(r"^(?:本(?:年度?|部门|单位))*(?:20\d\d年度?)?(?:无|没有|未发生|未安排|未支出)")
NOTHING_AT_ALL = re.compile(r"无|没有|未发生|未安排|未使用|未支出|未开支|未产生|未列支")
ITEM_HEAD = re.compile(
    r"(?:\d{1,2}[.．、]+|[（(][\d一二三四五六七八九十]{1,3}[）)]|[①-⑳])"
    r"(?P<name>(?!\S*(?:情况|说明|安排|总计|合计)[。：:])[\u4e00-\u9fff（）()、“”]{2,40})[。：:]"
)
"""The name of a list's item on its own: 2.行政运转。 A heading that ends in 情况 names nothing."""
ITEM_NAME = re.compile(r"^[^，。；：:\d]{2,24}[：:]")
KIND_OF_GUESTS = re.compile(r"(?:国内|外宾|外事|国[（(]?境?[）)]?外)(?:公务)?接待")
PLANNED = re.compile(r"(?:预算)?(?:安排|计划|拟|新增|更新)(?:购置|购买|采购|配备|新增|更新)|购置(?:车辆|单)")
RESPECTIVELY = re.compile(rf"(?:分别|各)(?:为|是|完成|支出|占(?=[^，。；]{{0,14}}\d)|{CHANGE_WORDS}|[:：]|(?=\d))")
BETWEEN = re.compile(r"[、，,]?(?:和|及|与|以及)?")
NEUTRAL = re.compile(rf"为|占比|比例|是|各|约|{CHANGE_WORDS}|了|占|完成|达|支出|收入|本年|总计|合计|总额|年初|全年|调整|预算|决算|数|的|[:：]")
OF_THE_SAME = frozenset({"金额", "计", "共计", "价值", "合计金额", "支出"})
BASE = re.compile(r"[占比较与同]|完成")
"""Words behind which a subject is what another is measured against."""
OF_WHICH = re.compile(r"(?:费|经费|一般公共预算|财政拨款|支出|收入|决算|预算|总?[数额]|合计|总计)*中|(?:主要)?用于")
TRAILING = re.compile(r"[，,]?(?:主要|用于)[^；;。\n]*[；;]")
"""What a figure was mainly for, up to the next clause."""
TOTAL_OF_ALL = re.compile(r"(?:本年度?|总)(?:收入|支出)|(?:收入|支出)(?:决算)?(?:合计|总[计额])")
"""A total of a report's income or expenditure."""
COMPARED = re.compile(r"(?:20\d\d年|上年|去年|上一年|年初|同期|全年|当年|预算|本年)")
INSTITUTION = re.compile(r"(?:局|中心|委员会|办公室|学校|医院|所|站|院|厅|会|队|馆)$")
OTHER_BODY = re.compile(r"(?:本级|机关|单位|[局站所院校队馆镇乡]|中心)(?:的|支出|收入|合计|总计|小计)*$")
"""A body named right before its figure."""
HAN = re.compile(r"[\u4e00-\u9fffA-Za-z]")


def clean(text: str) -> str:
    """The words as printed, without list marks and the verbs around them."""
    bare = LIST_MARK.sub("", text.strip("，。；：:、\n"))
    bare = re.sub(r"(?:支出)?(?:决算|预算)?(?:数|金额|资金)?(?:为|是|约|达|共计|合计|共)$", "", bare)
    return bare.strip("“”\"‘’，。；：:、\n（(")[:60]


def what_changed(text: str) -> str:
    """The noun of a reason: behind its marker, and behind a word of change that stands before it."""
    markers = list(REASON_MARK.finditer(text))
    if markers:
        text = text[markers[-1].end() :]
    inside = [m for m in CHANGE_INSIDE.finditer(text) if len(HAN.findall(text[m.end() :])) >= 3]
    if inside:
        text = text[inside[-1].end() :]
    return clean(re.sub(r"^(?:了|的)", "", LIST_MARK.sub("", text)))


@cache
def economy_codes() -> dict[str, str]:
    """Name → code of the 类 of the economic classification."""
    return {n: c for c, n in economic_codes().names.items() if len(c) == 3}


@cache
def economy_names() -> re.Pattern[str]:
    """The names of the economic 类, longest first."""
    return re.compile("|".join(re.escape(n) for n in sorted(economy_codes(), key=len, reverse=True)))


_CLOSED = re.compile(r"[（(][^（()）]*[）)]")


def outside_brackets(text: str) -> str:
    """The words without what stands in closed brackets."""
    return _CLOSED.sub("", text)


def only_side(subject: str | None) -> str:
    """收 or 支 where a subject names one side of an account only."""
    named = {side for side in SIDE_NAMES if side in (subject or "")}
    return named.pop() if len(named) == 1 else ""
