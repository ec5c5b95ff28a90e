"""How commands take a scenario's values from its region's fit, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.shared import BAD_INPUT, fail

if TYPE_CHECKING:
    from calibration.use import Use
    from sim.analysis.draws import Draw
    from sim.scenario import LoadedScenario

NoFit = Annotated[
    bool, typer.Option("--no-fit", help="Take the scenario's own numbers where its region has a fit, too.")
]


def fit_of(loaded: LoadedScenario, no_fit: bool, draws: int | None, quiet: bool) -> Use | None:
    """The fit that a scenario is to use, after a word on it; None where it has none or shall have none.

    What changed since a fit was made stands in results too, for those who are told nothing here. Draws that are asked
    for and are not there end the command.
    """
    from calibration.use import NoFitError, use_of

    if no_fit:
        if draws:
            raise typer.BadParameter("draws come from a fit; give --draws or --no-fit, not both", param_hint="--draws")
        return None
    try:
        use = use_of(loaded)
    except NoFitError as error:
        if draws:
            fail(f"--draws: {error}", BAD_INPUT)
        if not quiet:
            typer.echo(f"{error}; the scenario's own numbers are taken", err=True)
        return None
    if use is None:
        if draws:
            fail(f"--draws needs a fit of {loaded.scenario.region}, and there is none: see povsim calibrate", BAD_INPUT)
        return None
    if not quiet:
        for sentence in use.doubts:
            typer.echo(sentence, err=True)
        typer.echo(f"parameters: {f'{draws} draws and ' if draws else ''}median of {use.fit.name}", err=True)
    return use


def draws_for(loaded: LoadedScenario, no_fit: bool, number: int | None, quiet: bool) -> list[Draw]:
    """So many draws of the scenario's fit; its median without a number; the scenario as it stands without a fit."""
    from sim.analysis.draws import as_it_stands, median_of, read_draws

    fit = fit_of(loaded, no_fit, number, quiet)
    if fit is None:
        return [as_it_stands]
    return [median_of(fit)] if number is None else read_draws(fit, number)
