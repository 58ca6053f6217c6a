"""Item paths 类·款·项 in sentences, and which functional code one means.

A path resolves by its names: exactly (the report's own tables first, then the code list), else by the one
candidate that a misspelt or truncated name can stand for, else not at all. The amount never helps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from pipelines.extract.codes import functional_codes, plain, resembles
from pipelines.extract.narrative.grammar import class_by_name, class_names

_LEVEL = re.compile(r"[（(](?P<code>\d{2,7})?(?P<level>[类款项])(?P<after>\d{2,7})?[）)]")
_DASHED = re.compile(r"[“\"「]?(?P<path>[\u4e00-\u9fff（）()、]{2,24}?(?:[-—－–─]{1,2}[\u4e00-\u9fff（）()、]{2,45}){1,2})(?=[”\"」]|科目|[，。；：:\d]|支出\d)[”\"」]?(?:科目)?(?:支出)?")
_DASH = re.compile(r"[-—－–─]{1,2}")
_BEFORE = re.compile(r"[\u4e00-\u9fff]{2,30}[”」\"]?$")
_LEAD = re.compile(r"^(?:其中|主要|用于|包括|包含|安排|是|为|和|与|及|中|支出)+(?=[\u4e00-\u9fff]{2})")
_INNER = re.compile(r"[^，。；：\n“”\d]{1,45}?(?=[（(][款项][）)])")
_TAIL = re.compile(r"(?:科目)?[”」]?(?:支出)?")
_FREE = r"(?:(?<![\d.．])|(?<![\d.．]\d[.．])(?<=\d[.．])|(?<![\d.．]\d\d[.．])(?<=\d\d[.．]))"
"""Where a code may begin: behind no digit, or behind the number of a list (1.2010301)."""
_CODE = re.compile(rf"{_FREE}(2\d{{2}}(?:\d{{2}}){{1,2}})(?![\d.,%％万元年])")
_CODED = re.compile(rf"(?P<open>[（(\[【〔])?{_FREE}(?P<code>2\d{{2}}(?:\d{{2}}){{0,2}})(?:(?P<close>[）)\]】〕])|(?![\d.,%％万元年]))")
_NAME_BEFORE = re.compile(r"[\u4e00-\u9fff（）()、]{2,45}(?P<gap>[-—－–─:：\s]*)$")
_NAME_BEHIND = re.compile(r"(?P<gap>[-—－–─:：\s]*)(?P<name>[\u4e00-\u9fff（）()、]{2,45})")
_SIMILAR, _NEARLY = 0.72, 0.85


@dataclass(slots=True, frozen=True)
class ItemPath:
    """A path as printed: names by level, where it stands, and a code if the sentence prints one."""

    start: int
    end: int
    names: tuple[tuple[int, str], ...]
    """(digits of the level: 3, 5 or 7; the printed name)."""
    code: str | None = None
    own: int = 0
    """How many of the names are printed here; the others were named before (0: all)."""

    @property
    def depth(self) -> int:
        return len(self.code) if self.code else self.names[-1][0]

    @property
    def is_bare_name(self) -> bool:
        """A 类 by its name alone, without （类）."""
        return self.code is None and len(self.names) == 1 and self.end - self.start == len(self.names[0][1])

    @property
    def text(self) -> str:
        return self.names[-1][1] if self.names else str(self.code)


def find_paths(text: str) -> list[ItemPath]:
    """Every 类·款·项 path of the text, and every 类 that stands by its full name alone."""
    found: list[ItemPath] = []
    marks = list(_LEVEL.finditer(text))
    index = 0
    while index < len(marks):
        first = marks[index]
        path, index = _one(text, marks, index)
        if path is not None and (not found or path.start >= found[-1].end):
            found.append(path)
        elif path is None:
            index = marks.index(first) + 1
    found += [p for p in _dashed(text) if not any(q.start < p.end and p.start < q.end for q in found)]
    found = _below(sorted(found, key=lambda p: p.start))
    found += [p for p in _coded(text) if not any(q.start < p.end and p.start < q.end for q in found)]
    taken = [(p.start, p.end) for p in found]
    for match in class_names().finditer(text):
        if not any(a < match.end() and match.start() < b for a, b in taken):
            found.append(ItemPath(match.start(), match.end(), ((3, match.group()),)))
    for match in _CODE.finditer(text):
        if not any(a <= match.start() < b for a, b in taken):
            found.append(ItemPath(match.start(), match.end(), (), match.group(1)))
    return sorted(found, key=lambda p: p.start)


def _dashed(text: str) -> list[ItemPath]:
    """“类-款-项”科目: names between dashes, the first of them a 类."""
    found = []
    for match in _DASHED.finditer(text):
        parts = _DASH.split(match.group("path"))
        start = match.start("path") + len(parts[0]) - len(parts[0].lstrip("、"))
        named = next((n for n in class_by_name() if plain(parts[0]).endswith(n)), None)
        if named is None:
            continue
        names = ((3, named), *zip((5, 7), parts[1:], strict=False))
        found.append(ItemPath(start, match.end(), names))
    return found


def _coded(text: str) -> list[ItemPath]:
    """A code and the name that it has, beside each other: 行政运行（2010301）, 2010301-行政运行, 行政运行[2010301].

    A name that the code has not, but another one has, leaves the item open.
    """
    found: list[ItemPath] = []
    for match in _CODED.finditer(text):
        code = match["code"]
        start, end = match.span() if match["open"] and match["close"] else match.span("code")
        before = _NAME_BEFORE.search(text, max(0, start - 50), start)
        behind = _NAME_BEHIND.match(text, end)
        name = None
        if before is not None and (name := _ending(text[before.start() : before.start("gap")], code)):
            start = before.start("gap") - len(name)
        elif behind is not None and (name := _beginning(behind["name"], code)):
            end = behind.start("name") + len(name)
        if name is None or (len(code) == 3 and not match["open"] and start == match.start("code")):
            continue
        path = ItemPath(start, end, ((len(code), name),), code)
        if found and found[-1].end == start and found[-1].code and code.startswith(found[-1].code):
            above = found.pop()
            path = ItemPath(above.start, end, (*above.names, *path.names), code)
        found.append(path)
    return found


def _ending(words: str, code: str) -> str | None:
    """The longest end of these words that is a name of the code, else of another code of its level."""
    tails = [words[at:] for at in range(len(words) - 1) if words[at] not in "（）()、"]
    return next((t for t in tails if _is_name(t, code)), None) or next((t for t in tails if _is_any_name(t, code)), None)


def _beginning(words: str, code: str) -> str | None:
    heads = [words[:at] for at in range(len(words), 1, -1)]
    return next((h for h in heads if _is_name(h, code)), None) or next((h for h in heads if _is_any_name(h, code)), None)


def _is_name(words: str, code: str) -> bool:
    return plain(words) in functional_codes().spellings.get(code, ())


def _is_any_name(words: str, code: str) -> bool:
    return plain(words) in _names_of_level(len(code))


@cache
def _names_of_level(digits: int) -> frozenset[str]:
    spellings = functional_codes().spellings
    return frozenset(name for code, names in spellings.items() if len(code) == digits for name in names)


def _below(paths: list[ItemPath]) -> list[ItemPath]:
    """A path that begins at 款 or 项 hangs from the 类 (and 款) named before it."""
    complete: list[ItemPath] = []
    for path in paths:
        top = path.names[0][0]
        if top > 3 and complete:
            above = tuple(n for n in complete[-1].names if n[0] < top)
            path = ItemPath(path.start, path.end, above + path.names, path.code, own=len(path.names))
        complete.append(path)
    return complete


def _one(text: str, marks: list[re.Match[str]], index: int) -> tuple[ItemPath | None, int]:
    mark = marks[index]
    before = _BEFORE.search(text, max(0, mark.start() - 30), mark.start())
    level = mark.group("level")
    if level != "类":
        # 款 and 项 names hold brackets and 、: take everything back to the clause.
        before = re.search(r"[^，。；：\n“”\d]{2,45}[”」]?$", text[max(0, mark.start() - 45) : mark.start()])
        if before is None:
            return None, index + 1
        start = mark.start() - len(before.group())
    elif before is None:
        return None, index + 1
    else:
        start = before.start()
    name = text[start : mark.start()].rstrip("”」\"")
    lead = _LEAD.match(name)
    if lead:
        start, name = start + lead.end(), name[lead.end() :]
    names = [({"类": 3, "款": 5, "项": 7}[level], name)]
    end = mark.end()
    digits = _digits(mark)
    index += 1
    while index < len(marks):
        deeper = {"类": 3, "款": 5, "项": 7}[marks[index].group("level")]
        between = text[end : marks[index].start()]
        if deeper <= names[-1][0] or len(between) > 45 or re.search(r"[，。；：\n\d]", between):
            break
        if name := between.strip("“”-—的"):
            names.append((deeper, name))
        digits += _digits(marks[index])
        end = marks[index].end()
        index += 1
    tail = _TAIL.match(text, end)
    code = digits if len(digits) == names[-1][0] and digits.isdigit() else None
    return ItemPath(start, tail.end() if tail else end, tuple(names), code), index


def _digits(mark: re.Match[str]) -> str:
    """The digits printed inside a level's brackets (司法（06款）); one character that is none where there are none."""
    return mark.group("code") or mark.group("after") or "?"


class PathResolver:
    """Resolves the paths of one report."""

    def __init__(self, function_names: dict[str, str]) -> None:
        self.listed = functional_codes()
        self.own = {c: n for c, n in function_names.items() if c.isdigit() and n}
        self.cache: dict[tuple[tuple[int, str], ...], str | None] = {}

    def resolve(self, path: ItemPath) -> str | None:
        """The code that a path means, or None where none or several fit."""
        if path.code is not None:
            return path.code if not path.names or self._agrees(path) else None
        code = self._cached(path.names)
        if code is None and path.own:
            code = self._cached(path.names[-path.own :])
        return code

    def _agrees(self, path: ItemPath) -> bool:
        """Whether the names beside a printed code do not mean another one."""
        code, name = path.code or "", path.names[-1][1]
        if _is_name(name, code) or plain(name) == plain(self.own.get(code, "")):
            return True
        if path.names[-1][0] == len(code) and _is_any_name(name, code):
            return False  # 2010399行政运行: the name of other codes
        return self._cached(path.names) in (None, path.code)

    def name_of(self, code: str) -> str:
        """The name of a code: as the report prints it, else the official one, else the code."""
        return self.own.get(code) or self.listed.names.get(code) or code

    def _cached(self, names: tuple[tuple[int, str], ...]) -> str | None:
        if names not in self.cache:
            self.cache[names] = self._resolve(names)
        return self.cache[names]

    def _resolve(self, names: tuple[tuple[int, str], ...]) -> str | None:
        depth = names[-1][0]
        if depth == 3:
            return self._class(names[0][1])
        for own in (True, False):
            if (code := self._only(self._exact(names, own))) is not None:
                return code
        for own in (True, False):
            for loose in (1, 2, 3, 4):
                if (code := self._only(self._fitting(names, own, loose))) is not None:
                    return code
        return None

    def _class(self, name: str) -> str | None:
        bare = plain(name)
        known = class_by_name()
        for tried in (bare, bare + "支出", bare.removesuffix("支出")):
            if tried in known:
                return known[tried]
        similar = {code for text, code in known.items() if _similar(bare.removesuffix("支出"), text.removesuffix("支出"))}
        return similar.pop() if len(similar) == 1 else None

    def _codes(self, own: bool, length: int) -> list[str]:
        return [c for c in (self.own if own else self.listed.names) if len(c) == length]

    def _names(self, code: str, own: bool) -> set[str]:
        """The names that a code goes by: printed in the report's tables, and every official spelling."""
        names = set(self.listed.spellings.get(code, ()))
        if own and code in self.own:
            names.add(plain(self.own[code]))
        return names

    def _exact(self, names: tuple[tuple[int, str], ...], own: bool) -> list[str]:
        depth = names[-1][0]
        found = self._codes(own, depth)
        for digits, name in names:
            bare = plain(name)
            if digits == 3:
                klass = self._class(name)
                found = [c for c in found if c[:3] == klass]
            else:
                found = [c for c in found if bare in self._names(c[:digits], own)]
        return found

    def _fitting(self, names: tuple[tuple[int, str], ...], own: bool, loose: int) -> list[str]:
        """Candidates under looser readings: 1 the last name exact; 2 cut short; 3 nearly spelt so; 4 misspelt.

        The 类 must hold in all of them; a 款 in between may be misnamed if the item is the only one of its name.
        """
        depth, last = names[-1]
        bare = plain(last)
        klass = next((self._class(n) for d, n in names if d == 3), None)
        found = [c for c in self._codes(own, depth) if klass is None or c[:3] == klass]
        if loose == 1:
            found = [c for c in found if bare in self._names(c, own)]
        elif loose == 2:
            found = [c for c in found if any(resembles(bare, n) for n in self._names(c, own))]
        else:
            least = _NEARLY if loose == 3 else _SIMILAR
            found = [c for c in found if any(_similar(bare, n, least) for n in self._names(c, own))]
        section = next((n for d, n in names if d == 5), None)
        if section is not None and depth == 7 and len(found) > 1:
            under = plain(section)
            narrowed = [c for c in found if any(resembles(under, n) or _similar(under, n) for n in self._names(c[:5], own))]
            found = narrowed or found
        return found

    def _only(self, codes: list[str]) -> str | None:
        distinct = sorted(set(codes))
        # 2089901 and 2089999 bore one name: 99 is in force.
        if len(distinct) == 2 and distinct[0].endswith("01") and distinct[1] == distinct[0][:-2] + "99":
            return distinct[1] if distinct[1] in self.own or distinct[0] not in self.own else distinct[0]
        return distinct[0] if len(distinct) == 1 else None


def _similar(a: str, b: str, least: float = _SIMILAR) -> bool:
    if not a or not b or abs(len(a) - len(b)) > max(2, len(b) // 3):
        return False
    return SequenceMatcher(None, a, b, autojunk=False).ratio() >= least


__all__ = ["ItemPath", "PathResolver", "find_paths"]
