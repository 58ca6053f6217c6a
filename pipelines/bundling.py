"""Which files are one report: by what they say of themselves, helped by the folder or archive they lie in.

Files of one institution, year and kind are one report wherever they lie. A file without an identity of its own (the
nine tables as a workbook that names nobody) belongs to the only report in its folder or archive that links to it or
speaks of attached tables, unless it says something else; otherwise it stays in quarantine with that reason. Nothing
is opened here; not for what is taken from which file (:mod:`pipelines.extract.bundle`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pipelines.documents.normalise import squeeze
from pipelines.extract.result import Evidence, Extraction, Identity


@dataclass(slots=True, frozen=True)
class Stray:
    """A file that could be read and does not say whose report it is. ``name`` as in quarantine."""

    name: str
    evidence: Evidence


@dataclass(slots=True, frozen=True)
class Bundle:
    """Files of one report by name; the first says whose it is. ``borrowed``: those without an identity."""

    names: tuple[str, ...]
    borrowed: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    members: list[Extraction]
    strays: list[Stray] = field(default_factory=list)

    @property
    def identity(self) -> Identity:
        return self.leader.identity

    @property
    def leader(self) -> Extraction:
        """The file that says most fully whose report it is."""
        return min(
            self.members,
            key=lambda e: (not e.identity.level_stated, -len(e.identity.institution), -e.evidence.tables, e.source_file),
        )


def bundles(
    read: Sequence[Extraction], strays: Iterable[Stray], folders: Mapping[str, str]
) -> tuple[list[Bundle], dict[str, str]]:
    """Reports of more than one file, and why strays belong to none (by name; only where there is more to say).

    ``folders``: name of a file → the path of its folder; inside an archive the archive counts as a folder.
    """
    groups = _groups(read, folders)
    reasons: dict[str, str] = {}
    for stray in strays:
        reason = _place(stray, groups, folders)
        if reason:
            reasons[stray.name] = reason
    found = []
    for group in groups:
        if len(group.members) + len(group.strays) > 1:
            leader = group.leader
            others = sorted(e.source_file for e in group.members if e is not leader)
            borrowed = tuple(s.name for s in group.strays)
            found.append(Bundle((leader.source_file, *others, *borrowed), borrowed))
    return found, reasons


def _groups(read: Sequence[Extraction], folders: Mapping[str, str]) -> list[_Group]:
    groups: list[_Group] = []
    seen: set[str] = set()
    # Those that state their level first: a workbook that does not joins what is there.
    for item in sorted(read, key=lambda e: (not e.identity.level_stated, e.source_file)):
        if item.source_sha256 in seen:
            continue  # the same bytes again are no second file of a report
        seen.add(item.source_sha256)
        same = [g for g in groups if any(m.identity.report_id == item.identity.report_id for m in g.members)]
        if not same:
            alike = [g for g in groups if _alike(g.identity, item.identity)]
            near = [g for g in alike if any(_near(folders[m.source_file], folders[item.source_file]) for m in g.members)]
            exact = [g for g in alike if g.identity.institution == item.identity.institution]
            same = near if len(near) == 1 else exact if len(exact) == 1 and not item.identity.level_stated else []
        if same:
            same[0].members.append(item)
        else:
            groups.append(_Group([item]))
    return groups


def _alike(first: Identity, second: Identity) -> bool:
    """One institution, year and kind, where names may lack the places before them and one level may be assumed."""
    if (first.region_code, first.fiscal_year, first.kind) != (second.region_code, second.fiscal_year, second.kind):
        return False
    if first.level != second.level and first.level_stated and second.level_stated:
        return False
    return _same_body(first.institution, second.institution)


def _same_body(first: str, second: str) -> bool:
    short, long = sorted((squeeze(first), squeeze(second)), key=len)
    return len(short) >= 4 and long.endswith(short)


def _near(first: str, second: str) -> bool:
    """The same folder, or folders of one archive."""
    return first == second or (bool(_archive(first)) and _archive(first) == _archive(second))


def _archive(folder: str) -> str:
    """The outermost archive that a folder lies in, by its path; empty where it lies in none."""
    parts = PurePosixPath(folder).parts
    for index, part in enumerate(parts):
        if part.lower().endswith(".zip"):
            return str(PurePosixPath(*parts[: index + 1]))
    return ""


def _place(stray: Stray, groups: Sequence[_Group], folders: Mapping[str, str]) -> str:
    """Give a stray to its report, or say why not; nothing is said where nothing speaks for an attachment."""
    folder = folders[stray.name]
    here = [g for g in groups if any(folders[m.source_file] == folder for m in g.members)]
    if not here:
        here = [g for g in groups if any(_near(folders[m.source_file], folder) for m in g.members)]
    if not here:
        return ""
    linked = [g for g in here if _links(g, stray.name)]
    candidates = linked or [g for g in here if stray.evidence.tables and any(_announces(m) for m in g.members)]
    if not candidates:
        return ""
    fitting = [g for g in candidates if not _contradiction(g.identity, stray.evidence)]
    if len(fitting) == 1:
        fitting[0].strays.append(stray)
        return ""
    if not fitting:
        return f"no identity of its own, and {_contradiction(candidates[0].identity, stray.evidence)}"
    return f"no identity of its own, and {len(fitting)} reports beside it may be the one that it is attached to"


def _announces(item: Extraction) -> bool:
    return item.evidence.announces or bool(item.evidence.attachments)


def _links(group: _Group, name: str) -> bool:
    """A member names the file: by its name, or by the name without suffix (as a link's text gives it)."""
    path = PurePosixPath(name)
    wanted = {squeeze(path.name), squeeze(path.stem)}
    for member in group.members:
        for attachment in member.evidence.attachments:
            label = squeeze(PurePosixPath(attachment).name)
            if label in wanted or squeeze(PurePosixPath(label).stem) in wanted:
                return True
    return False


def _contradiction(identity: Identity, evidence: Evidence) -> str:
    """What the attachment says against belonging to a report; empty where it says nothing."""
    if evidence.years and identity.fiscal_year not in evidence.years:
        return f"its tables are of {evidence.years[-1]}, the report beside it is of {identity.fiscal_year}"
    if evidence.kinds and identity.kind not in evidence.kinds:
        return "its tables are of the other kind (预算 and 决算) than the report beside it"
    if evidence.owners and not any(_same_body(o, identity.institution) for o in evidence.owners):
        return f"it names {evidence.owners[0]}, the report beside it is that of {identity.institution}"
    return ""
