"""Templates of pages: what all of them share, the filters that write numbers, and the language."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache, partial
from importlib import resources

import jinja2
from markupsafe import Markup

from sim.language import ENGLISH, Language
from sim.report import words
from sim.report.words import Words
from sim.scenario.wording import columns


@cache
def environment(language: Language = ENGLISH, package: str = "sim.report") -> jinja2.Environment:
    """Templates of a package and of this one; `say` translates, and filters write numbers in the language."""
    packages = dict.fromkeys((package, "sim.report"))
    templates = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(each, ".") for each in packages]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    said = Words(language)
    templates.filters |= {
        "count": said.count,
        "billions": said.billions,
        "millions": said.millions,
        "change": said.change,
        "plus_minus": said.plus_minus,
    }
    templates.filters["named"] = partial(_named, language)
    templates.filters |= {"quantity": said.quantity, "listed": said.listed, "about": said.about}
    templates.filters["first_and_others"] = said.first_and_others
    templates.filters |= {"percent": words.percent, "whole": words.whole, "error": words.error}
    script = (resources.files("sim.report") / "page.js").read_text(encoding="utf-8")
    # The page runs this script and no other, whatever a name in a scenario holds.
    allowed = "sha256-" + b64encode(hashlib.sha256(script.encode()).digest()).decode()
    templates.globals |= {"say": language, "words": said, "script": script, "script_hash": allowed}
    return templates


def _named(language: Language, name: str) -> str:
    """A name that a scenario gives; on a page in Chinese it is marked where it is not."""
    foreign = language.code == "zh" and not any(columns(each) > 1 for each in name)
    return Markup('<span lang="en">{}</span>').format(name) if foreign else name
