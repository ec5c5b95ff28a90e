"""A font that is nothing but widths, so that Chinese labels are laid out alike on every machine.

The text of a figure stays text and is drawn by the reader's browser in the reader's font. Every Chinese font draws an
ideograph as wide as it is high, so that matplotlib can leave the right room without having such a font.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

NAME = "Ideograph widths"
UNITS = 1000  # of one em
# CJK punctuation, ideographs and full-width forms
RANGES = ((0x3000, 0x303F), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))


@cache
def _folder() -> TemporaryDirectory[str]:
    """Holds the font until the process ends."""
    return TemporaryDirectory(prefix="povsim-", ignore_cleanup_errors=True)


@cache
def register() -> str:
    """Make the font known to matplotlib; its name."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.ttLib.tables._g_l_y_f import Glyph
    from matplotlib.font_manager import fontManager

    names = [".notdef", "ideograph"]
    font = FontBuilder(UNITS, isTTF=True)
    font.setupGlyphOrder(names)
    codes = [code for first, last in RANGES for code in range(first, last + 1)]
    font.setupCharacterMap(dict.fromkeys(codes, "ideograph"))
    font.setupGlyf({name: Glyph() for name in names})
    font.setupHorizontalMetrics(dict.fromkeys(names, (UNITS, 0)))
    font.setupHorizontalHeader(ascent=880, descent=-120)
    font.setupNameTable({"familyName": NAME, "styleName": "Regular"})
    font.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    font.setupPost()
    file = Path(_folder().name) / "widths.ttf"
    font.save(file)
    fontManager.addfont(file)
    return NAME
