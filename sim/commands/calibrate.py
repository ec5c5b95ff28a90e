"""`povsim calibrate`: from priors and reported figures to fitted parameters with their uncertainty."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.shared import BAD_INPUT, ScenarioFile, Settings, fail, load, plain_errors, show

if TYPE_CHECKING:
    from calibration.findings import Findings, Wanted
    from calibration.simulate import Simulator
    from calibration.targets import Target
    from sim.scenario import LoadedScenario

MEDIAN_SCALE = 0.2  # some 700 villages, so that their luck moves the mean income by less than 1 %

Runs = Annotated[int, typer.Option(min=1, help="Runs of the design.")]
Scale = Annotated[float, typer.Option(min=0.001, max=1, help="Share of villages in the design's runs.")]


def calibrate(
    scenario: ScenarioFile,
    settings: Settings = None,
    targets: Annotated[Path | None, typer.Option(help="Targets; calibration/targets/REGION.yaml by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the fit; calibration/fits by default.")] = None,
    cache: Annotated[Path, typer.Option(help="Folder in which runs are kept, to go on after an interruption.")] = Path(
        "results/calibration"
    ),
    runs: Runs = 256,
    second_wave: Annotated[int, typer.Option(min=1, help="Runs where the posterior lies.")] = 64,
    draws: Annotated[int, typer.Option(min=2, help="True runs at draws of the posterior.")] = 100,
    scale: Scale = 0.05,
    draw_scale: Annotated[float, typer.Option(min=0.001, max=1, help="Share of villages in runs at draws.")] = 0.1,
    processes: Annotated[int | None, typer.Option(min=1, help="Processes; results do not depend on it.")] = None,
    point: Annotated[bool, typer.Option("--point", help="Stop after the point fit, and write nothing.")] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Only see whether the fit still holds after sources changed.")
    ] = False,
    transfer: Annotated[
        Path | None, typer.Option(help="Scenario of another region, which is foretold from the fit.")
    ] = None,
    recovery: Annotated[int, typer.Option(min=0, help="Made-up data sets that are fitted to see what comes back.")] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of designs, chains and luck.")] = 1,
) -> None:
    """Fit a scenario's parameters to what its region reported, and say what the figures can not tell."""
    with plain_errors():
        from calibration.design import DesignError
        from calibration.findings import Wanted
        from calibration.paths import as_written
        from calibration.pipeline import Effort
        from calibration.priors import load_priors
        from calibration.problem import FitError, fitted_targets
        from calibration.simulate import Simulator
        from calibration.targets import TARGETS, load_targets

        loaded = load(scenario, settings or [])
        sheet = targets or TARGETS / f"{loaded.scenario.region}.yaml"
        if not sheet.exists():
            fail(f"{sheet}: no targets for {loaded.scenario.region}; a fit needs a curve, not an end-point", BAD_INPUT)
        chosen = tuple(
            each for each in load_targets(sheet, instruments=loaded.scenario.instruments) if each.role != "ignore"
        )
        effort = Effort(runs, second_wave, draws, scale, draw_scale, max(draw_scale, MEDIAN_SCALE))
        try:
            fitted_targets(chosen)
            base = as_written(loaded.scenario)
            simulator = Simulator(base, load_priors(base), chosen, scale)
            if confirm:
                _confirm(loaded, replace(simulator, scale=draw_scale), cache, processes, out)
            elif point:
                _point(simulator, cache, processes, seed)
            else:
                others = None if transfer is None else _other(transfer)
                wanted = Wanted(effort, seed, settings or [], others, recovery)
                _whole(loaded, simulator, wanted, cache, processes, out)
        except (FitError, DesignError) as error:
            fail(f"{sheet}: {error}", BAD_INPUT)


def _confirm(
    loaded: LoadedScenario, simulator: Simulator, cache: Path, processes: int | None, out: Path | None
) -> None:
    from calibration.confirm import confirm
    from calibration.fitted import load_fit
    from calibration.problem import FitError
    from calibration.runs import processes_for
    from sim.results.store import Store

    fit = load_fit(loaded.scenario.region, out)
    if fit is None:
        raise FitError(f"{loaded.scenario.region} has no fit to be confirmed")
    with processes_for(processes) as executor:
        runs = confirm(fit, loaded.resolved, simulator, Store(cache), executor, _advance)
    same = f"{runs} of its runs gave the same figures; its sources are those of today"
    typer.echo(f"{fit.name}: {same if runs else 'nothing changed since it was made'}")


def _point(simulator: Simulator, cache: Path, processes: int | None, seed: int) -> None:
    from calibration.fit import point_fit
    from calibration.runs import processes_for
    from calibration.tables import point_table, target_table
    from sim.results.store import Store

    with processes_for(processes) as executor:
        found = point_fit(simulator, Store(cache), executor, seed, partial(_advance, "point fit"))
    show([target_table(simulator.targets, found.run.targets), point_table(simulator.priors, found)], width=120)


def _whole(
    loaded: LoadedScenario, simulator: Simulator, wanted: Wanted, cache: Path, processes: int | None, out: Path | None
) -> None:
    from calibration.findings import find_out
    from calibration.fitted import FITS
    from calibration.record import recovery_content, write_fit, write_text, write_yaml
    from calibration.report.page import render
    from calibration.runs import processes_for
    from calibration.score import verdict
    from sim.results.store import Store

    with processes_for(processes) as executor:
        findings = find_out(loaded, simulator, wanted, Store(cache), executor, _advance)
    file = write_fit(out or FITS, findings.content, findings.found)
    if findings.recovery is not None:
        heading = "How often intervals hold the parameters from which data were made up."
        content = recovery_content(simulator.priors.names, findings.recovery, wanted.seed, _command(loaded, wanted))
        write_yaml(file.with_suffix(".recovery.yaml"), content, heading)
    page = file.with_suffix(".html")
    write_text(page, render(findings))
    if out is None:
        _into_readme(findings)
    _report(findings)
    typer.echo(verdict(findings.rows))
    typer.echo(f"wrote {file}, {file.with_suffix('.parquet').name}; open {page}")


def _command(loaded: LoadedScenario, wanted: Wanted) -> str:
    """The command that makes a recovery again."""
    effort, settings = wanted.effort, "".join(f" --set '{each}'" for each in wanted.settings)
    sizes = f"--runs {effort.design} --second-wave {effort.wave} --draws {effort.draws} --scale {effort.scale:g}"
    return f"povsim calibrate {loaded.files[-1]}{settings} {sizes} --seed {wanted.seed} --recovery {wanted.recovery}"


def _into_readme(findings: Findings) -> None:
    """Write the findings into the calibration's README, where that lies beside the program."""
    from calibration.fitted import FITS
    from calibration.record import write_text
    from calibration.report.markdown import with_findings

    readme = FITS.with_name("README.md")
    if readme.exists():
        write_text(readme, with_findings(readme.read_text(encoding="utf-8"), findings))


def _other(scenario: Path) -> tuple[LoadedScenario, list[Target]]:
    """Another region and its figures, which are to be foretold."""
    from calibration.targets import TARGETS, load_targets

    loaded = load(scenario, [])
    sheet = TARGETS / f"{loaded.scenario.region}.yaml"
    if not sheet.exists():
        fail(f"{sheet}: no targets for {loaded.scenario.region}, so nothing can be foretold", BAD_INPUT)
    targets = load_targets(sheet, instruments=loaded.scenario.instruments)
    return loaded, [each for each in targets if each.role == "validate"]


def _report(findings: Findings) -> None:
    from calibration.diagnose import bands, in_words, learned, ridges
    from calibration.tables import band_table, emulator_table, foretold_table, learned_table, recovery_table

    found, simulator, seed = findings.found, findings.simulator, findings.seed
    parameters = learned(simulator.priors, found.scores, found.weights)
    tables = [
        band_table(bands(simulator.targets, found.posterior_runs, found.weights, seed)),
        learned_table(simulator.priors, parameters),
        emulator_table(found.targets, found.validation),
        foretold_table(findings.rows),
    ]
    if findings.transfer is not None:
        tables.append(foretold_table(findings.transfer.rows))
    if findings.recovery is not None:
        tables.append(recovery_table(simulator.priors.names, findings.recovery))
    show(tables, width=120)
    for sentence in in_words(simulator.priors, parameters, ridges(simulator.priors, found.chain.scores)):
        typer.echo(sentence)
    typer.echo(f"{found.effective:.0f} effective draws of {len(found.weights)}")
    for warning in findings.content["warnings"]:
        typer.echo(f"no result: {warning}", err=True)


def _advance(stage: str, done: int, of: int) -> None:
    """Shows how far a stage is, on one line of standard error."""
    typer.echo(f"\r{stage}: {done} of {of} runs ", err=True, nl=done == of)
