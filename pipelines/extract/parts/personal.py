"""What a published text must not hold: phone numbers, identity numbers, and names of persons.

Reports print them (a hotline under the glossary, names in brackets after a head count, a workshop named after
its master) and open data does not need them. They are replaced by a mark or the line is left out, always with
a notice that does not repeat them. This is no detector of every name: it knows the places where names stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.extract.result import Notice

MARK = "〔略〕"
"""Stands where something personal was taken out."""

CODE = "E11"

# The surnames of some nine in ten people; rarer ones are mostly words.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟"
    "姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛郝顾龚邵覃武钱戴严莫孔向常汤康易乔文赖施洪季庄葛"
    "柯翟章樊左耿殷阮鲁岳翁喻盛申齐梅霍凌骆童俞艾靳倪"
)
# Words that begin with a character that is also a surname.
_NOT_A_NAME = (
    r"(?!高[层级校中技新职考等端龄精质效]|方[案式面便]|金[融额]|石[油化]|马[上]|常[住务规态年]|程[度序]|毛利|白[天领]|于[是]"
    r"|任[职命何务期]|文[件化旅明]|江[西苏]|武[汉昌]|黄[陂冈]|许多|何[种时]|余[名人家]|向[上社基]|康[复养]|季[度]|左右|易[地]"
    r"|申[报请]|施[工行]|曾[经]|章[程节]|贺[信]|史[料志]|金[字奖]|林[业区]|田[间]|夏[季]|钟[点]|付[费款]|顾[问客]|严[格重]|乔迁|盛[会]|童[年]|戴帽)"
)
_NAME = rf"{_NOT_A_NAME}[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}"

_NUMBERS = (
    re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![\d.])"),
    re.compile(r"(?<![\d.,])[（(]?0(?:10|2\d|[3-9]\d{2})[）)]?[-—– ]{0,2}[2-9]\d{6,7}(?![\d.])"),
    re.compile(r"(?<=[电手传][话机真])(?:号码)?[:：为 ]{0,2}[（(]?\d[\d\-—– （）()]{5,}\d"),
    re.compile(
        r"(?<![\d.])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
    ),
    re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+"),
)
_NAMES = (
    re.compile(r"(?<=联系人)[:：]?[\u4e00-\u9fff]{2,4}(?=$|[，。；、）)\s电])"),
    re.compile(r"(?<=[经填审制][办报核表]人)[:：][\u4e00-\u9fff]{2,4}(?=$|[，。；、）)\s电])"),
    re.compile(r"(?<=负责人)[:：][\u4e00-\u9fff]{2,4}(?=$|[，。；、）)\s电])"),
    re.compile(rf"(?<=[（(]){_NAME}(?:[、，,]{_NAME})*(?=[）)])"),
    re.compile(rf"{_NAME}(?:、{_NAME})*(?=(?:等\d*[名位个]?)?同志)"),
    re.compile(rf"{_NAME}(?=(?:国家级|省级|市级|首席|技能|劳模|大师|名师|创新){{1,4}}工作室)"),
)
_PERSON_BEFORE_BRACKET = re.compile(r"(?:\d[人名位]|[员长任生工师]|同志|职工|干部)[（(]$")

CONTACT_LINE = re.compile(
    r"[（(]?(?:(?:政府)?信息公开|公开|部门|单位|本单位|决算|预算|监督|投诉|举报|咨询|业务|公众)*"
    r"(?:咨询|联系|监督|举报|服务|办公|投诉|公开)?(?:联系人|电话|联系方式|传真|电子邮箱|邮箱|手机)(?:号码)?[:：].{0,60}"
)
"""A line that only says whom to call, on squeezed text."""


@dataclass(slots=True)
class Privacy:
    """Takes personal data out of the texts of one report and keeps what there is to say about it."""

    notices: list[Notice] = field(default_factory=list)

    def text(self, text: str | None, resource: str, page: int | None, line: int | None) -> str | None:
        """The text without personal data."""
        if not text:
            return text
        shown = text
        for pattern in _NUMBERS:
            shown = pattern.sub(MARK, shown)
        for pattern in _NAMES:
            shown = pattern.sub(_name_or_word, shown)
        if shown != text:
            self._tell(
                resource, page, line, "文字中的姓名或号码已隐去", "a name or number in the text was taken out"
            )
        return shown

    def contact(self, resource: str, page: int | None, line: int | None) -> None:
        """Note a line left out because it names a contact."""
        self._tell(resource, page, line, "联系方式一行不发布", "a line with contact details is left out")

    def _tell(self, resource: str, page: int | None, line: int | None, zh: str, en: str) -> None:
        self.notices.append(
            Notice(CODE, resource, "personal_data", f"{zh}。", f"{en[0].upper()}{en[1:]}.", None, page, line)
        )


def _name_or_word(match: re.Match[str]) -> str:
    """A name in brackets counts only after a person or a head count: （高校） and （村） are words."""
    before = match.string[: match.start()]
    if before.endswith(("（", "(")) and not _PERSON_BEFORE_BRACKET.search(before):
        return match.group()
    return MARK
