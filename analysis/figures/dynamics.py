"""Figures of dynamics: counts and changes of level, the course without the annulment, contagion, spread by region."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.random import default_rng

from analysis import charts, dynamics, events
from analysis.charts import style
from analysis.citing import credit
from analysis.context import load_neighbours
from analysis.figures.case import COUNTRY, FIRST_DAY, LAST_DAY, day, events_of_case, listed, region_names, thin_regions
from analysis.figures.made import published
from analysis.panel import event_panel
from analysis.tables import covered, load_sources
from analysis.told import said_p

PROTEST = ("Protests", "Riots")
TURNS = {  # turning points of the events table whose dates the models take as known, and what to call them
    "Parliamentary vote": "Vote",
    "Crowds on Ala-Too": "First crowds",
    "Result annulled": "Annulment",
    "Emergency in Bishkek": "Emergency",
    "President resigns": "Resignation",
}
ANNULLED = "Result annulled"
AROUND = pd.Timestamp("2020-09-28"), pd.Timestamp("2020-11-10")  # shown large in `counts_and_breaks`
LETTERS = 42  # of a line of names beside a region
CAPITAL = "KG-GB"
RATIO_TICKS = (0.01, 0.1, 1, 10, 100, 1000)
NO_RATIO = "no protest on that day, so no ratio"
TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
SIGNIFICANT = 0.05
WAVE = pd.Period("2020-10-04", "D"), pd.Period("2020-10-15", "D")  # from the vote to the resignation
SIMULATIONS = 40
AS_COUNTED, STEPPING = "As counted", "Invented, only\nthe levels"
GIVEN, ASIDE = "With the levels\ngiven", f"Without {WAVE[0].day} to\n{WAVE[1].day} {WAVE[1]:%B}"


@published
def counts_and_breaks() -> Figure:
    """Protests and riots per day, the levels and changes that the counts show, and how many publishers reported."""
    crowds, span = _crowds()
    series = event_panel(crowds, by=(), coverage=span)
    kinds = event_panel(crowds, by="event_type", coverage=span)["events"].unstack("event_type")[[*PROTEST]]
    found = dynamics.change_points(series, dispersion=1.0)
    strict = dynamics.change_points(series, dispersion="estimate")
    sure = [bool(change in strict.breaks) for change in found.breaks]
    publishers = events.publishers_by_period(crowds, load_sources())
    shown = kinds.loc[str(AROUND[0].date()) : str((AROUND[1] - pd.Timedelta(days=1)).date())]
    colours = {kind: style.EVENT_COLOURS[kind] for kind in PROTEST}
    with style.style():
        figure = style.blank(9.1)
        style.headline(
            figure,
            _said_changes(found.table, sure),
            f"Protests and riots per day in Kyrgyzstan, {len(crowds)} events of which the day is known. Black: level of each stretch between\n"
            f"changes, with its 95% interval. Filled mark: also found if counts may vary {strict.dispersion:.1f} times as much as by chance. Bar: 95%\n"
            "interval of the date. A change of level in the reports says neither why, nor that the streets changed as much.",
            f"{credit(crowds, 'events')}\nPublishers: distinct names cited for the events of a day. More publishers see more events: compare both panels.",
        )
        left, width = 0.75, 7.15
        turns = style.axes(figure, left, 6.5, width, 1.02)
        ax = style.axes(figure, left, 4.1, width, 2.35)
        changes = style.axes(figure, left, 2.95, width, 1.0)
        seen = style.axes(figure, left, 2.0, width, 0.7)
        whole = style.axes(figure, left, 1.02, width, 0.45)
        for panel in (turns, ax, changes, seen):
            charts.week_axis(panel, *AROUND, named=panel is seen)
        known = _turns()
        charts.draw_turning_points(turns, known)
        for date in known["date"]:
            ax.axvline(date, color=style.FAINT, linewidth=0.8, zorder=0)
        charts.draw_daily_counts(ax, shown, colours)
        charts.draw_levels(ax, found.levels)
        charts.draw_group_key(ax, colours, 1.02, 0.93)
        style.label(ax, 1.012, 0.68, "Level: black line,\nband 95% interval", transform=ax.transAxes, size=10, va="top")
        ax.set_ylabel("Events per day")
        _name_levels(ax, found.levels)
        charts.draw_changes(changes, found.table, _said_dates(found), sure)
        charts.name_lane(changes, "Change of level,\nand its interval;\nfilled: sure")
        charts.draw_daily_counts(seen, publishers[["publishers"]], {"publishers": style.STALE})
        charts.name_lane(seen, "Publishers cited\nper day")
        charts.draw_daily_counts(whole, kinds, colours)
        whole.set_xlim(pd.Timestamp(span[0]), pd.Timestamp(span[1]) + pd.Timedelta(days=1))
        whole.axvspan(*AROUND, color=style.FAINT, alpha=0.5, linewidth=0)
        months = pd.date_range(span[0], span[1], freq="MS")
        whole.set_xticks(months, [f"1 {month:%b}" for month in months])
        whole.tick_params(axis="x", length=0, labelsize=10)
        charts.name_lane(whole, "All days covered;\ngrey: shown above")
        ax.yaxis.set_major_locator(MultipleLocator(10))
        for panel in (seen, whole):
            panel.yaxis.set_major_locator(MaxNLocator(2, integer=True, prune="lower"))
    return figure


def _name_levels(ax: Axes, levels: pd.DataFrame) -> None:
    """Write the level of each stretch behind it, or above it where it runs out of the picture."""
    for row in levels.itertuples():
        text = f"{row.level:.0f} a day" if row.level >= 10 else f"{row.level:.1f} a day"
        place, anchor = row.last.end_time + pd.Timedelta(hours=8), "left"
        if row.first.start_time < AROUND[0]:
            place = AROUND[0] + pd.Timedelta(hours=8)
        elif row.last.end_time > AROUND[1]:
            place, anchor = AROUND[1], "right"
        style.label(ax, place, row.level + 1, text, size=10, weight="bold", ha=anchor)


@published
def counterfactual() -> Figure:
    """Draw protest after the annulment against the course before it, ratios at each turn, and placebo dates."""
    crowds, span = _crowds()
    series = event_panel(crowds, by=(), coverage=span)
    turns = _turns().set_index("turning_point")["date"].dt.to_period("D")
    dated = [date for date in turns if series.loc[date, "events"] > 0]  # no ratio to or from a single day without any
    annulled = turns[ANNULLED]
    before = max(date for date in dated if date < annulled)
    fit = dynamics.interrupted(series, dated, slopes=False, trend=False)
    since = [date for date in dated if date >= annulled]
    path = dynamics.interrupted(series.loc[before:], since, slopes=False, trend=False).path
    single = path[["predicted_low", "predicted_high"]].median()  # the same every day, but for the noise of simulation
    path = path.loc[annulled : LAST_DAY.to_period("D")].assign(**single)
    placebos = [dynamics.placebos(series, date, slopes=False, trend=False) for date in turns]
    ratios = fit.effects.set_index("break").rename(columns={"rate_ratio": "ratio"}).reindex(turns)
    ratios["name"] = [f"{TURNS[turn]}, {_date(date)}" for turn, date in turns.items()]
    effect, gone_on = ratios.loc[annulled], path.iloc[0]
    start, end = pd.Timestamp("2020-10-02"), LAST_DAY + pd.Timedelta(days=1)
    with style.style():
        figure = style.blank(9.1)
        style.headline(
            figure,
            f"{_said_effect(effect)} with the annulment on {day(annulled.start_time)}: {TIMES} {_said_ratio(effect)}",
            f"Protests and riots per day in Kyrgyzstan. Orange: what if {day(before.start_time)} had gone on? One day of crowds is all there\n"
            "is before the annulment, so almost any course fits. Most events have no hour: on the day itself, what came before\n"
            "the annulment cannot be told from what came after.",
            f"{credit(crowds, 'events')}\nRatios: level from the turn to the next one over the level before, quasi-Poisson, dispersion {fit.dispersion:.1f}, {fit.n} days. Placebos: {placebos[0].window} days\non each side; null: the turn is a date like any other. Turns a few days apart share their change, and most other days are quiet.\n"
            "p counts the turn and the like dates beside it, so that it is not 0 where no other date changed as much.",
        )
        ax = style.axes(figure, 0.85, 4.75, 8.8, 2.75)
        charts.day_axis(ax, start, end)
        charts.draw_expected(ax, path)
        charts.draw_course(ax, fit.path.loc[start.to_period("D") : LAST_DAY.to_period("D")])
        ax.set_ylim(0, 1.08 * gone_on["predicted_high"])
        ax.set_ylabel("Events per day")
        said = f"As on {day(before.start_time)}: {gone_on['expected']:.0f} a day, 95% interval {gone_on['low']:.0f} to {gone_on['high']:.0f},\nof single days {gone_on['predicted_low']:.0f} to {gone_on['predicted_high']:.0f}"
        style.label(ax, annulled.start_time + pd.Timedelta(hours=27), 0.92 * gone_on["high"], said, size=10.5, va="top")
        quiet = f"Since {day(fit.path.index[0].start_time)}:\n{fit.path['expected'].iloc[0]:.1f} a day"
        style.label(ax, start + pd.Timedelta(hours=4), 2.4, quiet, size=10.5, va="bottom")
        words = [f"{TIMES} {_said_ratio(row)}" if pd.notna(row["ratio"]) else NO_RATIO for _, row in ratios.iterrows()]
        _draw_ratios(
            figure, (1.9, 1.35, 3.3, 2.5), "Rate from the turn on, over that before", ratios.set_index("name"), words
        )
        others = style.axes(figure, 5.6, 1.35, 4.0, 2.5)
        others.set_title("Change at the turn and at other dates", size=11, pad=10)
        words = [f"{one.share:.0%} of {one.n} others as large, {said_p(one.p_value)}" for one in placebos]
        charts.draw_placebos(others, [one.dates for one in placebos], words)
        others.set_xlabel("Size of the change (fall of deviance). Diamond: turn")
    return figure


def _draw_ratios(
    figure: Figure, box: tuple[float, float, float, float], title: str, rows: pd.DataFrame, said: Sequence[str]
) -> None:
    """Draw ratios in axes of their own, at a place in inches."""
    ax = style.axes(figure, *box)
    ax.set_title(title, size=11, pad=10)
    ax.set_xlim(RATIO_TICKS[0], RATIO_TICKS[-1])
    charts.draw_ratios(ax, rows, said)
    ax.set_xticks(RATIO_TICKS, [f"{tick:,g}" for tick in RATIO_TICKS])


@published
def contagion() -> Figure:
    """Draw what self-excitation expects of each day, its branching ratio beside that of invented counts, its residuals."""
    crowds, span = _crowds()
    counts = event_panel(crowds, by=(), coverage=span)["events"].astype("Float64")
    levels = dynamics.change_points(counts, dispersion=1.0).levels
    rates = np.repeat(levels["level"].to_numpy(), levels["points"])
    invented = default_rng(0).poisson(rates, (SIMULATIONS, len(rates)))
    wrong = np.array([dynamics.fit_hawkes_counts(drawn).branching_ratio for drawn in invented])
    fits = {
        AS_COUNTED: dynamics.fit_hawkes_counts(counts),
        GIVEN: dynamics.fit_hawkes_counts(counts, rhythm=rates, cycle=len(rates)),
        ASIDE: dynamics.fit_hawkes_counts(counts.mask((counts.index >= WAVE[0]) & (counts.index <= WAVE[1]))),
    }
    found = {name: [fit.branching_ratio, *fit.profile("branching_ratio")] for name, fit in fits.items()}
    rows = pd.DataFrame.from_dict(found | {STEPPING: [wrong.mean(), np.nan, np.nan]}, orient="index")
    rows = rows.set_axis(["best", "low", "high"], axis=1).loc[[AS_COUNTED, STEPPING, GIVEN, ASIDE]]
    said = {name: f"{row['best']:.2f} ({row['low']:.2f} to {row['high']:.2f})" for name, row in rows.iterrows()}
    said[STEPPING] = f"{wrong.mean():.2f} on average of {SIMULATIONS} series ({wrong.min():.2f} to {wrong.max():.2f})"
    said[ASIDE] += f", {fits[ASIDE].n} events"
    start, end = pd.Timestamp("2020-10-02"), LAST_DAY + pd.Timedelta(days=1)
    path = fits[AS_COUNTED].path.loc[start.to_period("D") : LAST_DAY.to_period("D")]
    with style.style():
        figure = style.blank(9.1)
        style.headline(
            figure,
            _said_contagion(rows),
            f"Protests and riots per day in Kyrgyzstan. Read as contagion, each event brings on {said[AS_COUNTED]} others.\n"
            f"Invented counts that only step between the {len(levels)} levels of reported protest, where nothing brings on anything, give {wrong.mean():.2f}.\n"
            f"{_said_without(rows)}",
            f"{credit(crowds, 'events')}\nSelf-exciting process, exponential kernel, fitted to {len(counts)} daily counts; 95% profile intervals; from 1 on it explodes. Levels: found in the same counts\n(figure of counts and breaks). Residual test: where waves are as few as here, it rejects true processes about twice as often as it says.",
        )
        ax = style.axes(figure, 0.85, 4.75, 8.8, 2.75)
        charts.day_axis(ax, start, end)
        charts.draw_course(ax, path)
        charts.draw_excitation(ax, path)
        ax.set_ylim(0, 1.15 * path["observed"].max())
        ax.set_ylabel("Events per day")
        _name_excitation(ax, path)
        ratios = style.axes(figure, 1.75, 1.35, 3.6, 2.5)
        ratios.set_title("Events that each event brings on", size=11, pad=10)
        charts.draw_branching(ratios, rows, [said[name] for name in rows.index], {STEPPING: wrong})
        residuals = style.axes(figure, 6.3, 1.35, 3.35, 2.5)
        _draw_residuals(residuals, {name: fits[name] for name in (AS_COUNTED, GIVEN)})
    return figure


def _said_contagion(rows: pd.DataFrame) -> str:
    """Say whether counts without imitation look as contagious as those observed."""
    own, invented = rows.loc[AS_COUNTED], rows.loc[STEPPING, "best"]
    if own["low"] <= invented <= own["high"]:
        return f"One wave looks like contagion: {own['best']:.2f}; without imitation {invented:.2f}"
    return f"Each protest brings on {own['best']:.2f} others; without imitation {invented:.2f}"


def _said_without(rows: pd.DataFrame) -> str:
    """Say whether any imitation is left once the levels are given or the wave is set aside."""
    given, aside = (name.replace("\n", " ") for name in (GIVEN, ASIDE))
    left = [name.replace("\n", " ") for name in (GIVEN, ASIDE) if rows.loc[name, "low"] > 0]
    if left:
        return f"{listed(left)}, some excitation is left."
    return f"{given}, or {aside[0].lower()}{aside[1:]}, the counts are compatible with no imitation at all."


def _name_excitation(ax: Axes, path: pd.DataFrame) -> None:
    """Name the line at the end of its highest step, and the part that nothing excited at the left."""
    peak = path["expected"].idxmax()
    place = peak.end_time + pd.Timedelta(hours=4)
    style.label(ax, place, path.loc[peak, "expected"], "Orange: expected after the days before", size=10.5)
    quiet = f"Not brought on:\n{path['baseline'].iloc[0]:.2f} a day (black)"
    style.label(ax, path.index[0].start_time + pd.Timedelta(hours=4), 1.4, quiet, size=10.5, va="bottom")


def _draw_residuals(ax: Axes, fits: dict[str, dynamics.HawkesCountsFit]) -> None:
    """Draw the departure of residuals of several fits, and say their tests."""
    colours = dict(zip(fits, (style.ORANGE, style.GREEN), strict=True))
    tests = {name: fit.residual_test for name, fit in fits.items()}
    charts.draw_departures(
        ax,
        {name: fit.residual_departure for name, fit in fits.items()},
        {name: test.critical for name, test in tests.items()},
        colours,
        [f"{name}: {said_p(test.p_value)}".replace("\n", " ") for name, test in tests.items()],
    )
    ax.set_title("Does it fit? Dashed: 1 in 20 by chance", size=11, pad=10)
    ax.set_xlabel("Expected share of residuals")
    ax.set_ylabel("Observed minus expected")


@published
def spread() -> Figure:
    """Draw the order in which regions had their first protest, and whether it followed borders."""
    crowds, _ = _crowds()
    wave = crowds[crowds["date"].between(FIRST_DAY, LAST_DAY)]
    borders = load_neighbours()
    order = dynamics.first_protests(wave, neighbours=borders)
    named = region_names()
    spans = pd.DataFrame({"region": order.index, "start": FIRST_DAY, "end": LAST_DAY})
    panel = event_panel(wave, by="region", coverage=spans)
    fit = dynamics.new_onsets(panel, borders, capital=CAPITAL)
    alike = dynamics.morans_i(panel["events"].groupby("region").sum(), borders)
    ratios = np.exp(pd.concat([fit.params.rename("ratio"), fit.intervals], axis=1)).drop("Intercept")
    labels = {"neighbours": "Next door, all\nagainst none", "capital": f"{named[CAPITAL]},\nactive or not"}
    first = order[order["days_after"] == 0]
    start, end = order["earliest"].min().normalize(), order["latest"].max().normalize() + pd.Timedelta(days=1)
    verdict = "the order follows borders" if fit.graph_p_value <= SIGNIFICANT else "no path along borders shows"
    with style.style():
        figure = style.blank(8.3)
        style.headline(
            figure,
            f"{len(first)} of {len(order)} regions had protest on {day(first['date'].iloc[0])}; {verdict}",
            f"First protest or riot of each region from {day(FIRST_DAY)} 2020 on, as reported. A bar: the hour is not known. Regions whose bars\n"
            f"overlap are tied. Few local sources reach {listed(thin_regions())}: first reports are not first protests.",
            f"{credit(wave, 'events')}\nOdds: logit with Firth's penalty, {fit.onsets} first protests in {fit.n} region-days, 95% profile intervals; activity of the day before. Spread within a day is\ninvisible here. A common cause would show in these odds as well; it would not show in exchanged places.",
        )
        ax = style.axes(figure, 1.35, 3.5, 3.7, 3.35)
        charts.day_axis(ax, start, end)
        charts.draw_order(ax, order, named, _said_order(order, named), [1.04, 1.26], "no protest reported")
        words = [f"{TIMES} {_said_ratio(row)}, {said_p(fit.p_values[term])}" for term, row in ratios.iterrows()]
        shown = ratios.rename(index=labels)
        _draw_ratios(figure, (1.75, 1.35, 3.3, 1.25), "Odds of a first protest multiply by", shown, words)
        charts.draw_rows(
            style.axes(figure, 5.6, 1.1, 4.1, 1.75), "Does the map matter?", _said_map(fit, alike), [0], 50
        )
    return figure


def _said_order(order: pd.DataFrame, named: dict[str, str]) -> pd.DataFrame:
    """Say the rank of each region and who next door was before it."""

    def names(codes: object) -> str:
        return listed([named[code] for code in str(codes).split(";")])

    rows = []
    for row in order.itertuples():
        rank = (
            ""
            if pd.isna(row.rank_first)
            else f"{row.rank_first} to {row.rank_last}"
            if row.rank_first < row.rank_last
            else f"{row.rank_first}"
        )
        before = "nobody" if pd.isna(row.neighbours_before) else names(row.neighbours_before)
        if pd.notna(row.neighbours_tied):
            before = (
                f"perhaps {names(row.neighbours_tied)}"
                if before == "nobody"
                else f"{before}; perhaps {names(row.neighbours_tied)}"
            )
        rows.append((rank, textwrap.fill(before, LETTERS)))
    return pd.DataFrame(rows, columns=["Rank", "Next door before it"])


def _said_map(fit: dynamics.OnsetFit, alike: dynamics.SpatialAutocorrelation) -> list[tuple[str]]:
    """Say what exchanged places and the likeness of neighbours show."""
    return [
        (
            f"With the regions in each other's places, the odds next door come out as high on {fit.graph_p_value:.0%} of {fit.shuffles:,} maps.",
        ),
        (
            f"Neighbours' counts are {'' if alike.p_value <= SIGNIFICANT else 'not clearly '}more alike than by chance: Moran's I {alike.morans_i:.2f} ({alike.expected:.2f} without a pattern), {said_p(alike.p_value)}.".replace(
                "-", MINUS
            ),
        ),
    ]


def _crowds() -> tuple[pd.DataFrame, tuple[str, str]]:
    """Protests and riots of which the day is known, and the span that is covered."""
    kept = events_of_case().query("event_type in @PROTEST and date_precision == 1")
    first, last = covered("events", COUNTRY).loc[COUNTRY]
    return kept, (f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}")


def _turns() -> pd.DataFrame:
    """Give the turning points whose dates are taken as known, in order."""
    turns = events_of_case().dropna(subset="turning_point")
    return turns[turns["turning_point"].isin(TURNS.keys())].sort_values(["date", "event_id"])


def _said_changes(table: pd.DataFrame, sure: Sequence[bool]) -> str:
    """Say which changes of level stand even if counts vary more than chance has it."""
    said = [
        f"{'rose' if row.level_after > row.level_before else 'fell'} after {row.last_before.day} {row.last_before:%B}"
        for row in table[list(sure)].itertuples()
    ]
    if not said:
        return f"None of {len(table)} changes in reported protest is sure"
    return f"Reported protest {listed(said)} {table['last_before'].iloc[0].year}"


def _said_dates(found: dynamics.ChangePoints) -> list[str]:
    """Say between which days each change lies."""
    return [
        f"after {_date(row.last_before)}" + (f" ({_date_range(row.low, row.high)})" if row.low != row.high else "")
        for row in found.table.itertuples()
    ]


def _date(period: pd.Period) -> str:
    return f"{period.day} {period:%b}"


def _date_range(first: pd.Period, last: pd.Period) -> str:
    return f"{first.day} to {_date(last)}" if first.month == last.month else f"{_date(first)} to {_date(last)}"


def _two_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _said_ratio(row: pd.Series) -> str:
    """Say a ratio with its interval; an end that is missing is open."""
    low, high = ("open" if pd.isna(row[end]) else _two_digits(row[end]) for end in ("low", "high"))
    return f"{_two_digits(row['ratio'])} ({low} to {high})"


def _said_effect(effect: pd.Series) -> str:
    if effect["low"] <= 1 <= effect["high"]:
        return "No clear change"
    return "A rise" if effect["ratio"] > 1 else "A fall"
