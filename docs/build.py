#!/usr/bin/env python3
"""Build the documents as a site with search; broken links end it.

    uv run --extra docs docs/build.py [FOLDER]     build/ unless given; the site lies in FOLDER/site

Pages are gathered from docs/ and from whatever they link to elsewhere in the project: other Markdown, notebooks, source
files. Links are rewritten to where these lie in the site, so that the same page reads well in an editor.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
# A fenced block, which is left as it is, or the address of a link within the project.
LINK = re.compile(r"^(```|~~~~).*?^\1|(?<=\]\()(?!\w+:|#)(?P<address>[^)#\s]+)", re.M | re.S)
LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml"}
UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n"


def place(file: Path) -> Path:
    """Where a file of the project lies among the pages; sources and notebooks become pages."""
    path = file.relative_to(DOCS) if file.is_relative_to(DOCS) else Path("source") / file.relative_to(ROOT)
    return path.with_name(f"{path.name}.md") if page_of(file) is not None else path


def page_of(file: Path) -> str | None:
    """The page that shows a source file or a notebook; None for others."""
    if file.suffix == ".ipynb":
        return "\n\n".join(shown for cell in json.loads(file.read_text("utf-8"))["cells"] for shown in cell_of(cell))
    if file.suffix in LANGUAGES:
        return UNSEARCHED + f"# {file.relative_to(ROOT)}\n\n{fenced(file.read_text('utf-8'), LANGUAGES[file.suffix])}\n"
    return None


def cell_of(cell: dict) -> list[str]:
    """A cell of a notebook and its output."""
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return [text]
    shown = [fenced(text, "python")]
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        if "image/png" in data:
            shown.append(f'<img alt="" src="data:image/png;base64,{"".join(data["image/png"]).strip()}">')
        elif "text/html" in data:
            shown.append(re.sub(r"<style.*?</style>", "", "".join(data["text/html"]), flags=re.S).replace("\n", " "))
        else:
            shown.append(fenced("".join(data["text/plain"]), "text"))
    return shown


def fenced(text: str, language: str) -> str:
    return f"~~~~{language}\n{text.rstrip()}\n~~~~"


def gather(pages: Path) -> list[str]:
    """Write every page that the documents lead to; what is wrong with their links."""
    waiting, done, problems = [each for each in DOCS.iterdir() if each.suffix in (".md", ".js", ".css")], set(), []
    while waiting:
        file = waiting.pop()
        if file in done:
            continue
        done.add(file)
        out = pages / place(file)
        out.parent.mkdir(parents=True, exist_ok=True)
        shown = page_of(file)
        if shown is None and file.suffix != ".md":
            shutil.copy(file, out)
            continue
        text = shown or file.read_text("utf-8")
        if file.suffix in (".md", ".ipynb"):
            targets = [file.parent / found["address"] for found in LINK.finditer(text) if found["address"]]
            problems += [f"{file.relative_to(ROOT)}: there is no file {each}" for each in targets if not each.is_file()]
            waiting += [each.resolve() for each in targets if each.is_file()]
            text = moved(text, file)
        out.write_text(text, "utf-8")
    return problems


def moved(text: str, file: Path) -> str:
    """The text of a file with links to where their targets lie among the pages."""

    def link(found: re.Match[str]) -> str:
        target = (file.parent / (found["address"] or "")).resolve()
        if not target.is_file():
            return found[0]
        return Path(os.path.relpath(place(target), place(file).parent)).as_posix()

    return LINK.sub(link, text)


def main(folder: Path) -> int:
    pages = folder / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    problems = gather(pages)
    print("\n".join(problems), file=sys.stderr)
    if problems:
        return 1
    shutil.copy(DOCS / "zensical.toml", folder)
    return subprocess.run([sys.executable, "-m", "zensical", "build", "--strict", "--clean"], cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"))
