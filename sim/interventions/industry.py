"""Industry: crops at the county's price, a gain of farm income, dividends."""

from __future__ import annotations

from sim.columns import rule


@rule("farm property")
def industry(
    farm,
    property,
    farm_uplift,
    dividends,
    crop_orchards,
    crop_camellia,
    crop_vegetables,
    crop_other,
    price_orchards,
    price_camellia,
    price_vegetables,
    price_other,
    farm_loss,
):
    """Adds what industry instruments yield; disasters hit instruments' crops as they hit other farming."""
    crops = (
        crop_orchards * price_orchards
        + crop_camellia * price_camellia
        + crop_vegetables * price_vegetables
        + crop_other * price_other
    )
    return farm * (1 + farm_uplift) + crops * (1 - farm_loss), property + dividends
