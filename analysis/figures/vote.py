"""The figure of the vote of any crisis: shares against the bar, seats, wasted votes."""

from __future__ import annotations

import os
import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import charts, elections
from analysis.charts import style
from analysis.crisis import Crisis
from analysis.figures.case import ELECTION, crisis_shown, day
from analysis.figures.made import published
from analysis.told import said_count

CONTESTANTS_SHOWN = 18
TITLE_LETTERS = 76
NAME_LETTERS = 36
NAME_IN = 0.086  # mean width of a letter of a contestant's name
ALSO = {ELECTION: "; parties also needed a minimum in every region"}
STANCES = {"Close to the government": "pro_government", "Opposition": "opposition", "Stance not clear": "unknown"}
BASES = {"ballots": "ballots", "valid_votes": "valid votes", "registered": "registered voters"}


@published
def vote(country: str | None = None, data: str | os.PathLike[str] | None = None, timezone: str | None = None) -> Figure:
    """
    Draw the shares of the count that had got furthest, or had when it was annulled, against the bar, if there is one.

    Parameters
    ----------
    country : str, optional
        Name or ISO code; default: that of the worked case, or the one of the events in `data`.
    data : path, optional
        Folder with the tables of your case, as `load_crisis` reads it; default: the bundled tables.
    timezone : str, optional
        Needed where the country has several zones.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no vote in the crisis, or no national count of it.
    """
    case = crisis_shown(country, data, timezone=timezone)
    if case.election.empty:
        raise ValueError(f"{case.folder}/elections.csv has no vote of {case.name} in the days of its events")
    annulled = case.events.loc[case.events["action"] == "annulment", "date"].min()
    standing = case.results
    if pd.notna(annulled):
        standing = standing[charts.wall(standing["reported_at"], case.timezone) < annulled + pd.Timedelta(days=1)]
    standing = standing.assign(contestant=standing["contestant"].map(_short))
    count = elections.latest_count(standing)
    if count.empty:
        raise ValueError(f"{case.folder}/results.csv has no national count of {case.election['election_id'].item()}")
    projected = _seats(standing)
    result = _shares(case, count)
    shares, counted = result.head(CONTESTANTS_SHOWN), _is_counted(case, count)
    with style.style():
        figure = style.blank(2.5 + 0.36 * max(len(shares), 6))
        bar = case.election["threshold_pct"].item()
        style.headline(
            figure,
            _finding(case, count, result),
            f"{_counted(case, count)}{_projected(projected, count, case)}{_annulled(annulled, projected)}",
            f"{case.credit(pd.concat([count, projected]), 'results', most=5)}\n{_rules(case)}{_left_out(result)}".rstrip(),
        )
        left = max(1.95, 0.3 + NAME_IN * shares.index.str.len().max())
        ax = style.axes(figure, left, 1.2, 9.55 - left, figure.get_figheight() - 2.85)
        colours = count.set_index("contestant")["alignment"].map(style.ALIGNMENT_COLOURS).to_dict()
        charts.draw_outcome(ax, shares, colours, None if pd.isna(bar) else bar, _notes(shares, projected, counted))
        ax.set_xlabel(f"Share of {_base(case, count)}, %")
        if pd.notna(bar):
            style.label(ax, bar + 0.2, -0.25, f"{bar:g}% bar", size=10)
            _bracket(ax, shares, bar, counted)
        stances = {name: kind for name, kind in STANCES.items() if (count["alignment"] == kind).any()}
        charts.draw_group_key(
            ax,
            {name: style.ALIGNMENT_COLOURS[kind] for name, kind in stances.items()},
            0.66,
            0.8 if len(shares) > 8 else 0.6,
        )
    return figure


def _short(name: str) -> str:
    """Cut a name that has no room beside its bar."""
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 2].rstrip()} …"


def _seats(standing: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the last count that came with seats."""
    seated = standing[standing["seats"].notna() & (standing["level"] == "national")]
    return seated[seated["stage"] == seated.sort_values("reported_at")["stage"].iloc[-1]] if len(seated) else seated


def _base_number(case: Crisis) -> float | None:
    """Voters that the bar is a share of: ballots, unless the law says otherwise; None if not known."""
    column = {"valid_votes": "valid_votes", "registered": "registered_voters"}
    number = case.election[column.get(str(case.election["threshold_base"].item()), "ballots_cast")].item()
    return None if pd.isna(number) else float(number)


def _is_counted(case: Crisis, count: pd.DataFrame) -> bool:
    """Tell whether shares can be computed from votes, and not only be taken as published."""
    total = _base_number(case)
    return bool(count["votes"].notna().all()) and total is not None and count["votes"].sum() <= total


def _base(case: Crisis, count: pd.DataFrame) -> str:
    if _is_counted(case, count):
        return BASES.get(str(case.election["threshold_base"].item()), "ballots")
    return BASES.get(str(count["share_base"].iloc[0]), "votes, base not stated")


def _shares(case: Crisis, count: pd.DataFrame) -> pd.DataFrame:
    """Compute shares from votes where all are stated, else take them as published, and hold them against the bar."""
    bar = case.election["threshold_pct"].item()
    threshold = 0 if pd.isna(bar) else bar
    if _is_counted(case, count):
        return elections.outcome(count, threshold, base=_base_number(case))
    published = count.assign(votes=count["vote_share_pct"])
    return elections.outcome(published, threshold, base=max(100.0, published["votes"].sum()))


def _finding(case: Crisis, count: pd.DataFrame, result: pd.DataFrame) -> str:
    """Say who cleared the bar and what share went to the others; without a bar, what the first two have."""
    contestants = result[~result["is_option"]]
    if pd.notna(case.election["threshold_pct"].item()):
        lost = contestants.loc[~contestants["passed"], "share_pct"].sum()
        return (
            f"{contestants['passed'].sum()} of {len(contestants)} parties cleared the national bar; "
            f"{lost:.0f}% of {_base(case, count)} went to the others"
        )
    said = [f"{share:.1f}% for {name}" for name, share in contestants["share_pct"].head(2).items()]
    both = ", ".join(said)
    return both if len(both) <= TITLE_LETTERS else textwrap.shorten(said[0], TITLE_LETTERS, placeholder=" ...")


def _left_out(result: pd.DataFrame) -> str:
    rest = len(result) - CONTESTANTS_SHOWN
    return f" Not drawn: {said_count(rest, 'smaller one')}." if rest > 0 else ""


def _counted(case: Crisis, count: pd.DataFrame) -> str:
    """Say which count it is, how far it had got and when it was published."""
    row = count.iloc[0]
    method = {"final": "final result", "announced": "count as announced"}.get(
        str(row["count_method"]), f"{row['count_method']} count"
    )
    of = "" if pd.isna(row["counted_pct"]) else f" of {row['counted_pct']:.0f}% of stations"
    clock = "" if row["reported_at_precision"] == "day" else f", {row['reported_at']:%H:%M}"
    return f"{case.name}: {method}{of}, {day(row['reported_at'])} {row['reported_at'].year}{clock}"


def _projected(projected: pd.DataFrame, count: pd.DataFrame, case: Crisis) -> str:
    """Say how many of the seats fell to parties close to the government."""
    status = case.election["status"].item()
    if projected.empty:
        return "." if pd.isna(status) or status == "annulled" else f"; the result is {status}."
    stance = count.set_index("contestant")["alignment"].reindex(projected["contestant"]).to_numpy()
    close, every = int(projected["seats"][stance == "pro_government"].sum()), case.election["seats_total"].item()
    of = int(projected["seats"].sum()) if pd.isna(every) else every
    whose = "given" if projected["seats_status"].iloc[0] == "allocated" else "projected from it"
    return f", and the seats {whose}: {close} of {of} for parties\nclose to the government."


def _annulled(annulled: pd.Timestamp, projected: pd.DataFrame) -> str:
    if pd.isna(annulled):
        return ""
    return f" The result was annulled on {day(annulled)}{' and nobody took a seat' if len(projected) else ''}."


def _rules(case: Crisis) -> str:
    """Say what the bar is a share of, and what rejected everybody."""
    bar, base = case.election["threshold_pct"].item(), case.election["threshold_base"].item()
    against = "'Against all' wins no seats." if (case.results["contestant"] == "Against all").any() else ""
    if pd.isna(bar):
        return ""
    whole = {"ballots": "all voters who took part", "valid_votes": "valid votes", "registered": "registered voters"}
    return f"The bar counts {bar:g}% of {whole.get(str(base), 'votes')}{ALSO.get(case.election['election_id'].item(), '')}. {against}".rstrip()


def _notes(shares: pd.DataFrame, projected: pd.DataFrame, counted: bool) -> dict[str, str]:
    """Write seats behind those who have some, and what the first below the bar lacked."""
    below = shares[~shares["passed"] & ~shares["is_option"]]
    notes = {str(name): f"{number} seats" for name, number in projected.set_index("contestant")["seats"].items()}
    return notes | {
        str(party): f"{int(row['short']):,} votes short" for party, row in below.head(1).iterrows() if counted
    }


def _bracket(ax: Axes, shares: pd.DataFrame, bar: float, counted: bool) -> None:
    """Join those below the bar and say what their votes were worth, if there is room."""
    below = shares[~shares["passed"] & ~shares["is_option"]]
    wasted, right = shares["wasted"].sum(), ax.get_xlim()[1]
    if len(below) < 2 or bar > right / 3:
        return
    rows = len(shares) - 1 - shares.index.get_indexer(below.index)
    said = f"{int(wasted):,} votes" if counted else f"{wasted:.1f}% of votes"
    text = f"{said}\nfor parties below the bar\ncounted for nothing"
    charts.draw_bracket(ax, 0.52 * right, rows.min(), rows.max(), text)
