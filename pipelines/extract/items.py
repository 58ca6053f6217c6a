"""The printed items of tables 01 and 04 → item codes (income items, expenditure classes, totals and balances)."""

from __future__ import annotations

import re
from functools import cache

from pipelines import schema
from pipelines.documents.normalise import squeeze
from pipelines.extract.codes import functional_codes, plain

_NUMERAL = re.compile(r"^(?:[（(]?[一二三四五六七八九十百]{1,4}[）)]?[、.．]|[（(]?\d{1,2}[）)]|\d{1,2}[、.．](?!\d)|[（(][一二三四五六七八九十]{1,3}[）)]|[①-⑳])")
_OF_WHICH = re.compile(r"^其中[:：]?")

# In the order in which they are tried: the most special wording first.
_INCOME = [
    (r"^(?:总计|收入总计|收入合计总计|合计|收入总计数|总收入|收入预算总计|收入决算总计|收支总计)$", "grand_total"),
    (r"^(?:本年|当年|本年度)?收入(?:合计|小计)$|^本年收入$", "current_total"),
    (r"使用非财政拨款(?:专用)?结余|(?:事业|专用)基金弥补|用.*弥补收支差额|非财政拨款结余", "surplus_used"),
    (r"(?:年初|上年)(?:财政拨款)?(?:结转|结余)|上年结转|年初结转", "opening_balance"),
    (r"一般公共(?:预算|服务预算)|公共财政(?:预算)?|^一般预算", "general_public_budget"),
    (r"政府性基金|基金预算", "government_fund"),
    (r"国有资本", "state_capital"),
    (r"上级(?:单位)?补助", "higher_level_subsidy"),
    (r"附属单位(?:上缴|缴款)|下级(?:单位)?上缴", "affiliate_remittance"),
    (r"^事业(?:单位)?经营(?:收入|服务收入)?$|^经营(?:性)?收入|事业单位经营", "business"),
    (r"^事业(?:预算)?收入|^事业$", "institutional"),
    (r"^其他(?:各项)?收入|^其它收入|^其他$", "other"),
    (r"财政(?:预算)?(?:拨款|补助)(?:收入|补助收入|资金)?$|^财政拨款", "fiscal_appropriation"),
]
_OPENING_PARTS = [
    (r"一般公共|公共财政", "opening_general_public_budget"),
    (r"基金", "opening_government_fund"),
    (r"国有资本", "opening_state_capital"),
]
_EXPENDITURE = [
    (r"^(?:总计|支出总计|合计|总支出|支出预算总计|支出决算总计|收支总计)$", "grand_total"),
    (r"^(?:本年|当年|本年度)?支出(?:合计|小计)$|^本年支出$", "current_total"),
    (r"结余分配", "surplus_distribution"),
    (r"(?:年末|年终)(?:财政拨款)?(?:结转|结余)|结转下年|下年结转|^结转和?结余$|年末结转", "closing_balance"),
]


def strip_numeral(label: str) -> str:
    """``（一）一般公共预算`` → ``一般公共预算``; ``其中：`` goes too."""
    bare = squeeze(label)
    for _ in range(3):
        shorter = _OF_WHICH.sub("", _NUMERAL.sub("", bare))
        if shorter == bare:
            break
        bare = shorter
    return bare


def income_item(label: str, opening: bool) -> str | None:
    """The income item code of a printed label; ``opening`` while the rows under 年初结转和结余 are read."""
    bare = strip_numeral(label)
    if not bare or re.search(r"支出", bare):
        return None
    if opening:
        for pattern, code in _OPENING_PARTS:
            if re.search(pattern, bare):
                return code
    for pattern, code in _INCOME:
        if re.search(pattern, bare):
            return code
    return None


@cache
def is_declared(resource: str, code: str) -> bool:
    """Whether the declaration of table 01 or 04 knows an item code; one that it does not know is not published."""
    pattern = schema.resources()[resource].field("item_code").constraints["pattern"]
    return re.fullmatch(pattern, code) is not None


@cache
def _class_names() -> list[tuple[str, str]]:
    codes = functional_codes()
    pairs = [(name, code) for code, names in codes.spellings.items() if len(code) == 3 for name in names]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


# Words that name a class whatever the year's wording around them.
_CLASS_WORDS = [
    ("一般公共服务", "201"), ("外交", "202"), ("国防", "203"), ("公共安全", "204"), ("教育", "205"), ("科学技术", "206"),
    ("文化", "207"), ("社会保障", "208"), ("社会保险基金", "209"), ("卫生", "210"), ("节能环保", "211"), ("环境保护", "211"),
    ("城乡社区", "212"), ("农林水", "213"), ("交通运输", "214"), ("资源勘探", "215"), ("商业服务", "216"), ("金融", "217"),
    ("援助其他地区", "219"), ("自然资源海洋气象", "220"), ("国土", "220"), ("住房保障", "221"), ("粮油物资", "222"),
    ("国有资本经营", "223"), ("灾害防治", "224"), ("预备费", "227"), ("债务还本", "231"), ("债务付息", "232"),
    ("债务发行", "233"), ("抗疫特别国债", "234"), ("超长期特别国债", "235"), ("转移性", "230"),
]  # fmt: skip


def expenditure_item(label: str) -> str | None:
    """The expenditure item code of a printed label: a functional class, a total or a balance."""
    bare = strip_numeral(label)
    if not bare:
        return None
    for pattern, code in _EXPENDITURE:
        if re.search(pattern, bare):
            return code
    name = plain(bare)
    for official, code in _class_names():
        if name == official or name == official.removesuffix("支出"):
            return code
    if re.fullmatch(r"其[他它]支出", name):
        return "229"
    # Cut short or wrapped: the class's own words must begin the label.
    for word, code in _CLASS_WORDS:
        if name.startswith(word):
            return code
    return None
