"""Figures of how incumbents fall."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import charts, comparison
from analysis.charts import style
from analysis.citing import credit
from analysis.figures.made import published
from analysis.tables import load_cases

TICKS = (0, 30, 90, 180, 270, 365)
MONTH_DAYS = 30
NAMED = "KGZ-2020-10"
MODE_COLOURS = {
    "resigned": style.BLUE,
    "coup": style.VERMILION,
    "fled": style.GREEN,
    "lost_rerun": style.PURPLE,
    "negotiated": style.ORANGE,
}


@published
def exits() -> Figure:
    """Cumulative incidence of incumbents' exits after the vote, in all and by how they went."""
    cases = load_cases()
    found = comparison.exits(cases)
    gone = found.frame[found.frame["exited"]].sort_values("time_days", kind="stable")
    days = range(found.until_days + 1)
    where = found.frame["country_iso3"]
    whole = comparison.cumulative_incidence(
        found.frame["time_days"], found.frame["exited"], at=days, cluster=where
    ).loc[1]
    modes = comparison.cumulative_incidence(found.frame["time_days"], found.frame["mode"], at=days, cluster=where)
    counts = gone["mode"].value_counts()
    order = sorted(counts.index, key=lambda mode: (-counts[mode], mode))
    early = int((gone["time_days"] <= MONTH_DAYS).sum())
    years = cases["election_date"].dt.year
    countries = where.nunique()
    with style.style():
        figure = style.blank(8.3)
        style.headline(
            figure,
            f"In {len(gone)} of {len(found.frame)} elections the incumbent fell within a year, {early} in a month",
            f"Share of incumbents who had left because of the crisis over the vote, by days since polling day. {len(found.frame)} elections\n"
            f"in {countries} countries, {years.min()} to {years.max()}; bands: pointwise 95% intervals, elections of a country taken together. A\n"
            "purposive sample in which disputed votes are oversampled: the shares hold for it, not for elections at large.",
            f"{credit(cases, 'cases')}\nAalen-Johansen estimates: the {len(order)} ways add up to the whole. Who left for other reasons counts as still there.",
        )
        top = style.axes(figure, 1.0, 4.25, 6.7, 2.45)
        charts.draw_incidence(top, whole, style.INK)
        top.set_ylim(0, _ceiling(whole))
        charts.draw_at_risk(top, {tick: int(whole.loc[tick, "at_risk"]) for tick in TICKS}, "still in office")
        top.set_xlabel("Days since polling day", labelpad=4)
        charts.draw_named_points(top, _named(gone, whole))
        end = whole.iloc[-1]
        style.label(
            top,
            1.012,
            100 * end["incidence"] / _ceiling(whole),
            _said(end, len(gone)),
            transform=top.transAxes,
            weight="bold",
        )
        style.label(
            top,
            0,
            -1.05 / 2.45,
            f"How they went: exits, and share within {found.until_days} days (95% interval)",
            transform=top.transAxes,
            size=12,
            weight="bold",
        )
        for place, mode in enumerate(order):
            ax = style.axes(figure, 1.0 + place * 1.78, 0.98, 1.42, 1.45)
            _draw_mode(ax, mode, modes.loc[mode], counts[mode], _ceiling(modes))
            if place:
                ax.set_yticklabels([])
    return figure


def _draw_mode(ax: Axes, mode: str, curve: pd.DataFrame, exits: int, ceiling: int) -> None:
    """Draw one way of leaving, with its name, exits and share at the end."""
    colour = MODE_COLOURS.get(mode, style.SOFT)
    charts.draw_incidence(ax, curve, colour)
    ax.set_ylim(0, ceiling)
    ax.set_yticks(range(0, ceiling + 1, 5))
    ax.set_xticks([0, 180, 365])
    name = mode.replace("_", " ").capitalize()
    style.label(ax, 0, 1.26, name, transform=ax.transAxes, weight="bold", color=colour)
    style.label(ax, 0, 1.1, _said(curve.iloc[-1], exits, short=True), transform=ax.transAxes, size=9.5)


def _named(gone: pd.DataFrame, whole: pd.DataFrame) -> list[tuple[float, float, float, float, str]]:
    """Name the worked case and the last exit below the band."""
    last = gone["case_id"].iloc[-1]
    points: list[tuple[float, float, float, float, str]] = []
    for case_id, prefix, across, up in ((NAMED, "", 45, 1.6), (last, "Last: ", 240, 8.5)):
        for row in gone[gone["case_id"] == case_id].itertuples():
            share = 100 * whole.loc[row.time_days, "incidence"]
            points.append(
                (
                    row.time_days,
                    share,
                    across,
                    up,
                    f"{prefix}{row.country} {row.election_date.year}, day {row.time_days}",
                )
            )
    return points


def _ceiling(curves: pd.DataFrame) -> int:
    """Upper end of an axis in percent: the next multiple of 5 above the bands."""
    return 5 * int(curves["high"].max() * 100 // 5 + 1)


def _said(row: pd.Series, count: int, short: bool = False) -> str:
    share, low, high = (f"{100 * row[name]:.1f}" for name in ("incidence", "low", "high"))
    if short:
        return f"{count}: {share}% ({low} to {high})"
    return f"{count} exits:\n{share}%\n({low} to {high})"
