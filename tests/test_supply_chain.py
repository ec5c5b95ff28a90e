"""What the project is built on: nothing under a licence that binds it, nothing that is not what was pinned."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def script(name):
    """A script of `.ci/` as a module."""
    loader = SourceFileLoader(name, str(ROOT / ".ci" / name))
    module = module_from_spec(spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


licences, installed = script("licences"), script("installed")


def test_nothing_that_is_installed_binds_the_project():
    rows = licences.found()
    assert len(rows) > 30
    assert [name for name, _, text in rows if licences.binding(text) or text == "not stated"] == []


def test_every_licence_is_listed():
    listed = (ROOT / "docs" / "licences.md").read_text()
    assert [name for name, *_ in licences.found() if f"| {name} | " not in listed] == []


@pytest.mark.parametrize(
    "text",
    ["GPL-3.0-only", "AGPL-3.0-or-later", "GNU General Public License v3 (GPLv3)", "MIT AND GPL-2.0-or-later", "GPLv2"],
)
def test_a_binding_licence_is_recognised(text):
    assert licences.binding(text)


@pytest.mark.parametrize("text", ["MIT", "LGPL-3.0-only", "GPL-2.0 OR MIT", "GNU Lesser General Public License v3"])
def test_another_licence_is_not(text):
    assert not licences.binding(text)


def test_what_is_not_what_was_pinned_is_named():
    pinned = installed.pins(
        '[tool.uv]\nconstraint-dependencies = ["numpy==2.4.6", "ruamel-yaml==0.19.1 ; sys_platform == \'linux\'"]'
    )
    assert pinned == {"numpy": "2.4.6", "ruamel-yaml": "0.19.1"}
    assert installed.plain("ruamel.yaml") == "ruamel-yaml"
    same = {"numpy": "2.4.6", "ruamel-yaml": "0.19.1", "pip": "1"}
    assert installed.differences(same, pinned) == []
    assert installed.differences({"numpy": "2.4.5", "left-pad": "1.0"}, pinned) == [
        "left-pad 1.0 is installed, nothing is pinned",
        "numpy 2.4.5 is installed, 2.4.6 is pinned",
    ]
