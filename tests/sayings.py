"""Every English sentence that a package's pages say: in templates, in code, and in lists of words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2
from jinja2 import nodes

ROOT = Path(__file__).parent.parent
ENVIRONMENT = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)


def templates(package):
    return sorted((ROOT / package).glob("*.html"))


def sources(package):
    return sorted((ROOT / package).glob("*.py"))


def said_in_template(path):
    """Constant first arguments of `say(…)` in a template."""
    calls = ENVIRONMENT.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call)
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and isinstance(call.args[0], nodes.Const)
    ]


def said_in_source(path):
    """Constant first arguments of `say(…)` and `….say(…)` in a module, also of a choice between two."""
    found = []
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) == "say":
            choices = [call.args[0].body, call.args[0].orelse] if isinstance(call.args[0], ast.IfExp) else call.args[:1]
            found += [each.value for each in choices if isinstance(each, ast.Constant)]
    return found


def said(package):
    """All sentences of a package's templates and modules."""
    found = [said_in_template(path) for path in templates(package)] + [
        said_in_source(path) for path in sources(package)
    ]
    return sorted({sentence for each in found for sentence in each})


def bare_text(path):
    """Words that stand in a template outside of tags and of `say`, and so are said in one language alone."""
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    text = "".join(node.data for node in tree.find_all(nodes.TemplateData))
    text = re.sub(r'<(p|code)\b[^>]*lang="en".*?</\1>', " ", text, flags=re.DOTALL)
    return re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>?|&\w+;|[^<>]*>", " ", text))
