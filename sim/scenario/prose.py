"""Values of a scenario that write themselves into a sentence, with unit and source."""

from __future__ import annotations

import calendar
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calibration.evidence import Evidence
    from sim.scenario.load import LoadedScenario
    from sim.scenario.sources import Registry
    from sim.scenario.tree import Provenance

WIDTH = 100
UNBREAKABLE = "\N{NO-BREAK SPACE}"


class Sources:
    """Says where numbers come from: in full where evidence is named first, by its id from then on."""

    def __init__(self, loaded: LoadedScenario, evidence: Registry, bare: Iterable[str]) -> None:
        self.provenance = loaded.provenance
        self.evidence = evidence
        self.bare = set(bare)
        self.named: dict[str, Evidence] = {}
        self.shared: list[str] = []
        self.told: set[str] = set()

    def after(self, path: str) -> str:
        """What follows a number; a reason that it shares with others follows at the end of the sentence."""
        ground = self.provenance.get(path)
        if ground is None:
            return " (no source)" if path in self.bare else ""
        if ground.inherited:
            self.shared.append(self._text(ground))
            return ""
        return f" {self._text(ground)}"

    def at_end(self, sentence: str) -> str:
        """The reasons that the numbers of a sentence share."""
        reasons, self.shared = dict.fromkeys(self.shared), []
        others = "others " if "(assumed:" in sentence or "[" in sentence else ""
        return "".join(f" {reason}" for reason in reasons).replace("(assumed:", f"({others}assumed:")

    def cite(self, expressions: list[str]) -> str:
        """Evidence in brackets."""
        text = ", ".join(expressions) if len(expressions) < 3 else f"{expressions[0]} to {expressions[-1]}"
        names = [name for each in expressions for name in re.findall(r"[a-z][a-z0-9_]*", each)]
        new = {name: self.evidence[name] for name in names if name in self.evidence and name not in self.named}
        self.named |= new
        if len(expressions) == 1 and expressions[0] not in self.evidence and text not in self.told:
            self.told.add(text)
            values = re.sub(r"[a-z][a-z0-9_]*", lambda name: self._value(name[0]), text)
            text += f" = {values}" if values != text else ""
        sources = dict.fromkeys(short_source(row) for row in new.values())
        return f"[{text}: {', '.join(sources)}]" if sources else f"[{text}]"

    def _text(self, ground: Provenance) -> str:
        return f"(assumed: {ground.text})" if ground.kind == "assumed" else self.cite([ground.text])

    def _value(self, name: str) -> str:
        return number(self.evidence[name].value) if name in self.evidence else name


class Value:
    """A value of a resolved scenario; attributes and items are those below it, formatting adds the source.

    Format specifications: words that follow a number, after ``%`` where a share is meant; ``m`` for a month;
    ``path`` or ``path%`` for numbers by year.
    """

    def __init__(self, sources: Sources, path: str, value: Any) -> None:
        self._sources = sources
        self._path = path
        self._value = value

    def __getattr__(self, name: str) -> Value:
        if isinstance(self._value, dict) and name in self._value:
            return self[name]
        raise AttributeError(f"{self._path} has no {name}")

    def __getitem__(self, key: Any) -> Value:
        return Value(self._sources, f"{self._path}.{key}" if self._path else str(key), self._value[key])

    def __iter__(self) -> Iterator[Value]:
        keys = self._value if isinstance(self._value, dict) else range(len(self._value))
        return (self[key] for key in keys)

    def __contains__(self, key: object) -> bool:
        return key in self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    @property
    def raw(self) -> Any:
        """The bare value."""
        return self._value

    def get(self, key: Any) -> Any:
        """The bare value below, or None."""
        return self._value.get(key)

    def after(self, key: Any) -> str:
        """The source of the number at a key, where the number itself is put in words."""
        return self._sources.after(self[key]._path)

    def cite(self) -> str:
        """The evidence that an id stands for."""
        return self._sources.cite([self._value])

    def say(self, template: str, **words: str) -> str:
        """A sentence from a template that names keys below; what its numbers share stands at its end."""
        values = {key: self[key] for key in self._value}
        text = " ".join(template.split()).format(**(values | words))
        return f"{text}{self._sources.at_end(text)}."

    def __format__(self, spec: str) -> str:
        if spec.startswith("path"):
            return self._by_date(percent if spec == "path%" else number)
        if spec == "m":
            return month(self._value)
        if isinstance(self._value, bool) or not isinstance(self._value, int | float):
            return str(self._value)
        text = percent(self._value) if spec.startswith("%") else number(self._value)
        words = spec.removeprefix("%").strip()
        if self._value == 1:
            words = re.sub(r"^(month|year)s\b", r"\1", words)
        return f"{text} {words}".strip() + self._sources.after(self._path)

    def _by_date(self, words: Callable[[float], str]) -> str:
        """Numbers by year or month; neighbours from one source name it once."""
        parts = []
        for _, group in groupby(((key, self[key]) for key in self._value), key=lambda item: self._ground(item[1])):
            dated = list(group)
            texts = []
            for value, equal in groupby(dated, key=lambda item: item[1].raw):
                first, *further = [date(key) for key, _ in equal]
                texts.append(f"{words(value)} {f'from {first} to {further[-1]}' if further else f'in {first}'}")
            parts.append(", ".join(texts) + self._cite_together([value for _, value in dated]))
        return "; ".join(parts)

    def _ground(self, value: Value) -> object:
        """What neighbours must share to be cited together."""
        ground = self._sources.provenance.get(value._path)
        if ground is None or ground.kind == "assumed":
            return ground
        row = self._sources.evidence.get(ground.text)
        return short_source(row) if row else ground

    def _cite_together(self, values: list[Value]) -> str:
        grounds = [self._sources.provenance.get(value._path) for value in values]
        ids = [ground.text for ground in grounds if ground is not None and ground.kind == "evidence"]
        return f" {self._sources.cite(ids)}" if len(set(ids)) > 1 else self._sources.after(values[0]._path)


def short_source(row: Evidence) -> str:
    """Who says it and when."""
    who = re.split(r", | \(", row.source)[0]
    when = "" if row.as_of == "undated" or row.as_of in who else f" ({row.as_of})"
    return f"{who}{when}" + (", recalled" if is_recalled(row) else "")


def is_recalled(row: Evidence) -> bool:
    """Whether nobody saw the figure in a document."""
    return row.confidence == "recalled_unverified"


def number(value: float) -> str:
    """A number with thousands separated; large round ones in millions."""
    if abs(value) >= 1e7 and value % 1e4 == 0:
        return f"{value / 1e6:,.10g} million"
    return f"{value:,.10g}"


def percent(share: float) -> str:
    """A share in percent."""
    return f"{100 * share:.10g} %"


def month(value: str) -> str:
    """``'December 2019'`` of ``'2019-12'``."""
    year, _, of_year = value.partition("-")
    return f"{calendar.month_name[int(of_year)]} {year}"


def date(key: int | str) -> str:
    """A year or a month in words."""
    return str(key) if isinstance(key, int) else month(key)


def joined(words: Iterable[str]) -> str:
    """``'a, b and c'``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def paragraph(text: str) -> str:
    """Text wrapped to the width of a page; an item of a list hangs below its first word."""
    hanging = "  " if text.startswith("- ") else ""
    text = text.replace(" %", f"{UNBREAKABLE}%")
    lines = textwrap.wrap(text, WIDTH, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(UNBREAKABLE, " ")
