"""Figures of crises side by side: how often, which are alike, and what goes with an exit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from analysis import charts, comparison
from analysis.charts import style
from analysis.citing import credit
from analysis.comparison.logit_fit import LogitFit
from analysis.figures.made import published
from analysis.tables import load_cases

CASE, CASE_NAME = "KGZ-2020-10", "Kyrgyzstan 2020"
CHOSEN = "Cases were chosen, disputed votes more often than others: shares hold among them, not for elections at large."
OUTCOME_NAMES = {
    "mass_protest": "Mass protest",
    "deaths": "Deaths",
    "result_annulled_or_rerun": "Result annulled\nor vote repeated",
    "incumbent_exit": "Incumbent out\nwithin a year",
    "all_four": "All four",
}
GROUP_COLOURS = {"all cases": style.INK, "disputed": style.VERMILION, "not disputed": style.BLUE}
NEIGHBOURS_SHOWN = 10
VARIABLE_COLOURS = {
    "turnout_pct": style.BLUE,
    "official_margin_pct": style.GREEN,
    "official_winner_share_pct": style.SKY,
    "observer_verdict": style.ORANGE,
    "election_kind": style.PURPLE,
    "incumbent_ran": style.VERMILION,
    "incumbent_party_won_official": style.STALE,
    "disputed": style.INK,
}
VARIABLE_NAMES = {
    "turnout_pct": "turnout",
    "official_margin_pct": "official margin",
    "official_winner_share_pct": "winner's share",
    "observer_verdict": "observers' verdict",
    "election_kind": "kind of election",
    "incumbent_ran": "incumbent stood",
    "incumbent_party_won_official": "incumbent side won",
    "disputed": "disputed",
}
EXIT_FORMULA = "incumbent_exit ~ mass_protest + incumbent_ran + I(official_margin_pct / 10)"
TERM_NAMES = {
    "mass_protest": "Mass protest followed",
    "incumbent_ran": "Incumbent stood",
    "I(official_margin_pct / 10)": "Official margin,\nper 10 points",
}
ODDS_LIMITS, ODDS_TICKS = (0.05, 120), (0.1, 0.3, 1, 3, 10, 30, 100)


@published
def base_rates() -> Figure:
    """Draw how often each outcome followed the vote, among all cases and disputed ones, and by region."""
    cases = load_cases()
    flags = cases[["mass_protest", "result_annulled_or_rerun", "incumbent_exit"]].all(axis=1)
    cases = cases.assign(all_four=flags & (cases["deaths_low"] > 0))
    shares = comparison.base_rates(cases, tuple(OUTCOME_NAMES), by="disputed").table
    regions = comparison.base_rates(cases, ("mass_protest",), by="subregion").table
    regions = regions[regions["group"] != "all cases"].sort_values(["n", "group"], ascending=[False, True])
    found = shares[shares["group"] == "all cases"].set_index("outcome")
    four, deaths = found.loc["all_four"], found.loc["deaths"]
    named = bool(cases.set_index("case_id").loc[CASE, "all_four"])
    with style.style():
        figure = style.blank(7.3)
        style.headline(
            figure,
            f"Protest, deaths, annulment, exit: all in {four['events']} of {four['n']} cases" + ", Bishkek too" * named,
            f"Share of elections after which it came so, with 95% intervals (Wilson). Deaths: at least one by every report; in {deaths['disagree']}\n"
            f"cases reports disagree and count as none, in {deaths['missing']} the number is not known.",
            f"{credit(cases, 'cases')}. Regions: United Nations M49\n{CHOSEN}\nIntervals take cases as independent, also those of one country.",
        )
        left = style.axes(figure, 1.75, 1.35, 1.95, 4.45)
        rows = _share_rows(shares, "outcome", "group").replace({"name": OUTCOME_NAMES})
        charts.draw_intervals(left, rows, GROUP_COLOURS, (0, 100))
        left.set_xlabel("% of cases")
        style.label(left, 0, 0.78, "What followed", weight="bold", size=12)
        _draw_key(figure, GROUP_COLOURS, 2.52, 2.9)
        right = style.axes(figure, 7.25, 1.35, 1.55, 4.45)
        charts.draw_intervals(right, _share_rows(regions, "group", "outcome"), {"mass_protest": style.INK}, (0, 100))
        right.set_xlabel("% of cases")
        style.label(right, 0, 0.97, "Mass protest, by region", weight="bold", size=12)
    return figure


def _share_rows(table: pd.DataFrame, name: str, series: str) -> pd.DataFrame:
    """Shares in percent, as `draw_intervals` wants them."""
    percent = table[["low", "share", "high"]].mul(100).set_axis(["low", "best", "high"], axis=1)
    said = [f"{row.events} of {row.n}" for row in table.itertuples()]
    return percent.assign(name=table[name], series=table[series], said=said)


def _draw_key(figure: Figure, colours: Mapping[str, str], left: float, top: float) -> None:
    """Explain colours in a column that begins at a place given in inches from the lower left corner."""
    height = 0.25 * len(colours)
    ax = style.axes(figure, left, top - height, 8.0, height)
    ax.axis("off")
    ax.set_xlim(0, 1)
    charts.draw_group_key(ax, colours, 0, 1)


@published
def neighbours() -> Figure:
    """Draw the cases nearest to Kyrgyzstan 2020 by what was known on election night, and what followed."""
    cases = load_cases()
    near = comparison.nearest(cases, CASE, NEIGHBOURS_SHOWN)
    rows = cases.set_index("case_id").loc[[CASE, *near.table.index]]
    names = [f"{row.country}, {row.election_date:%b %Y}" for row in rows.itertuples()]
    cells, happened = _followed(rows)
    protested, out = (int(happened[column].iloc[1:].sum()) for column in ("Mass\nprotest", "Incumbent"))
    parts = near.contributions.reindex(rows.index).set_axis(names)
    used = {name: colour for name, colour in VARIABLE_COLOURS.items() if parts[name].fillna(0).sum() > 0}
    spans = near.table[["distance_low", "distance_high"]].reindex(rows.index, fill_value=0.0)
    own = rows.loc[CASE]
    with style.style():
        figure = style.blank(7.4)
        style.headline(
            figure,
            f"In {out} of the {NEIGHBOURS_SHOWN} cases most like {CASE_NAME} the incumbent fell",
            f"Likeness by {len(near.variables)} things known on election night, each of equal weight. In {CASE_NAME}: {own['election_kind']} vote, incumbent\n"
            f"side first with {own['official_winner_share_pct']:g}%, {own['official_margin_pct']:g} points ahead of the next, turnout {own['turnout_pct']:g}%, result disputed, observers' verdict\n"
            f"{own['observer_verdict']}. What followed is no part of the likeness. Mass protest followed in {protested} of the {NEIGHBOURS_SHOWN}.",
            f"{credit(rows, 'cases')}\nGower distance among {near.candidates} cases: 0 alike in everything, 1 as unlike as can be. Dot: distance over the cells known in both;\n"
            f"grey line: where it could lie, given the missing cells. Likeness is no forecast.\n{CHOSEN}",
        )
        ax = style.axes(figure, 2.0, 1.65, 2.75, 3.85)
        charts.draw_contributions(ax, parts, spans.set_axis(["low", "high"], axis=1), used)
        ax.set_xlabel(f"Distance from {CASE_NAME}, 0 to 1")
        style.label(ax, 0, 0.68, "What sets each apart", weight="bold", va="bottom")
        _draw_key(figure, {VARIABLE_NAMES[name]: colour for name, colour in used.items()}, 3.5, 2.75)
        beside = style.axes(figure, 5.05, 1.65, 4.7, 3.85)
        charts.draw_followed(beside, cells, happened, style.VERMILION, (0, 0.2, 0.42, 0.65))
    return figure


def _followed(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say what followed in each case, and whether it happened."""
    happened = pd.DataFrame(
        {
            "Mass\nprotest": rows["mass_protest"].astype("bool"),
            "Deaths": (rows["deaths_low"].fillna(0) > 0).astype("bool"),
            "Result\nannulled": rows["result_annulled_or_rerun"].astype("bool"),
            "Incumbent": rows["incumbent_exit"].astype("bool"),
        }
    )
    cells = happened.astype(object).replace({True: "yes", False: "no"})
    cells["Deaths"] = [_range(row.deaths_low, row.deaths_high) for row in rows.itertuples()]
    exits = rows["exit_mode"].str.replace("_", " ") + ", day " + rows["days_to_exit"].astype("str")
    cells["Incumbent"] = exits.where(happened["Incumbent"], "stayed")
    return cells, happened


def _range(low: object, high: object) -> str:
    if pd.isna(low):
        return "not known"
    if pd.isna(high):
        return f"{low} or more"
    return f"{low}" if low == high else f"{low} to {high}"


@published
def odds() -> Figure:
    """Draw what goes with an exit: odds ratios of a Firth logit, on all rows and on the surer ones."""
    cases = load_cases()
    surer = comparison.fit_logit(cases, EXIT_FORMULA, penalty="firth", least_confidence="high")
    fit = surer.all_rows or surer
    protest, exits = fit.odds.loc["mass_protest"], int(cases["incumbent_exit"].sum())
    quiet = int(surer.cells.query("mass_protest == 0")["incumbent_exit"].sum())
    series = {f"all {fit.n} cases": fit, f"{surer.n} cases coded with high confidence": surer}
    colours = dict(zip(series, (style.BLUE, style.SOFT), strict=True))
    with style.style():
        figure = style.blank(6.0)
        style.headline(
            figure,
            f"Mass protest goes with {_digits(protest['ratio'])} times the odds of exit, {_digits(protest['low'])} to {_digits(protest['high'])}",
            f"Odds ratios of the incumbent's exit within a year because of the crisis, 95% profile intervals (Firth's penalised logit).\n"
            f"{fit.events} exits in {fit.n} cases: {fit.events_per_coefficient:.1f} per coefficient, few. {len(fit.dropped)} cases without an official margin are left out, with {exits - fit.events} of the {exits} exits.",
            f"{credit(cases, 'cases')}\nAssociations, not effects: an exit is coded only where the crisis caused it, so that protest is part of the path to it.\n"
            f"Among cases coded with high confidence {quiet or 'no'} incumbent fell without mass protest: that ratio rests on the penalty.",
        )
        ax = style.axes(figure, 2.2, 1.4, 5.2, 2.55)
        charts.draw_intervals(ax, _odds_rows(series), colours, ODDS_LIMITS, ticks=ODDS_TICKS, reference=1)
        ax.set_xlabel("Odds ratio, logarithmic; arrow: the interval goes on")
        _draw_key(figure, colours, 2.3, 4.5)
    return figure


def _odds_rows(series: Mapping[str, LogitFit]) -> pd.DataFrame:
    tables = [
        fit.odds[["low", "ratio", "high"]].set_axis(["low", "best", "high"], axis=1).assign(series=name)
        for name, fit in series.items()
    ]
    rows = pd.concat(tables)
    said = [f"{_digits(row.best)}  ({_digits(row.low)} to {_digits(row.high)})" for row in rows.itertuples()]
    return rows.assign(name=rows.index.map(TERM_NAMES), said=said)


def _digits(value: float) -> str:
    """Write an odds ratio with about two digits."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
