"""The dashboard's answers: who is let in, what is refused, that everything is escaped and said in both languages."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dashboards import SCENARIOS, made_run, made_site, three_runs, visitor
from small import SMALL
from typer.testing import CliRunner

from sim.cli import app
from sim.dashboard.guard import host_allowed
from sim.dashboard.levers import AMOUNTS, EFFECTS, GENERAL, MECHANISM_NAMES, levers_of
from sim.dashboard.source import read_source
from sim.language import chinese

ROOT = Path(__file__).parent.parent
GANZHOU = SCENARIOS / "ganzhou.yaml"
EVIL = "<script>alert(1)</script>\"'&"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return three_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def site(runs):
    return made_site(runs, SMALL, GANZHOU)


def asked(site, **more):
    return {"scenario": "small", "levers": {}, "scale": 1, "seed": 1, **more}


@pytest.mark.parametrize(
    ("host", "here", "remote"),
    [
        ("127.0.0.1:8765", True, True),
        ("localhost:8765", True, True),
        ("localhost", True, True),
        ("[::1]:8765", True, True),
        ("LOCALHOST:1", True, True),
        ("192.168.1.7:8765", False, True),
        ("evil.example:8765", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost.evil.example:8765", False, False),
        ("localhost:80@evil.example", False, False),
        ("", False, False),
    ],
)
def test_host_names_that_are_served(host, here, remote):
    assert host_allowed(host, remote=False) is here
    assert host_allowed(host, remote=True) is remote


def test_a_foreign_host_name_is_refused_even_with_the_key(site):
    with visitor(site) as client:
        assert client.get("/", Host="evil.example").status == 421
        assert client.get(f"/?key={site.own.key}", Host="evil.example").status == 421


def test_nobody_is_let_in_without_the_key(site):
    with visitor(site, key=False) as client:
        for path in ("/", "/scenario/small", "/run/base", "/run/base/report", "/api/jobs", "/static/main.js"):
            assert client.get(path).status == 403
        assert client.get("/?key=guessed").status == 403
        answer = client.sign_in("&lang=zh")
        assert (answer.status, answer.headers["location"]) == (303, "/?lang=zh")
        assert client.get("/").status == 200


def test_signing_in_leads_nowhere_else(site):
    with visitor(site, key=False) as client:
        answer = client.get(f"//evil.example/?key={site.own.key}")
        assert answer.headers["location"].startswith("/evil.example")


@pytest.mark.parametrize("path", ["/api/check", "/api/export", "/api/runs", "/api/jobs/1/cancel"])
def test_posts_need_the_token_of_the_page(site, path):
    with visitor(site) as client:
        assert client.ask("POST", path, b"{}").status == 403
        assert client.post(path, asked(site), X_Povsim_Token="guessed").status == 403
        assert client.post(path, asked(site), X_Povsim_Token=site.own.key).status == 403
        assert client.post(path, asked(site)).status == 200


def test_pages_keep_to_themselves(site):
    with visitor(site) as client:
        headers = client.get("/scenario/small").headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in re.sub("style-src[^;]*", "", headers["content-security-policy"])
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "sandbox" in client.get("/run/base/report").headers["content-security-policy"]


def test_nothing_is_loaded_from_elsewhere(site):
    with visitor(site) as client:
        for path in ("/", "/scenario/small", "/run/moved", "/compare?base=base&other=moved"):
            text = client.get(path).text
            assert not re.findall(r'(?:src|href|action)="(?!/|#|data:,)[^"]*"', text)
    for file in (ROOT / "sim" / "dashboard" / "static").iterdir():
        assert "//" not in re.sub(r"^\s*//.*|/\*.*\*/", "", file.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize(
    "path",
    [
        "/run/..%2f..%2fetc",
        "/run/%2e%2e",
        "/run/..",
        "/run/base%2f..%2fmoved/report",
        "/run/%2fetc%2fpasswd/report",
        "/run/.hidden",
        "/scenario/..%2fsmall",
        "/scenario/%2fetc%2fpasswd",
        "/compare?base=../base&other=moved",
        "/compare?base=base&other=/etc/passwd",
        "/compare",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
    ],
)
def test_no_path_is_taken_from_the_browser(site, path):
    with visitor(site) as client:
        assert client.get(path).status == 404


@pytest.mark.parametrize("name", ["../small", str(SMALL), "small.yaml", "nowhere", "", None, ["small"], {"a": 1}])
def test_a_scenario_is_one_of_those_served(site, name):
    with visitor(site) as client:
        for path in ("/api/check", "/api/export", "/api/runs"):
            assert client.post(path, asked(site, scenario=name)).status == 404


@pytest.mark.parametrize(("name", "value"), [("out", "/etc/x"), ("folder", "/etc/x"), ("settings", ["name=evil"])])
def test_what_a_wish_holds_besides_is_not_looked_at(site, name, value):
    with visitor(site) as client:
        plain = client.post("/api/check", asked(site)).json()
        assert client.post("/api/check", asked(site, **{name: value})).json() == plain


def test_odd_bodies_are_refused(site):
    with visitor(site) as client:
        for body, status in ((b"", 400), (b"{", 400), (b"[]", 400), (b"\xff", 400), (b" " * 70_000, 413)):
            assert client.post("/api/check", body).status == status
        for deep in (b"[" * 60_000, b'{"a":' * 10_000):
            assert client.post("/api/check", deep).status == 400


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"scale": 0}, "scale"),
        ({"scale": 1.5}, "scale"),
        ({"scale": "1"}, "scale"),
        ({"scale": float("nan")}, "scale"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"levers": {"health.reimbursed": 2}}, "health.reimbursed"),
        ({"levers": {"seed": 2}}, ""),
        ({"levers": []}, ""),
    ],
)
def test_what_is_wrong_is_said_where_it_is(site, more, where):
    with visitor(site) as client:
        answer = client.post("/api/check", asked(site, **more))
        assert (answer.status, list(answer.json()["errors"])) == (422, [where])


def test_names_from_files_show_as_text(tmp_path):
    scenario = tmp_path / "odd<i>.yaml"
    label = json.dumps(EVIL)
    scenario.write_text(f"extends: {SMALL}\nname: {label}\ninstruments: {{orchards: {{label: {label}}}}}\n")
    made_run(tmp_path, "run<i>", f"name={label}", f"instruments.dibao.label={label}", "instruments.dibao.off=true")
    made_run(tmp_path, "base")
    site = made_site(tmp_path, scenario, GANZHOU)
    with visitor(site) as client:
        for path in (
            "/",
            "/scenario/odd%3Ci%3E",
            "/run/run%3Ci%3E",
            "/runs",
            "/compare?base=base&other=run%3Ci%3E",
        ):
            answer = client.get(path)
            assert answer.status == 200, path
            assert "<script>alert" not in answer.text
            assert "<i>" not in answer.text
            assert "&lt;script&gt;alert(1)" in answer.text or path == "/"


def test_a_broken_scenario_says_what_is_wrong(tmp_path):
    scenario = tmp_path / "broken.yaml"
    scenario.write_text(f"extends: {SMALL}\nhealth: {{reimbursed: 3, <b>: 1}}\n")
    site = made_site(tmp_path, scenario)
    with visitor(site) as client:
        answer = client.get("/scenario/broken")
        assert answer.status == 422
        assert "broken.yaml:2" in answer.text
        assert "<b>" not in answer.text
        assert client.post("/api/check", asked(site, scenario="broken")).status == 422


def test_every_text_of_the_dashboard_is_in_the_catalogue():
    said = set(EFFECTS.values()) | set(AMOUNTS.values()) | set(MECHANISM_NAMES.values())
    said |= {text for general in GENERAL for text in (general.group, general.label, general.unit)}
    for file in [*(ROOT / "sim" / "dashboard").rglob("*.py"), *(ROOT / "sim" / "dashboard").rglob("*.html")]:
        said |= {
            first or second for first, second in re.findall(r"""\btext\(\s*(?:"([^"]+)"|'([^']+)')""", file.read_text())
        }
    for name in ("ganzhou", "ankang", "nanchang_county", "small"):
        path = SMALL if name == "small" else SCENARIOS / f"{name}.yaml"
        for group in levers_of(read_source(name, path).loaded):
            said |= {lever.label for card in group.cards for lever in card.levers}
            said |= {part.unit for card in group.cards for lever in card.levers for part in lever.parts}
    assert len(said) > 100
    assert sorted(said - chinese().keys()) == []


@pytest.mark.parametrize(
    "path", ["/", "/scenario/ganzhou", "/run/moved", "/compare?base=base&other=moved", "/run/none"]
)
def test_pages_speak_both_languages(site, path):
    with visitor(site) as client:
        english, joint = client.get(path), "&" if "?" in path else "?"
        other = client.get(f"{path}{joint}lang=zh")
        assert english.status == other.status
        assert '<html lang="en">' in english.text
        assert '<html lang="zh">' in other.text
        assert "操作台" in other.text
        assert ("<h1>赣州2011—2020年</h1>" in other.text) == (path == "/scenario/ganzhou")
        assert '<html lang="zh">' in client.get(path).text, "the language is kept"
        del client.cookies["povsim_language"]
        assert '<html lang="zh">' in client.get(path, Accept_Language="zh-CN,zh;q=0.9").text


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "no such file"),
        ([SMALL, "--host", "0.0.0.0"], "--remote"),
        ([SMALL, "--host", "192.168.1.7"], "--remote"),
        ([SMALL, "--scale", "0"], "--scale"),
        ([SMALL, "--results", SMALL], "is a file"),
        ([Path(__file__).parent / "bad_scenarios" / "no_yaml.yaml"], "is no YAML"),
        ([SMALL, "--host", "203.0.113.1", "--remote"], "--port"),
    ],
)
def test_mistakes_on_the_command_line(arguments, complaint):
    result = CliRunner().invoke(app, ["serve", "--no-open", *map(str, arguments)])
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_the_first_page_needs_nothing_heavy_and_is_there_at_once():
    """Three seconds are allowed; those of the processor are counted, since a test may run on a busy machine."""
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, 'tests')\n"
        "from sim.dashboard.app import make_app; from sim.dashboard.site import Site\n"
        "from sim.dashboard.shelf import open_shelf; import sim.commands.serve\n"
        "site = Site(open_shelf(Path('scenarios/ganzhou.yaml'), None), 0.05, None)\n"
        "make_app(site, 1, False); site.read('ganzhou').groups; print(*sys.modules)"
    )
    before = os.times()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    after = os.times()
    assert after.children_user + after.children_system - before.children_user - before.children_system < 3
    assert not {"numba", "pandas", "matplotlib", "pyarrow", "mesa"} & set(done.stdout.split())
