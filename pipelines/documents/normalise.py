"""Characters as they are meant: full-width digits, radicals, private-use tick boxes, odd blanks.

Plain NFKC is not used: it would turn Chinese punctuation （，：） into ASCII and leaves most of the
CJK Radicals Supplement (U+2E80-2EFF) alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# CJK Radicals Supplement: Unicode's EquivalentUnifiedIdeograph, for the radicals that fonts emit in place of
# the ideograph. NFKC maps only two of them.
_RADICALS = {
    "⺁": "厂", "⺄": "乙", "⺅": "亻", "⺆": "冂", "⺇": "几", "⺈": "刀", "⺉": "刂", "⺊": "卜", "⺋": "卩",
    "⺌": "小", "⺍": "小", "⺎": "兀", "⺏": "尣", "⺐": "尢", "⺑": "尢", "⺒": "巳", "⺓": "幺", "⺔": "彑",
    "⺕": "彐", "⺖": "忄", "⺗": "心", "⺘": "扌", "⺙": "攵", "⺛": "旡", "⺜": "日", "⺝": "月", "⺞": "歹",
    "⺟": "母", "⺠": "民", "⺡": "氵", "⺢": "水", "⺣": "灬", "⺤": "爪", "⺥": "爫", "⺦": "丬", "⺧": "牛",
    "⺨": "犭", "⺩": "王", "⺪": "疋", "⺫": "罒", "⺬": "示", "⺭": "礻", "⺮": "竹", "⺯": "糹", "⺰": "纟",
    "⺱": "罓", "⺲": "罒", "⺳": "网", "⺶": "羊", "⺷": "羊", "⺸": "羊", "⺹": "耂", "⺺": "肀", "⺻": "聿",
    "⺼": "肉", "⺽": "臼", "⺾": "艹", "⺿": "艹", "⻀": "艹", "⻁": "虎", "⻂": "衤", "⻃": "覀", "⻄": "西",
    "⻅": "见", "⻆": "角", "⻇": "角", "⻈": "讠", "⻉": "贝", "⻊": "足", "⻋": "车", "⻌": "辶", "⻍": "辶",
    "⻎": "辶", "⻏": "阝", "⻐": "钅", "⻑": "長", "⻒": "镸", "⻓": "长", "⻔": "门", "⻕": "阜", "⻖": "阝",
    "⻗": "雨", "⻘": "青", "⻙": "韦", "⻚": "页", "⻛": "风", "⻜": "飞", "⻝": "食", "⻞": "食", "⻟": "飠",
    "⻠": "饣", "⻡": "首", "⻢": "马", "⻣": "骨", "⻤": "鬼", "⻥": "鱼", "⻦": "鸟", "⻧": "卤", "⻨": "麦",
    "⻩": "黄", "⻪": "黾", "⻫": "斉", "⻬": "齐", "⻭": "歯", "⻮": "齿", "⻯": "竜", "⻰": "龙", "⻱": "龜",
    "⻲": "亀", "⻳": "龟",
}  # fmt: skip

# Symbol fonts put their glyphs into the private use area; these stand for boxes in real forms.
_SYMBOLS = {
    "\uf0fe": "☑", "\uf052": "☑", "\uf0a8": "□", "\uf0a3": "□", "\uf06f": "□", "\uf0fc": "√", "\uf071": "□",
    "\uf051": "☑", "\uf0b7": "·", "\uf06c": "·", "\uf0d8": "·",
}  # fmt: skip

_BLANKS = " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\v\f"
_INVISIBLE = (
    (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2),
    (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
    (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
    (0xE0000, 0xE007F),
)  # fmt: skip
"""Format marks (category Cf): zero width, and the bidi marks that change how the text around them is shown."""

_TABLE: dict[int, str | None] = {}
# Kangxi radicals whose NFKC form is traditional: the reports are in simplified characters.
_SIMPLIFIED = str.maketrans("戶見貝車長門韋頁風飛馬魚鳥鹵麥黃黽齊齒龍龜", "户见贝车长门韦页风飞马鱼鸟卤麦黄黾齐齿龙龟")
for _code in range(0x2F00, 0x2FD6):
    _TABLE[_code] = unicodedata.normalize("NFKC", chr(_code)).translate(_SIMPLIFIED)
for _code in [*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)]:
    _TABLE[_code] = unicodedata.normalize("NFKC", chr(_code))
for _code in [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]:
    _TABLE[_code] = chr(_code - 0xFEE0)
_TABLE |= {ord(k): v for k, v in (_RADICALS | _SYMBOLS).items()}
_TABLE |= {ord(c): " " for c in _BLANKS}
_TABLE |= {code: None for first, last in _INVISIBLE for code in range(first, last + 1)}
# Controls (but for the line feed, and the blanks above) and noncharacters say nothing; separators part.
_TABLE |= {code: None for code in [*range(0x20), *range(0x7F, 0xA0)] if chr(code) not in "\t\n\v\f\r\x85"}
_TABLE |= {ord(c): " " for c in "\r\x85\u2028\u2029"}
_TABLE |= {code: None for code in [*range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF]}
# Half a character: no text can be written with it.
_TABLE |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_TABLE |= {ord(k): v for k, v in {"．": ".", "％": "%", "－": "-", "−": "-", "＋": "+", "＝": "=", "／": "/"}.items()}

_CJK_GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef“”‘’]) +(?=[\u3000-\u9fff\uff00-\uffef“”‘’])")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """Map characters to the ones they stand for; the length may change, line breaks stay."""
    return text.translate(_TABLE)


@lru_cache(maxsize=100_000)
def squeeze(text: str) -> str:
    """Remove every blank and line break (for names, titles and labels in Chinese)."""
    return _SPACES.sub("", normalise(text))


@lru_cache(maxsize=100_000)
def close_gaps(text: str) -> str:
    """Remove blanks between Chinese characters (letter-spacing), keep one elsewhere."""
    return _CJK_GAP.sub("", _SPACES.sub(" ", normalise(text)).strip())
