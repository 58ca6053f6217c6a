"""人次, 批次, 辆, 台, 个, 分: what is counted follows from the section and the words around the figure."""

from __future__ import annotations

import re

from pipelines.extract.narrative.figures import MONEY, PrintedFigure

_UNIT_COUNT = re.compile(r"^(?:个|家)(?:[^，。；\d]{0,10})(?:部门|单位|预算单位|事业单位|二级)")
_UNIT_NAME = re.compile(r"(?:个|家)([^，。；\d]{2,14}?(?:单位|部门))")
_VEHICLE_TYPE = re.compile(r"轿车|越野车|载客|客车|货车|载货|摩托|特种车|其[他它]车")
HELD = re.compile(r"保有|共有|现有|开支")
_BOUGHT = re.compile(r"购置|更新|新购|购买")
_OF_ASSETS = re.compile(r"固定资产|国有资产|账面|划转|报废|处置|借用|租用")
_TRIPS = re.compile(r"团组|出国|因公")
_FOREIGN = re.compile(r"外宾|外事|国[（(]?境?[）)]?外")
_GROUPS_AFTER = re.compile(r"个?(?:团|组)")
_GROUPS_BEFORE = re.compile(r"团组?(?:数|共计?)?$")
_PROBLEMS = re.compile(r"发现问题|整改")
_BODIES = re.compile(r"(?:预算)?(?:部门|单位)")
_PROJECTS_AFTER = re.compile(r"(?:[一二]级)?(?:预算)?项目")
_PROJECTS_BEFORE = re.compile(r"(?:项目|任务|政策)(?:共计?|共有|总数|数量|数)?$|项目(?:支出)?(?:绩效)?[^，。；\d]{0,8}$")
_SCORED = re.compile(r"分|评价|自评|考核")
_OF_PROJECTS = re.compile(r"占[^，。；]{0,24}项目(?:支出)?[^，。；]{0,8}$")
_EVALUATED = re.compile(r"(?:资金|金额|拨款)(?:共计|合计|总额)?(?:为|是|约|[:：])?$")

DISPOSED = re.compile(r"处置|报废|报损|出租|出借|划拨|调拨|捐赠")
"""Assets given away are no assets held."""

NO_CONCEPT = ""


def unit_count(near: str, after: str) -> str | None:
    """The words for the bodies that a paragraph covers (下属3家参公事业单位), or None."""
    if not _UNIT_COUNT.match(after) and not near.endswith(("单位", "部门")):
        return None
    match = _UNIT_NAME.match(after)
    return match.group(1) if match else ""


def three_public_count(figure: PrintedFigure, near: str, span: str, clause: str, stem: str, after: str) -> str:
    """The concept of a count in the section on 三公; empty if none fits. ``clause`` runs back to the last ；."""
    persons = figure.unit in ("人次", "人")
    if stem in ("meetings", "training"):
        if persons:
            return f"{stem}.persons"
        return f"{stem}.count" if figure.unit in ("个", "批次") else NO_CONCEPT
    if figure.unit == "辆":
        return _vehicles(near, span, stem)
    foreign = max((m.start() for m in _FOREIGN.finditer(clause)), default=-1) > clause.rfind("国内公务")
    received = "three_public.foreign_reception" if foreign else "three_public.reception"
    if figure.unit == "个" and (_GROUPS_AFTER.match(after) or _GROUPS_BEFORE.search(near)):
        hosts = stem.startswith("three_public.reception") or "接待" in near or "来访" in near
        return f"{received}_batches" if hosts else "three_public.overseas_groups"
    if persons:
        trips = stem == "three_public.overseas_trips" or bool(_TRIPS.search(span))
        return "three_public.overseas_persons" if trips and "接待" not in near else f"{received}_persons"
    if figure.unit == "批次" or (figure.unit == "个" and ("批" in near or after.startswith(("个批", "批")))):
        return f"{received}_batches"
    return NO_CONCEPT


def _vehicles(near: str, span: str, stem: str) -> str:
    if _VEHICLE_TYPE.search(near):
        return "three_public.vehicles.part"
    if _OF_ASSETS.search(near):
        return NO_CONCEPT
    if near.startswith("其中"):
        return "three_public.vehicles.part"
    bought = stem == "three_public.vehicle_purchase" or bool(_BOUGHT.search(span))
    if HELD.search(near) or not bought:
        return "three_public.vehicle_count"
    return "three_public.vehicle_purchase_count"


def performance_concept(figure: PrintedFigure, near: str, span: str, after: str) -> str | None:
    """The concept of a figure on performance that its unit and neighbours decide; None: as any other figure."""
    if figure.unit == "分":
        return "performance.average_score" if _SCORED.search(span) else NO_CONCEPT
    if figure.unit == "个":
        if _PROBLEMS.search(near):
            return "performance.problem_count"
        if _BODIES.match(after):
            return "performance.unit_count"
        if _PROJECTS_AFTER.match(after) or _PROJECTS_BEFORE.search(near):
            return "performance.project_count"
        return "performance.result"
    if figure.unit in MONEY:
        return "performance.amount" if _EVALUATED.search(near) else None
    if figure.unit == "%":
        return "performance.share_of_project_expenditure" if _OF_PROJECTS.search(near) else None
    return "performance.result"


__all__ = ["DISPOSED", "HELD", "NO_CONCEPT", "performance_concept", "three_public_count", "unit_count"]
