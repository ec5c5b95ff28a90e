"""Reads YAML text into a tree; nothing but plain values comes out, whatever the text holds."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.main import CParser  # type: ignore[attr-defined]  # None without ruamel.yaml.clib
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser

from sim.scenario.problems import Place, Problem, ScenarioError, allowed, problem, shown
from sim.scenario.tree import Node, Path, Provenance, canonical_key

LARGEST_FILE = 200_000
MOST_NODES = 50_000
DEEPEST = 30
MOST_BRACKETS = 500
# What a terminal obeys instead of showing it, and marks that turn the direction of writing.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
LARGEST_NUMBER = 2**63 - 1
# What the compiled parser takes where the other refuses it, or reads otherwise: tabs, rare ends of lines, and an anchor
# or the head of a block of text that more follows at once.
TAKEN_OTHERWISE = re.compile(r"[\t\r\x85\u2028\u2029\ufeff]|&\S*:|[|>]\S*#")

TAG = "tag:yaml.org,2002:"
TEXT = (f"{TAG}str", f"{TAG}timestamp")
SCALARS = (*TEXT, f"{TAG}int", f"{TAG}float", f"{TAG}bool", f"{TAG}null")
LISTS_EVIDENCE = ("instruments", "reported")
CONTAINERS = (f"{TAG}map", f"{TAG}seq")


def read_file(file: str, layer: int, problems: list[Problem]) -> Node:
    """The tree of a file; what is wrong with single entries is added to `problems`.

    Raises
    ------
    ScenarioError
        Where the file can not be read, or the text is no YAML.
    """
    start = Place(file, 1, 1, layer)
    try:
        data = FilePath(file).read_bytes()
    except FileNotFoundError:
        raise ScenarioError([problem(start, "", "no such file")]) from None
    except OSError as error:
        raise ScenarioError([problem(start, "", f"can not be read: {error.strerror}")]) from None
    if len(data) > LARGEST_FILE:
        too_large = f"{len(data):,} bytes are too many for a scenario; allowed: up to {LARGEST_FILE:,}"
        raise ScenarioError([problem(start, "", too_large)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        place = replace(start, line=before.count(b"\n") + 1, column=error.start - before.rfind(b"\n"))
        raise ScenarioError([problem(place, "", "is not UTF-8 text")]) from None
    return read_text(text, start, problems)


def read_text(text: str, start: Place, problems: list[Problem], *, path: Path = ()) -> Node:
    """The tree of a text that begins at `start`; the value of an override stands there as a whole."""
    if CParser is not None and not TAKEN_OTHERWISE.search(text):
        # The compiled parser is fast; what is wrong, and where, the other one says.
        found: list[Problem] = []
        with suppress(ScenarioError):
            tree = _tree(text, start, found, path, lambda loader: CParser(text))
            if not found:
                return tree
    return _tree(text, start, problems, path, Parser)


def _tree(text: str, start: Place, problems: list[Problem], path: Path, parser: Callable[..., Any]) -> Node:
    node = _compose(text, start, parser)
    if node is None:
        raise ScenarioError([problem(start, "", "is empty")])
    return _Builder(start, bool(path), problems).build(node, path, start, None)


def _compose(text: str, start: Place, parser: Callable[..., Any]) -> Any:
    # The parser's time grows with the square of the open brackets.
    if max(accumulate((c in "[{") - (c in "]}") for c in text), default=0) > MOST_BRACKETS:
        raise ScenarioError([problem(start, "", "is nested too deeply")])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            yaml = YAML(typ="safe", pure=True)
            yaml.Parser = parser
            return yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = start if mark is None else replace(start, line=mark.line + 1, column=mark.column + 1)
        reason = f"is no YAML: {error.problem or error.context}"
        if "'\\t'" in reason:
            reason += "; indent with spaces"
        raise ScenarioError([problem(place, "", reason)]) from None
    except RecursionError:
        raise ScenarioError([problem(start, "", "is nested too deeply")]) from None
    except (YAMLError, ValueError, AssertionError) as error:
        raise ScenarioError([problem(start, "", f"is no YAML: {error}")]) from None


class _Builder:
    """Builds the tree of one text and gathers what is wrong with it."""

    def __init__(self, start: Place, one_place: bool, problems: list[Problem]) -> None:
        self.start = start
        self.one_place = one_place
        self.problems = problems
        self.scalar_of = YAML(typ="safe", pure=True).constructor.construct_object
        self.nodes = 0

    def place(self, node: Any) -> Place:
        if self.one_place:
            return self.start
        mark = node.start_mark
        return Place(self.start.file, mark.line + 1, mark.column + 1, self.start.layer)

    def complain(self, place: Place, path: Path, message: str) -> None:
        self.problems.append(problem(place, path, message))

    def build(self, node: Any, path: Path, key: Place | None, provenance: Provenance | None) -> Node:
        place = self.place(node)
        key = key or place
        self.count(1, place, path)
        if isinstance(node, MappingNode | SequenceNode) and node.tag not in CONTAINERS:
            self.complain(place, path, f"the tag {_tag(node)} is not allowed")
        if isinstance(node, MappingNode):
            return self.mapping(node, path, key, provenance)
        if isinstance(node, SequenceNode):
            items = [self.build(item, (*path, i), None, provenance) for i, item in enumerate(node.value)]
            return Node(items, place, key)
        value = self.scalar(node, path, place)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Node(value, place, key, provenance if is_number else None)

    def count(self, more: int, place: Place, path: Path) -> None:
        """Aliases and merged mappings are counted as often as they are named: few bytes can stand for billions."""
        self.nodes += more
        if self.nodes > MOST_NODES or len(path) > DEEPEST:
            limit = f"allowed: {MOST_NODES:,} values, nested {DEEPEST} deep"
            raise ScenarioError([problem(place, path[:1], f"holds too much, or itself; {limit}")])

    def scalar(self, node: Any, path: Path, place: Place) -> Any:
        if node.tag not in SCALARS:
            self.complain(place, path, f"the tag {_tag(node)} is not allowed")
        elif UNSEEN.search(node.value):
            self.complain(place, path, f"{shown(node.value)} holds characters that can not be seen")
        elif node.tag == f"{TAG}null":
            self.complain(place, path, "is empty; give a value or leave the key out")
            return None
        elif node.tag not in TEXT:
            try:
                value = self.scalar_of(node)
                if not isinstance(value, int | float) or not LARGEST_NUMBER < abs(value) < math.inf:
                    return value
                self.complain(place, path, f"is too large; allowed: up to {LARGEST_NUMBER}")
            except (ValueError, LookupError, TypeError, AttributeError):
                self.complain(place, path, f"{shown(node.value)} can not be read as {_tag(node)}")
        return node.value

    def entries(self, node: Any, path: Path) -> dict[str | int, tuple[Any, Any]]:
        """Key and value nodes by key, those of merged mappings first."""
        own: dict[str | int, tuple[Any, Any]] = {}
        merged: dict[str | int, tuple[Any, Any]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or UNSEEN.search(key.value):
                self.complain(self.place(key), path, "a key must be a word, a year or a month")
            elif key.tag == f"{TAG}merge":
                if not isinstance(value, MappingNode):
                    self.complain(self.place(value), path, "<< takes one mapping")
                else:
                    self.count(len(value.value), self.place(value), path)
                    merged |= self.entries(value, (*path, "<<"))
            elif (name := canonical_key(key.value)) in own:
                first = self.place(own[name][0]).line
                self.complain(self.place(key), (*path, name), f"stands twice, first in line {first}")
            else:
                own[name] = (key, value)
        return merged | own

    def mapping(self, node: Any, path: Path, key: Place, provenance: Provenance | None) -> Node:
        entries = self.entries(node, path)
        if "value" in entries:
            return self.leaf(entries, path, key)
        own = None
        if "assumed" in entries:
            reason = self.text(*entries.pop("assumed"), (*path, "assumed"))
            own = Provenance("assumed", reason, inherited=True)
        if "evidence" in entries and (len(path) != 2 or path[0] not in LISTS_EVIDENCE):
            message = "evidence stands beside a value, as in {value: 0.05, evidence: …}"
            self.complain(self.place(entries.pop("evidence")[0]), (*path, "evidence"), message)
        elif "evidence" in entries and own is None and isinstance(entries["evidence"][1], SequenceNode):
            ids = [each.value for each in entries["evidence"][1].value if isinstance(each, ScalarNode)]
            own = Provenance("evidence", ", ".join(ids), inherited=True)
        children = {
            name: self.build(value, (*path, name), self.place(name_node), own or provenance)
            for name, (name_node, value) in entries.items()
        }
        return Node(children, self.place(node), key)

    def leaf(self, entries: dict[str | int, tuple[Any, Any]], path: Path, key: Place) -> Node:
        """A value with what it rests on."""
        _, value = entries.pop("value")
        grounds = [name for name in ("evidence", "assumed") if name in entries]
        for name, (name_node, what) in entries.items():
            if name not in grounds:
                message = "a value stands with what it rests on and nothing else"
                if what.tag == f"{TAG}null":
                    message += "; put a reason that holds a comma between quotes"
                message += allowed(("value", "evidence", "assumed"))
                self.complain(self.place(name_node), (*path, name), message)
        if len(grounds) > 1 or not entries:
            self.complain(key, path, "a value takes exactly one of evidence: and assumed:")
        if not isinstance(value, ScalarNode):
            self.complain(self.place(value), path, "value: takes one number; a mapping takes assumed: among its keys")
        provenance = None
        for name in grounds:
            text = self.text(*entries[name], (*path, name))
            provenance = Provenance("evidence" if name == "evidence" else "assumed", text)
        return replace(self.build(value, path, None, None), key=key, provenance=provenance)

    def text(self, key: Any, value: Any, path: Path) -> str:
        if isinstance(value, ScalarNode) and value.value.strip() and value.tag != f"{TAG}null":
            return " ".join(value.value.split())
        self.complain(self.place(key), path, "takes a reason or an expression in words")
        return ""


def _tag(node: Any) -> str:
    return str(node.tag).replace(TAG, "!!")
