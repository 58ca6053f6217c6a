"""What a column's printed header means, for each of the nine tables and their budget counterparts."""

from __future__ import annotations

import re

from pipelines.documents.normalise import squeeze

Patterns = list[tuple[str, str]]

OUTSIDE = "outside"
"""A column that the data model does not hold (a detail column, last year's figure): accounted, never published."""

_DETAIL = r"其中|教育收费|人员经费|公用经费|日常公用|工资福利|对个人|商品和服务|资本性|政府预算|同比|增减|增长|比上年|上年(?!结转|结余)|占比|备注"

# Tried in order on the leaf of the header path first, then on the whole path.
FUNCTION_COLUMNS: dict[str, Patterns] = {
    "revenue_by_function": [
        (r"财政拨款|财政补助|^财政$|一般公共预算.*(?:收入|拨款|资金)?$", "fiscal_appropriation"),
        (r"上级(?:单位)?补助", "higher_level_subsidy"),
        (r"附属单位|下级(?:单位)?上缴|附属", "affiliate_remittance"),
        (r"经营", "business"),
        (r"事业", "institutional"),
        (r"其他|其它", "other"),
        (r"合计|总计|小计|本年收入|收入预算|收入决算", "total"),
    ],
    "expenditure_by_function": [
        (r"基本支出", "basic"),
        (r"项目支出", "project"),
        (r"上缴上级|上缴", "remitted_to_higher_level"),
        (r"附属单位", "affiliate_subsidy"),
        (r"经营", "business"),
        (r"合计|总计|小计|本年支出|支出预算|支出决算", "total"),
    ],
    "general_budget_expenditure": [
        (r"基本支出", "basic"),
        (r"项目支出", "project"),
        (r"合计|总计|小计|本年支出|决算数|预算数|金额", "total"),
    ],
    "government_fund": [
        (r"(?:年初|上年).*(?:结转|结余)", "opening_balance"),
        (r"(?:年末|年终).*(?:结转|结余)|结转下年", "closing_balance"),
        (r"基本支出", "basic"),
        (r"项目支出", "project"),
        (r"本年收入|收入合计|^收入$", "revenue"),
        (r"合计|总计|小计|本年支出|决算数|预算数|金额", "total"),
    ],
}
FUNCTION_COLUMNS["state_capital"] = FUNCTION_COLUMNS["government_fund"]

APPROPRIATION_SPLIT: Patterns = [
    (r"一般公共|公共财政", "general_public_budget"),
    (r"基金", "government_fund"),
    (r"国有资本", "state_capital"),
    (r"合计|小计|总计|决算数|预算数|金额|本年", "total"),
]

THREE_PUBLIC: Patterns = [
    (r"机关运行", "agency_operation"),
    (r"会议|培训", OUTSIDE),
    (r"出国|出境", "overseas_trips"),
    (r"接待", "reception"),
    (r"小计", "vehicles"),
    (r"运行(?:维护)?(?:费)?$|^(?:公务用车|公车)?运行", "vehicle_operation"),
    (r"(?:用车)?购置(?:费)?$", "vehicle_purchase"),
    (r"购置及运行|购置和运行|公务用车|公车", "vehicles"),
    (r"合计|总计|总额|三公", "total"),
]

_HEADER_PARTS = [
    "功能分类科目编码", "支出功能分类科目编码", "功能科目编码", "科目编码", "科目代码", "编码", "代码", "科目名称", "名称", "功能分类科目", "功能分类", "支出功能分类",
    "经济分类科目编码", "经济分类科目", "经济分类", "部门预算", "政府预算", "本年收入合计", "本年支出合计", "本年收入", "本年支出", "财政拨款收入", "财政拨款",
    "上级补助收入", "事业收入", "经营收入", "事业单位经营收入", "附属单位上缴收入", "其他收入", "基本支出", "项目支出", "上缴上级支出", "经营支出",
    "对附属单位补助支出", "对附属单位补助", "年初结转和结余", "年末结转和结余", "年初结转", "年末结转", "人员经费", "公用经费", "项目", "栏次", "行次", "合计", "小计", "总计",
    "决算数", "预算数", "金额", "收入", "支出", "类", "款", "项", "一般公共预算财政拨款", "政府性基金预算财政拨款", "国有资本经营预算财政拨款", "一般公共预算",
    "政府性基金预算", "国有资本经营预算", "因公出国境费", "公务用车购置及运行维护费", "公务用车购置及运行费", "公务用车购置费", "公务用车运行维护费", "公务接待费",
    "科目", "编", "码", "目", "序号", "备注", "三公经费", "全年", "年初",
]  # fmt: skip
_HEADER_ALTERNATION = "|".join(sorted(map(re.escape, _HEADER_PARTS), key=len, reverse=True))
_HEADER_ONLY = re.compile(f"(?:{_HEADER_ALTERNATION})+")


def is_header_text(text: str) -> bool:
    """True if the text is made of nothing but header words."""
    return bool(_HEADER_ONLY.fullmatch(re.sub(r"[（）()“”\"'\s]", "", text)))


def is_header_fragment(text: str) -> bool:
    """True if the text is a piece of a head that fell apart over lines (``附属单位上``, ``缴收入``)."""
    bare = re.sub(r"[（）()“”\"'\s]", "", text)
    return bool(bare) and (is_header_text(bare) or any(bare in part for part in _HEADER_PARTS))


def match(patterns: Patterns, path: tuple[str, ...]) -> str | None:
    """The published column that a header path (top to bottom) names, or None."""
    texts = [squeeze(t) for t in path if squeeze(t)]
    if not texts:
        return None
    leaf = texts[-1]
    for text in (leaf, "".join(texts)):
        for pattern, column in patterns:
            if re.search(pattern, text):
                return column
    return None


def function_column(resource: str, path: tuple[str, ...]) -> str | None:
    """The column of a functional table; :data:`OUTSIDE` for details that the model does not hold."""
    texts = [squeeze(t) for t in path if squeeze(t)]
    if not texts:
        return None
    leaf = texts[-1]
    whole = "".join(texts)
    if resource == "revenue_by_function":
        # 财政拨款收入 may be split; 事业收入 may print 其中：教育收费 beside its 小计.
        if len(texts) > 1 and re.search(r"小计", leaf):
            return match(FUNCTION_COLUMNS[resource], tuple(texts[:-1]))
        if re.search(_DETAIL, leaf):
            return OUTSIDE
        if re.search(r"上年结转|结转|结余|财政专户|预算外|基金|国有资本", leaf):
            return OUTSIDE
        if re.search(r"一般公共", leaf):
            # Only one of the three funds; the whole is 财政拨款收入.
            return OUTSIDE
        return match(FUNCTION_COLUMNS[resource], tuple(texts))
    if re.search(r"小计|合计", leaf) and re.search(r"基本支出|项目支出", whole):
        return match(FUNCTION_COLUMNS[resource], tuple(texts[:-1])) if len(texts) > 1 else "total"
    if re.search(_DETAIL, leaf):
        return OUTSIDE
    if resource in ("expenditure_by_function", "general_budget_expenditure") and re.search(r"结转|结余|本年收入", leaf):
        return OUTSIDE
    return match(FUNCTION_COLUMNS[resource], tuple(texts))


def latest_year(texts: list[str]) -> str:
    """The newest year that a table's heads name; columns of earlier years are last year's figures."""
    years = [y for text in texts for y in re.findall(r"20\d\d(?=年)", squeeze(text))]
    return max(years, default="")


def three_public_column(path: tuple[str, ...], default_basis: str, year: str = "") -> tuple[str, str] | None:
    """(basis, column) of a 三公 table's header path, in either order of the two heads."""
    basis = default_basis
    measures = []
    for text in (squeeze(t) for t in path):
        if re.search(r"上年|(?:同比|增减|增长)", text) or (years := re.findall(r"20\d\d(?=年)", text)) and max(years) < year:
            return ("", OUTSIDE)
        if re.search(r"决算数|支出决算$|^决算$|执行数", text):
            basis = "final"
        elif re.search(r"预算数|^预算$|预算安排数", text):
            basis = "budget"
            if re.search(r"机关运行", text):
                measures.append(text)
        elif text:
            measures.append(text)
    if not measures:
        return None
    column = match(THREE_PUBLIC, (measures[-1],)) or match(THREE_PUBLIC, tuple(measures))
    return (basis, column) if column else None
