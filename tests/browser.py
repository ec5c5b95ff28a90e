"""Headless Chromium without a network, for tests that look at pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Callable[..., Any]]:
    """Launches browsers; the test is skipped where Chromium or playwright is missing."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        yield partial(driver.chromium.launch, executable_path=executable, args=list(ARGUMENTS))


@dataclass
class Visit:
    """An open page, the addresses it asked for beside its own, and what it complained of."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def visit(browser: Any, file: Path, width: int, **options: Any) -> Iterator[Visit]:
    """The file in a window of `width` pixels, with the network off."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
    page = context.new_page()
    seen = Visit(page)
    address = file.absolute().as_uri()
    page.on("request", lambda request: seen.requests.append(request.url) if request.url != address else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(address)
    yield seen
    context.close()
