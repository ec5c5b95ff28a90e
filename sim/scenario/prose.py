"""Values of a scenario that write themselves into a sentence, with unit and source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sim.language import Language
from sim.scenario.wording import date, joined, listed, number, percent

if TYPE_CHECKING:
    from calibration.evidence import Evidence
    from sim.scenario.load import LoadedScenario
    from sim.scenario.sources import Registry
    from sim.scenario.tree import Provenance


class Sources:
    """Says where numbers come from: in full where evidence is named first, by its id from then on."""

    def __init__(self, loaded: LoadedScenario, evidence: Registry, bare: Iterable[str], language: Language) -> None:
        self.provenance = loaded.provenance
        self.evidence = evidence
        self.bare = set(bare)
        self.language = language
        self.named: dict[str, Evidence] = {}
        self.shared: list[Provenance] = []
        self.told: set[str] = set()

    def after(self, path: str) -> str:
        """What follows a number; a reason that it shares with others follows at the end of the sentence."""
        ground = self.provenance.get(path)
        if ground is None:
            return self.language(" (no source)") if path in self.bare else ""
        if ground.inherited:
            self.shared.append(ground)
            return ""
        return self._text(ground, " (assumed: {reason})")

    def at_end(self, sentence: str) -> str:
        """The reasons that the numbers of a sentence share."""
        reasons, self.shared = dict.fromkeys(self.shared), []
        alone = self.language("(assumed:") not in sentence and "[" not in sentence
        template = " (assumed: {reason})" if alone else " (others assumed: {reason})"
        return "".join(self._text(reason, template) for reason in reasons)

    def cite(self, expressions: list[str]) -> str:
        """Evidence in brackets."""
        language = self.language
        text = ", ".join(expressions)
        if len(expressions) > 2:
            text = language("{earliest} to {latest}", earliest=expressions[0], latest=expressions[-1])
        names = [name for each in expressions for name in re.findall(r"[a-z][a-z0-9_]*", each)]
        new = {name: self.evidence[name] for name in names if name in self.evidence and name not in self.named}
        self.named |= new
        if len(expressions) == 1 and expressions[0] not in self.evidence and text not in self.told:
            self.told.add(text)
            values = re.sub(r"[a-z][a-z0-9_]*", lambda name: self._value(name[0]), text)
            text += f" = {values}" if values != text else ""
        sources = dict.fromkeys(short_source(row, language) for row in new.values())
        return f"[{text}: {', '.join(sources)}]" if sources else f"[{text}]"

    def _text(self, ground: Provenance, template: str) -> str:
        if ground.kind == "assumed":
            return self.language(template, reason=self.language.own(ground.text))
        return f" {self.cite([ground.text])}"

    def _value(self, name: str) -> str:
        return number(self.evidence[name].value) if name in self.evidence else name


class Value:
    """A value of a resolved scenario; attributes and items are those below it, formatting adds the source.

    Format specifications: words that follow a number, after ``%`` where a share is meant; ``m`` for a month or year;
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

    @property
    def language(self) -> Language:
        """The language that it is told in."""
        return self._sources.language

    def get(self, key: Any) -> Any:
        """The bare value below, or None."""
        return self._value.get(key)

    def after(self, key: Any) -> str:
        """The source of the number at a key, where the number itself is put in words."""
        return self._sources.after(self[key]._path)

    def cite(self) -> str:
        """The evidence that an id stands for."""
        return self._sources.cite([self._value])

    def phrase(self, template: str, **words: object) -> str:
        """Part of a sentence from an English template that names keys below, in the language it is told in."""
        values = {key: self[key] for key in self._value}
        return self.language(" ".join(template.split()), **(values | words))

    def say(self, template: str, **words: object) -> str:
        """A sentence from a template; what its numbers share stands at its end."""
        return self.closed(self.phrase(template, **words))

    def closed(self, text: str) -> str:
        """A sentence from its words."""
        return self.language("{sentence}.", sentence=f"{text}{self._sources.at_end(text)}")

    def together(self, words: Iterable[str]) -> str:
        """``'a, b and c'`` in the language it is told in."""
        return joined(words, self.language)

    def __format__(self, spec: str) -> str:
        if spec.startswith("path"):
            return self._by_date(percent if spec == "path%" else number)
        if spec == "m":
            return date(self._value, self.language)
        if isinstance(self._value, bool) or not isinstance(self._value, int | float):
            return str(self._value)
        text = (percent if spec.startswith("%") else number)(self._value, self.language)
        words = spec.removeprefix("%").strip()
        if self._value == 1:
            words = re.sub(r"^(month|year)s\b", r"\1", words)
        between = " " if words.isascii() and words else ""
        return f"{text}{between}{words}" + self._sources.after(self._path)

    def _by_date(self, words: Callable[[float, Language], str]) -> str:
        """Numbers by year or month; neighbours from one source name it once."""
        parts = []
        for _, group in groupby(((key, self[key]) for key in self._value), key=lambda item: self._ground(item[1])):
            dated = list(group)
            texts = [
                self._in_years(words(value, self.language), [key for key, _ in equal])
                for value, equal in groupby(dated, key=lambda item: item[1].raw)
            ]
            parts.append(listed(texts, ",", self.language) + self._cite_together([value for _, value in dated]))
        return listed(parts, ";", self.language)

    def _in_years(self, value: str, dates: list[int | str]) -> str:
        first, last = (date(each, self.language) for each in (dates[0], dates[-1]))
        if len(dates) == 1:
            return self.language("{value} in {date}", value=value, date=first)
        return self.language("{value} from {first} to {last}", value=value, first=first, last=last)

    def _ground(self, value: Value) -> object:
        """What neighbours must share to be cited together."""
        ground = self._sources.provenance.get(value._path)
        if ground is None or ground.kind == "assumed":
            return ground
        row = self._sources.evidence.get(ground.text)
        return short_source(row, self.language) if row else ground

    def _cite_together(self, values: list[Value]) -> str:
        grounds = [self._sources.provenance.get(value._path) for value in values]
        ids = [ground.text for ground in grounds if ground is not None and ground.kind == "evidence"]
        return f" {self._sources.cite(ids)}" if len(set(ids)) > 1 else self._sources.after(values[0]._path)


def short_source(row: Evidence, language: Language) -> str:
    """Who says it and when."""
    who = re.split(r", | \(", row.source)[0]
    when = "" if row.as_of == "undated" or row.as_of in who else f" ({row.as_of})"
    recalled = language(", recalled") if is_recalled(row) else ""
    return f"{language.own(who)}{when}{recalled}"


def is_recalled(row: Evidence) -> bool:
    """Whether nobody saw the figure in a document."""
    return row.confidence == "recalled_unverified"
