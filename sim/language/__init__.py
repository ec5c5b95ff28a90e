"""What people read, in English or Chinese: English sentences are the keys, `zh/*.toml` holds the Chinese ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Code = Literal["en", "zh"]
CODES: tuple[Code, ...] = ("en", "zh")


@cache
def chinese() -> dict[str, str]:
    """English template to Chinese template, from every file in `zh/`; what two files hold, they hold alike."""
    # Every start of the command line imports this file, and seldom to speak Chinese.
    import tomllib
    from importlib import resources

    catalogue: dict[str, str] = {}
    for file in sorted((resources.files(__name__) / "zh").iterdir(), key=lambda file: file.name):
        part: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := sorted(key for key in catalogue.keys() & part.keys() if catalogue[key] != part[key]):
            raise ValueError(f"{file.name}: translated otherwise before: {'; '.join(twice)}")
        catalogue |= part
    return catalogue


@dataclass(frozen=True)
class Language:
    """A language; calling it turns an English template into text of that language."""

    code: Code = "en"

    def __call__(self, english: str, **values: Any) -> str:
        """The template in this language with its `{fields}` filled in; KeyError where a translation is missing."""
        template = english if self.code == "en" else chinese()[english]
        return template.format(**values) if values else template

    def own(self, text: str) -> str:
        """What a scenario or the evidence says in its own words, in this language where the catalogue has it."""
        return text if self.code == "en" else chinese().get(text, text)

    def name(self, english: str, chinese: str) -> str:
        """One of two names for the same thing; the English one where there is no Chinese one."""
        return chinese if self.code == "zh" and chinese else english


ENGLISH = Language("en")
CHINESE = Language("zh")
