"""The pages: levers of a scenario, a saved run, two runs side by side."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sim.dashboard.changes import changes, nearest, positions_of
from sim.dashboard.comparison import MEASURES, at_the_end, instruments, refusals
from sim.dashboard.shelf import Run
from sim.dashboard.site import Site
from sim.dashboard.source import Source
from sim.language import CODES, Language
from sim.report.templates import environment as report_templates
from sim.report.words import Words, percent
from sim.scenario import ScenarioError

LANGUAGE = "povsim_language"
SCALES = (0.02, 0.05, 0.1, 0.25, 1.0)


def site_of(request: Request) -> Site:
    """The start that a request belongs to."""
    site: Site = request.app.state.site
    return site


def language(request: Request) -> Language:
    """As the address says, or as it said before, or as the browser prefers."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    prefers = request.headers.get("accept-language", "").lower().startswith("zh")
    return Language("zh" if asked == "zh" or (asked not in CODES and prefers) else "en")


def part(share: float) -> str:
    """A share of the villages, in percent."""
    return f"{100 * share:g}\N{NO-BREAK SPACE}%"


@cache
def environment(text: Language) -> jinja2.Environment:
    """Templates of this package in a language; whatever they show is escaped."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.dashboard", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    words = Words(text)

    def amount(value: float | None) -> str:
        """A number with the digits that matter."""
        return f"{value:.3g}" if value is not None and 0 < abs(value) < 100 else words.count(value)

    def yuan(value: float | None) -> str:
        """A sum of money to three digits: 30.5bn."""
        return words.count(None) if value is None else words.ticks(float(f"{value:.3g}"))

    templates.filters |= {"yuan": yuan}
    templates.filters |= {"count": words.count, "percent": percent, "change": words.change}
    templates.filters |= {"amount": amount, "part": part}
    templates.globals |= {"text": text}
    return templates


@cache
def report_policy() -> str:
    """What a report may do: it loads nothing, and no other script than that of this program's reports runs."""
    script = report_templates().globals["script_hash"]
    return (
        f"sandbox allow-scripts allow-downloads; default-src 'none'; script-src '{script}'; "
        "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in the language of the request, which later pages keep."""
    text = language(request)
    other = "zh" if text.code == "en" else "en"
    html = (
        environment(text)
        .get_template(template)
        .render(
            token=site_of(request).own.token,
            elsewhere=str(request.url.include_query_params(lang=other).replace(scheme="", netloc="")),
            **values,
        )
    )
    answer = HTMLResponse(html, status)
    if "lang" in request.query_params:
        answer.set_cookie(LANGUAGE, text.code, samesite="lax")
    return answer


def home(request: Request) -> Response:
    """The levers where one scenario is served; the choice of one, and saved runs, otherwise."""
    site = site_of(request)
    if len(site.shelf.scenarios) == 1:
        return RedirectResponse(request.url_for("scenario", name=next(iter(site.shelf.scenarios))).path, 303)
    return render(request, "home.html", scenarios=site.shelf.scenarios, rows=_rows(site, None, language(request)))


def scenario(request: Request) -> Response:
    """The levers of a scenario."""
    site, name = site_of(request), request.path_params["name"]
    try:
        source = site.read(name)
    except KeyError:
        raise HTTPException(404) from None
    except ScenarioError as error:
        return render(request, "broken.html", 422, name=name, problems=error.problems)
    return render(
        request,
        "scenario.html",
        source=source,
        scenario=source.loaded.scenario,
        scales=sorted({*SCALES, site.scale}),
        scale=site.scale,
        rows=_rows(site, source, language(request)),
    )


def runs(request: Request) -> Response:
    """The table of saved runs alone, for a page that is open when a run ends."""
    site, name = site_of(request), request.query_params.get("scenario", "")
    source = site.source(name) if name in site.shelf.scenarios else None
    return render(request, "runs.html", rows=_rows(site, source, language(request)))


def run(request: Request) -> Response:
    """A saved run: headline figures and its report."""
    site, found = site_of(request), _run(request, request.path_params["name"])
    source = nearest(_sources(site), found.scenario)
    return render(
        request,
        "run.html",
        run=found,
        first=found.yearly[0],
        listed=next((row for row in found.yearly if row["register_persons"]), None),
        last=found.yearly[-1],
        total={
            key: sum(row[key] for row in found.yearly) for key in ("exits", "returns", "struck_off", "outlays_yuan")
        },
        source=source,
        changed=changes(source, found.scenario, language(request)) if source else [],
        levers=positions_of(source, found.scenario) if source else {},
        others=[each for each in site.shelf.runs() if each.id != found.id and each.region == found.region],
    )


def report(request: Request) -> Response:
    """The page that the run wrote."""
    found = _run(request, request.path_params["name"])
    headers = {"Content-Security-Policy": report_policy()}
    return FileResponse(found.folder / "report.html", media_type="text/html; charset=utf-8", headers=headers)


def compare(request: Request) -> Response:
    """Two saved runs side by side."""
    site, text = site_of(request), language(request)
    base, other = (_run(request, request.query_params.get(each, "")) for each in ("base", "other"))
    refused = refusals(base, other, text)
    pictures: list[dict[str, str]] = []
    table: dict[str, Any] = {}
    if not refused:
        table = instruments(base, other)
        with site.drawing:
            from sim.dashboard.figures import differences, levels

            for each in MEASURES:
                parts = (draw(each, base, other, text) for draw in (levels, differences))
                pictures.append(dict(zip(("levels", "differences"), parts, strict=True), label=each.label))
    source = nearest(_sources(site), base.scenario)
    return render(
        request,
        "compare.html",
        base=base,
        other=other,
        refused=refused,
        changed={each.id: changes(source, each.scenario, text) for each in (base, other)} if source else {},
        rows=at_the_end(base, other),
        year=base.yearly[-1]["year"],
        pictures=pictures,
        instruments=table,
        labels={
            name: text.name(each.get("label") or name, each.get("chinese") or "")
            for name, each in base.scenario.get("instruments", {}).items()
        },
    )


def _run(request: Request, name: str) -> Run:
    found = site_of(request).shelf.run(name)
    if found is None:
        raise HTTPException(404)
    return found


def _sources(site: Site) -> list[Source]:
    """Served scenarios that can be read."""
    found = []
    for name in site.shelf.scenarios:
        try:
            found.append(site.source(name))
        except ScenarioError:
            continue
    return found


def _rows(site: Site, source: Source | None, text: Language) -> list[dict[str, Any]]:
    """Saved runs of a scenario's region, or all of them, with what they changed."""
    rows = []
    for each in site.shelf.runs():
        if source is not None and each.region != source.loaded.scenario.region:
            continue
        base = source or nearest(_sources(site), each.scenario)
        rows.append({"run": each, "changed": changes(base, each.scenario, text) if base else [], "base": base})
    return rows


ROUTES = [
    Route("/", home),
    Route("/scenario/{name}", scenario, name="scenario"),
    Route("/runs", runs),
    Route("/run/{name}", run, name="run"),
    Route("/run/{name}/report", report, name="report"),
    Route("/compare", compare),
]
