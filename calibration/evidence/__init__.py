"""The registry of reported figures: every number of a scenario or a fit comes from one of its rows.

It is the lowest layer of the project and imports nothing else from it.
"""

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
KINDS = ("reported_outcome", "reported_input", "plan_target", "parameter", "derived", "validation_only")
CONFIDENCES = ("verified_in_source", "in_document", "derived", "recalled_unverified")
MAY_BE_EMPTY = ("conflicts", "treatment", "note")

_DAY = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_DATE = re.compile(rf"{_DAY}(/{_DAY})?|undated")
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Evidence:
    """One reported figure with everything needed to judge it; README.md says what each column holds."""

    id: str
    region: str
    quantity: str
    value: float
    unit: str
    date: str
    as_of: str
    definition: str
    source: str
    address: str
    kind: str
    confidence: str
    conflicts: tuple[str, ...]
    treatment: str
    note: str


class EvidenceError(ValueError):
    """What is wrong with the registry or with an expression over it.

    Parameters
    ----------
    problems
        One sentence each, as ``file:line: id: what is wrong`` where they come from a file.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


def load_evidence(folder: Path | None = None) -> dict[str, Evidence]:
    """Read every row of a registry.

    Parameters
    ----------
    folder
        Folder of CSV files; the packaged registry by default.

    Returns
    -------
    dict
        The rows by id.

    Raises
    ------
    EvidenceError
        Where a row is incomplete or wrong; it names all of them at once.
    """
    return dict(_packaged()) if folder is None else _read(Path(folder))


def evidence_hash(folder: Path | None = None) -> str:
    """Return the SHA-256 of the registry's CSV files, bytes in the order of their names."""
    digest = hashlib.sha256()
    for path in _files(FOLDER if folder is None else Path(folder)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _packaged() -> dict[str, Evidence]:
    return _read(FOLDER)


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.csv"), key=lambda path: path.name)
    if not files:
        raise EvidenceError([f"{folder}: no CSV file stands here"])
    return files


def _read(folder: Path) -> dict[str, Evidence]:
    problems: list[str] = []
    registry: dict[str, Evidence] = {}
    places: dict[str, str] = {}
    for path in _files(folder):
        for line, row, complaint in _rows(path):
            name = row.get("id") or "(no id)"
            place = f"{path.name}:{line}: {name}"
            wrong = [complaint] if complaint else list(_what_is_wrong(row))
            if name in places:
                wrong.append(f"the id stands already in {places[name].rsplit(': ', 1)[0]}")
            problems += [f"{place}: {sentence}" for sentence in wrong]
            places.setdefault(name, place)
            if not wrong:
                words = {column: cell for column, cell in row.items() if column not in ("value", "conflicts")}
                conflicts = tuple(row["conflicts"].split())
                registry[name] = Evidence(**words, value=float(row["value"]), conflicts=conflicts)
    for name, evidence in registry.items():
        for other in evidence.conflicts:
            if other not in places:
                problems.append(f"{places[name]}: conflicts with {other!r}, which is no id of the registry")
    if problems:
        raise EvidenceError(problems)
    return registry


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield line number, cells by column, and what is wrong with the shape of the line, if anything."""
    expected = [field.name for field in fields(Evidence)]
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets save a byte-order mark
    except UnicodeDecodeError as error:
        yield 1, {"id": "file"}, f"it is not UTF-8 text: {error}"
        return
    reader = csv.reader(io.StringIO(text, newline=""))
    if next(reader, []) != expected:
        yield 1, {"id": "header"}, f"the columns must be {','.join(expected)}"
        return
    for cells in reader:
        row = dict(zip(expected, (cell.strip() for cell in cells), strict=False))
        wrong_count = f"{len(cells)} cells where {len(expected)} are needed"
        yield reader.line_num, row, "" if len(cells) == len(expected) else wrong_count


def _what_is_wrong(row: dict[str, str]) -> Iterator[str]:
    for column, cell in row.items():
        if not cell and column not in MAY_BE_EMPTY:
            yield f"{column} is empty"
    if row["id"] and not _ID.fullmatch(row["id"]):
        yield "an id is made of small letters, digits and underscores"
    if row["value"] and not _is_number(row["value"]):
        yield f"value {row['value']!r} is no number"
    for column in ("date", "as_of"):
        if row[column] and not _DATE.fullmatch(row[column]):
            yield f"{column} {row[column]!r} is no year, ISO date, range with '/' or 'undated'"
    for column, allowed in (("kind", KINDS), ("confidence", CONFIDENCES)):
        if row[column] and row[column] not in allowed:
            yield f"{column} {row[column]!r} is none of {', '.join(allowed)}"
    if row["conflicts"] and not row["treatment"]:
        yield "it conflicts with other rows, so treatment must say how that is handled"


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
