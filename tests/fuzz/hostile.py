"""Files made to hurt: few bytes that stand for many values, and many bytes that stand for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase

LETTERS = ascii_lowercase[:22]


def _grown(line: str) -> str:
    """One line for each letter after the first; `{this}` and `{last}` stand for the letter and the one before."""
    return "".join(line.format(this=this, last=last) for last, this in pairwise(LETTERS))


def _cases(region: str) -> Iterator[tuple[str, str | bytes]]:
    yield "ten megabytes", region * (10_000_000 // len(region))
    yield "ten megabytes of blanks", " " * 10_000_000
    yield "aliases of aliases", "a: &a [x, x]\n" + _grown("{this}: &{this} [*{last}, *{last}, *{last}]\n")
    yield "merged twice", "a: &a {x: 1}\n" + _grown("{this}: &{this}\n  <<: *{last}\n  <<: *{last}\n  y: 1\n")
    yield "holds itself", "a: &a [*a]"
    yield "merges itself", "a: &a {<<: *a}"
    yield "extends itself", "extends: input.yaml\n"
    yield "deep brackets", "[" * 20_000
    yield "deep braces", "{a: " * 20_000
    yield "deep lists", "- " * 30_000
    yield "deep mappings", "\n".join(" " * i + "a:" for i in range(600))
    yield "deep keys", "? " * 30_000
    yield "many anchors", "".join(f"a{i}: &a{i} 1\n" for i in range(4_000))
    yield "many unknown keys", region + "".join(f"a{i}: 1\n" for i in range(1_000))
    yield "many equal keys", "a: 1\n" * 3_000
    yield "many documents", "---\n" * 20_000
    yield "many bangs", "!" * 199_000
    yield "many quotes", "'" * 199_000
    yield "many escapes", '"' + "\\x" * 90_000
    yield "many commas", "[" + "," * 190_000
    yield "a long number", "seed: " + "9" * 190_000
    yield "a long fraction", "seed: 1." + "9" * 190_000
    yield "base sixty", "seed: 1" + ":30" * 60_000
    yield "base sixteen", "seed: 0x" + "f" * 190_000
    yield "a long expression", f"seed: {{value: 1, evidence: '{'1+' * 40_000}1'}}"
    yield "a deep expression", f"seed: {{value: 1, evidence: '{'(' * 9_000}1{')' * 9_000}'}}"
    yield "a power", "seed: {value: 1, evidence: '9**9**9**9'}"
    yield "an object", "!!python/object/apply:os.system [exit]"
    yield "an object in a value", "seed: !!python/object/apply:os.system [exit]"
    yield "UTF-16", region.encode("utf-16")
    yield "Latin-1", "name: Gánzhōu".encode("latin-1", "replace")
    yield "a NUL", region.replace("seed: 1", "seed: 1\x00")
    yield "nothing", ""
    yield "a byte order mark alone", b"\xef\xbb\xbf"
    yield "tabs", region.replace("  ", "\t")


def hostile(region: str) -> dict[str, bytes]:
    """Name -> bytes of a file; `region` is a good scenario to hide things in."""
    return {name: text if isinstance(text, bytes) else text.encode() for name, text in _cases(region)}
