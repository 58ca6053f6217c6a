"""The 53 items of the official checklist: what they are called, whom they bind, and which function judges one.

Not for how an item is judged: that is in ``tables`` and ``text``.
"""

from __future__ import annotations

from collections.abc import Callable

from pipelines.quality.disclosure.model import OPEN, PASS, ItemResult, Report
from pipelines.quality.disclosure.tables import (
    classes,
    complete_tables,
    economic_detail,
    functional_detail,
    tables,
    zeros,
)
from pipelines.quality.disclosure.text import (
    abroad,
    comparisons,
    consistent,
    explained,
    faults,
    number_format,
    other_vehicles,
    receptions,
    small_firms,
    small_firms_by_kind,
    task_table,
    three_public,
    vehicle_split,
    vehicles_held,
)

ITEMS = 53
WUHAN = "4201"
LABELS: dict[int, tuple[str, str]] = {
    1: ("各部分顺序", "order of the parts"), 2: ("排版", "layout"), 3: ("数字格式", "format of numbers"),
    4: ("决算表格式", "form of the tables"), 5: ("报表零值", "zeros in the tables"),
    6: ("职能与单位构成", "duties and institutions"), 7: ("九张决算表", "the nine tables"),
    8: ("01、04表功能分类", "classes in tables 01 and 04"), 9: ("功能分类细化至项", "functional detail to 项"),
    10: ("04表零值指标", "zero lines of table 04"), 11: ("06表细化至款", "table 06 detailed to 款"),
    12: ("空表及说明", "empty tables with a note"), 13: ("表格数据完整", "complete table data"),
    14: ("说明与表格一致", "text agrees with the tables"), 15: ("与上年及年初预算对比", "comparison with last year and the budget"),
    16: ("四张情况图", "the four figures"), 17: ("项目支出成效", "results of the projects"),
    18: ("“三公”经费说明", "the three public expenses"), 19: ("“三公”增减原因", "why they changed"),
    20: ("出国团组数和人数", "groups and persons abroad"), 21: ("用车购置与运行", "vehicles: purchase and operation"),
    22: ("用车购置数与保有量", "vehicles bought and held"), 23: ("接待批次和人数", "receptions: batches and persons"),
    24: ("预算绩效情况", "performance"), 25: ("绩效管理工作", "performance management"),
    26: ("整体支出自评", "overall self-evaluation"), 27: ("项目支出自评", "project self-evaluations"),
    28: ("自评结果应用", "use of the results"), 29: ("自评表附件", "evaluation forms"),
    30: ("机关运行经费", "agency operation"), 31: ("政府采购", "procurement"),
    32: ("中小企业政策", "small and medium enterprises"), 33: ("中小企业分类占比", "their shares by kind"),
    34: ("国有资产占用", "state assets"), 35: ("其他用车说明", "other vehicles explained"),
    36: ("重点工作", "key tasks"), 37: ("重点工作列表", "key tasks as a table"), 38: ("名词解释", "glossary"),
    39: ("功能分类科目解释", "functional items explained"), 40: ("按实际解释", "explained as they are"),
    41: ("审核退回次数", "returned once"), 42: ("散总不符等问题", "sums and ratios that are wrong"),
    43: ("用语", "wording"), 44: ("报送时间", "date of filing"), 45: ("公开时间", "date of publication"),
    46: ("所属单位公开", "publication by units"), 47: ("公开情况反馈", "reporting back"), 48: ("门户网站", "own website"),
    49: ("统一平台", "common platform"), 50: ("目录", "index"), 51: ("长期公开", "kept online"),
    52: ("文件格式", "file format"), 53: ("咨询电话", "telephone"),
}  # fmt: skip
NATIONAL = (7, 9, 11, 18, 20, 21, 22, 23, 32)
LOCAL = (37, 39)
"""Items with a rule of their own that bind Wuhan's departments."""
RULES = tuple(f"D{item:02d}" for item in (*NATIONAL, *LOCAL, 90, 91))
ASKS_FOR_FAULTS = 42


def _present(*names: str) -> Callable[[Report], ItemResult]:
    """Something of a section was read: it is there."""
    return lambda report: (
        PASS if report.has(*names) or any(report.some(f"{n}.") for n in names if "." not in n) else OPEN
    )


def _parts(*resources: str) -> Callable[[Report], ItemResult]:
    return lambda report: PASS if all(report.rows[name] for name in resources) else OPEN


ITEM_RULES: dict[int, Callable[[Report], ItemResult]] = {
    3: number_format, 5: zeros, 6: _parts("duties", "institutions"), 7: tables, 8: classes, 9: functional_detail,
    11: economic_detail, 13: complete_tables, 14: consistent, 15: comparisons, 18: three_public,
    19: _present("three_public.change", "three_public.completion_rate"), 20: abroad, 21: vehicle_split,
    22: vehicles_held, 23: receptions, 24: _present("performance"), 25: _present("performance.project_count"),
    26: _present("performance.overall.executed", "performance.unit_count"), 30: _present("agency_operation.total"),
    31: _present("procurement.total"), 32: small_firms, 33: small_firms_by_kind, 34: _present("assets"),
    35: other_vehicles, 36: _parts("key_tasks"), 37: task_table, 38: _parts("glossary"), 39: explained, 42: faults,
}  # fmt: skip
"""The items that a machine can judge."""
