"""Lines of a report that only say whom to call: they are left out of its texts, with a notice that does not repeat them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.extract.result import Notice

CODE = "E11"
"""The rule that notices about personal data belong to."""

CONTACT_LINE = re.compile(
    r"[（(]?(?:(?:政府)?信息公开|公开|部门|单位|本单位|决算|预算|监督|投诉|举报|咨询|业务|公众)*"
    r"(?:咨询|联系|监督|举报|服务|办公|投诉|公开)?(?:联系人|电话|联系方式|传真|电子邮箱|邮箱|手机)(?:号码)?[:：].{0,60}"
)
"""A line that only says whom to call, on squeezed text."""


@dataclass(slots=True)
class Privacy:
    """What there is to say about the lines that one section leaves out."""

    notices: list[Notice] = field(default_factory=list)

    def contact(self, resource: str, page: int | None, line: int | None) -> None:
        """Note a line left out because it names a contact."""
        zh, en = "联系方式一行不发布。", "A line with contact details is left out."
        self.notices.append(Notice(CODE, resource, "personal_data", zh, en, None, page, line))
