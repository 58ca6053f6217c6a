"""Numbers and addresses of persons in a text: phones, identity papers, e-mail, QQ, 微信, number plates, homes.

Gives places only (what is done with them stands in :mod:`pipelines.personal`). A text is looked at in a plain
form of the same length, so that full-width digits and every kind of dash, dot, blank and slash are one. An amount
is no phone: a run of digits counts only whole, and never where a decimal point, a thousands comma or a counting
word makes it a figure. Numbers without an area code count only behind a word that announces them.
"""

from __future__ import annotations

import re

Span = tuple[int, int]

_SAME = {
    "-": "－−‐‑‒–—―─━ー﹣﹘⁃",
    ".": "．·•・‧∙⋅｡●",
    "/": "／∕⁄\\＼",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\v\f\r"
    "\u00ad\u200b\u200c\u200d\u2060\ufeff",
    "(": "（﹙［[【",
    ")": "）﹚］]】",
    ":": "：﹕∶",
    ",": "，﹐",
    "@": "＠﹫",
    "+": "＋﹢",
    "_": "＿",
}
_PLAIN = {ord(odd): plain for plain, odds in _SAME.items() for odd in odds}
_PLAIN |= {code: chr(code - 0xFEE0) for first, last in ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B))
           for code in range(first, last)}  # fmt: skip


def plain(text: str) -> str:
    """The text with one form for every dash, dot, blank, slash, bracket and digit; its length stays."""
    return text.translate(_PLAIN)


# --- figures that are no numbers of persons --------------------------------------------------------------------

_ALONE = r"(?<![\d])(?<!\d[.,])(?<![A-Za-z]\d)(?<![A-Za-z])"
_END = r"(?![\d])(?![.,]\d)"
_NO_UNIT = (
    r"(?!\s*(?:[%‰]|元|万|亿|千|百|部(?!门)|台|套|个(?!人)|人(?![民员社])|名|次|户(?![主籍])|家(?![庭住])|条|件|起|张|份|册|平方|公里|米|吨"
    r"|公斤|年|月|日|辆|项(?!目)|批))"
)

# --- phones ----------------------------------------------------------------------------------------------------

_GAP = r"[ \-./\n]{1,3}"
_MOBILE = (
    # In groups of 3-4-4, of 3-8 and 7-4 (but a point alone would be a decimal's), or with every digit apart.
    rf"1[3-9]\d(?! +(?:19|20)\d\d +(?:19|20)\d\d){_GAP}\d{{4}}{_GAP}\d{{4}}",
    r"1[3-9]\d[ \-/\n]{1,3}\d{8}",
    r"1[3-9]\d{5}[ \-/\n]{1,3}\d{4}",
    r"1[3-9]\d{9}",
    rf"1[3-9]\d{_GAP}\d{{3}}{_GAP}\d{{5}}",
    rf"1[3-9]\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{4}}",
    r"1(?:[ \-./][3-9])(?:[ \-./]\d){9}",
    *(rf"1[3-9]\d{{{before}}} *\n *\d{{{9 - before}}}" for before in range(9)),  # split over two lines
)
_EXTENSION = r"(?:[ ,]{0,2}(?:转|分机|内线|ext\.?|[*#]|-)[ :]{0,2}(?:分机)?\d{1,6}(?!\d))?"
_LOCAL = r"[2-9](?:\d{6,7}|\d{2,3}[ \-.]\d{4}|\d{2,3}[ \-.]\d{2}[ \-.]\d{2})"
_MORE = rf"(?:[ 、,;；/或和及\n]{{1,2}}(?:0\d{{2,3}}[ \-]{{0,2}})?{_LOCAL}{_END}{_EXTENSION})*"
_LANDLINE = (
    rf"(?:\+?86[ \-]{{0,2}})?(?:\(\s?0(?:10|2\d|[3-9]\d{{2}})\s?\)|0(?:10|2\d|[3-9]\d{{2}}))[ \-.\n/]{{0,3}}"
    rf"{_LOCAL}{_END}{_EXTENSION}{_MORE}"
)
_CUE = r"(?:电\s?话|手\s?机|传\s?真|热\s?线|座\s?机|联系方式|联系号码|咨询号码|小灵通|咨询|致电|来电|拨打|(?i:tel|phone|mobile|fax))"
_CUED = (
    rf"{_CUE}(?:号码|号)?(?:及传真|/传真|和传真)?[ :为是\n(]{{0,4}}(?:\([^()]{{1,6}}\)[: ]{{0,2}})?"
    rf"(?P<n>\+?\d(?:[ \-./()、,;/]{{0,2}}\d){{6,40}}{_END}{_EXTENSION}){_NO_UNIT}"
)

# --- identity papers -------------------------------------------------------------------------------------------

_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9[1])"
_G = r"[ \-\n]{0,2}"


_DAY = rf"(?:0{_G}[1-9]|1{_G}[0-2]){_G}(?:0{_G}[1-9]|[12]{_G}\d|3{_G}[01])"
# Born 1900-2012: a code made of region, date and number bears this decade's years.
_BORN = rf"(?:1{_G}9{_G}\d{_G}\d|2{_G}0{_G}(?:0{_G}\d|1{_G}[0-2]))"
_ID = rf"{_PROVINCE}(?:{_G}\d){{4}}{_G}{_BORN}{_G}{_DAY}(?:{_G}\d){{3}}{_G}[\dXx]"
_PAPER = (
    r"(?:身\s?份\s?证|护\s?照|通\s?行\s?证|军官证|士兵证|驾驶证|居住证|社保卡|证\s?件?\s?号|账\s?号|帐\s?号|卡\s?号)"
    r"(?:明|件)?(?:号码|编号|号)?[ :为是\n(]{0,4}(?P<n>[A-Za-z]{0,3}\d(?:[ \-]{0,2}[\dXx]){5,30})(?!\d)"
    + _NO_UNIT
)

# --- the rest --------------------------------------------------------------------------------------------------

_MAIL = r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63} ?(?:@|\(at\)|\(AT\)| at ) ?[A-Za-z0-9\-]+(?: ?[.。] ?[A-Za-z0-9\-]+)*? ?[.。] ?[A-Za-z]{2,}(?![A-Za-z0-9])"
_QQ = (
    r"(?i:(?<![A-Za-z])QQ)(?:号码|号|群号|群|邮箱)?[ :为是(\n]{0,3}(?P<n>[1-9](?:[ \-]?\d){4,11})(?!\d)"
    + _NO_UNIT
)
_WECHAT = (
    r"(?:微\s?信|(?i:(?<![A-Za-z])(?:we ?chat|weixin|vx|wx)))(?:号码|号|账号|帐号|(?i:ID)|群)?[ :为是(\n]{0,3}"
    r"(?P<n>(?:[A-Za-z_][A-Za-z0-9_\-]{4,19}|[1-9]\d{4,11}))(?![A-Za-z0-9_\-])" + _NO_UNIT
)
_PLATE = (
    r"(?<![\u4e00-\u9fffA-Za-z][A-Z])[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?[A-HJ-NP-Z][ .\-]?"
    r"(?=[A-Z0-9]{0,5}\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])"
)
_HOUSE = r"[\u4e00-\u9fffA-Za-z0-9\-# ]{0,30}?\d+ ?(?:号楼?|弄|栋|幢|座|单元|室|组|户|层)"
_TAIL = r"(?:[A-Za-z0-9一二三四五六七八九十\-# ]{0,6}(?:号楼|号院|号|弄|栋|幢|座|单元|室|组|户|层|楼))*(?:[ \-]?\d{3,4}(?![\d.万元]))?"
_HOME = (
    r"(?:家庭住址|家庭地址|现住址|住址|现住|户籍所在地|户籍地址|户籍地|居住地址|居住地|通讯地址|通信地址|联系地址|收件地址|家住|住在|住于)"
    rf"[ :为是在于\n]{{0,3}}(?P<n>{_HOUSE}{_TAIL})"
)
# An address down to the flat is a home, whatever stands before it.
_FLAT = (
    r"(?P<n>(?:(?!家住|住址|住在|现住|地址)[\u4e00-\u9fff]){2,12}?(?:路|街|大道|巷|弄|里|村|小区|花园|苑|新村)[\u4e00-\u9fff]{0,6}\d+ ?(?:号|弄|栋|幢|号楼|座)"
    r"[\u4e00-\u9fffA-Za-z0-9\- ]{0,14}?(?:单元|号楼|栋|幢|座|楼|号|门)[\-\d]{0,3}?\d{2,4} ?(?:室|户|房))"
)

_ALWAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ALONE}(?:\+?86[ \-]{{0,2}})?(?:{'|'.join(_MOBILE)}){_END}{_EXTENSION}",
        rf"{_ALONE}{_LANDLINE}",
        rf"{_ALONE}{_ID}(?!\d)",
        _MAIL, _QQ, _WECHAT, _PLATE, _HOME, _FLAT, _CUED, _PAPER,
    )
)  # fmt: skip
_TRIGGER = re.compile(
    r"\d[^\u4e00-\u9fff]{5,}\d|@|\([aA][tT]\)|(?i:qq|vx|wx|we ?chat|weixin)|微\s?信|\d ?[室户号栋组]|[A-Z][ .\-]?[A-Z0-9]{5}"
)


def spans(text: str) -> list[Span]:
    """Where numbers and addresses of persons stand in ``text`` (as :func:`plain` gives it), in order."""
    if not _TRIGGER.search(text):
        return []
    found = []
    for pattern in _ALWAYS:
        for match in pattern.finditer(text):
            named = match.groupdict().get("n")
            found.append(match.span("n") if named is not None else match.span())
    return sorted(found)
