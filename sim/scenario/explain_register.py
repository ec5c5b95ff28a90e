"""The register as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.prose import Value


def register(section: Value) -> Iterator[str]:
    """How households come on the register, go off it and come back; how villages and counties exit."""
    if section.off.raw:
        yield section.language("Switched off: nobody is registered.")
        return
    yield _identification(section.identification)
    yield from _review(section.review)
    yield section.reverification.say(
        "Re-verification strikes off, of the registered a year: {strike_off:path%}. It adds: {added:path%}"
    )
    yield section.say(
        """An exited household whose income falls below the line is registered again with this probability:
        {detection:path%}. From {monitoring.since:m} whoever has less than {monitoring.line_multiple:times
        the line} is monitored"""
    )
    yield _area(section.village_exit, "village")
    yield _area(section.county_exit, "county")


def _identification(identification: Value) -> str:
    causes = identification.causes
    return identification.say(
        """{persons:persons} are registered in {at:m}: those in greatest need by log income with noise of
        {noise}, to which an unsafe house adds {house_weight}, illness {illness_weight}, having nobody
        who can work {labour_weight}, each member fewer {size_weight} and each year of schooling below the
        mean {schooling_weight}. Recorded causes: {shares}""",
        shares=causes.together(
            causes.language(f"{name.replace('_', ' ')} {{share}}", share=f"{share:%}")
            for name, share in zip(causes.raw, causes, strict=True)
        ),
    )


def _review(review: Value) -> Iterator[str]:
    yield review.say(
        """Every December a household passes if certified income exceeds the line by {margin:%}, reached
        {stability:% of the line} the year before, and the guarantees hold. Certified income has noise of
        {noise} and exceeds true income by {bias:log points}"""
    )
    plans = [
        plan.phrase("; from {since:m} whoever is left, by {deadline:m}")
        if plan.raw.get("share") is None
        else plan.phrase("; from {since:m} {share:%} of those left a year, and all by {deadline:m}")
        for plan in review.plans
    ]
    yield review.say(
        """Planned to exit: {pace:% of the registered} a year{plans}. Where fewer pass, this share of the gap
        exits all the same: {softening:path%}; where more pass, this share of those beyond the plan exits as well:
        {excess:path%}{first}""",
        plans="".join(plans),
        first=review.phrase(". Households of so many poor villages go first: {villages:path}")
        if review.villages
        else "",
    )


def _area(area: Value, kind: str) -> str:
    inspection, road = "", ""
    if area.get("inspection_months"):
        inspection = area.phrase(", after {inspection_months:months} of inspection")
    if area.get("paved_road"):
        road = area.phrase("; so many poor villages have the paved road that they need: {paved_road:path%}")
    return area.say(
        f"From {{since:m}} a poor {kind} exits once less than {{incidence:% of its persons}} are registered"
        "{inspection}{road}",
        inspection=inspection,
        road=road,
    )
