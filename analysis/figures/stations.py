"""Figures of polling stations: the fingerprint, digits, round percentages, two counts, Form 2, and how tests err."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis import charts, elections, forensics
from analysis.charts import style
from analysis.citing import credit
from analysis.figures.case import ELECTION, PARTY_COLOURS, listed
from analysis.figures.made import published
from analysis.forensics.result import POWER_RUNS, RUNS, STATIONS, WOLF_PCT, WOLF_REAL_PCT
from analysis.tables import load_elections, load_table

STRONGHOLD_PCT, HIGH_TURNOUT_PCT = 80, 74  # share and turnout from which `fingerprint` counts stations
PEAKS_IN = "RUS-2018-03-18-PRES"
NAMED_PEAKS = (70, 85, 95)
DIGITS_OF, PARTIES_SHOWN = 4, 8
FOUND_PCT = 50  # a manipulation counts as found if a test flags it in this share of elections
ELECTION_NAMES = {
    "RUS-2018-03-18-PRES": "Russia 2018",
    "RUS-2012-03-04-PRES": "Russia 2012",
    "RUS-2011-12-04-PARL": "Russia 2011",
    "UGA-2011-02-18-PRES": "Uganda 2011",
    "BOL-2019-10-20-PRES": "Bolivia 2019",
    "KGZ-2020-10-04-PARL": "Kyrgyzstan 2020",
    "BGR-2021-11-14-PARL": "Bulgaria Nov 2021",
    "ISR-2021-03-23-PARL": "Israel Mar 2021",
    "ISR-2019-04-09-PARL": "Israel Apr 2019",
}
TEST_NAMES = {
    "last_digit": "Last digit",
    "zero_five": "Last digit 0 or 5",
    "last_two_digits": "Last two digits",
    "second_digit": "Second digit (Benford)",
    "integer_peaks": "Round percentages",
    "turnout_share": "Turnout and share",
    "anomalous_votes": "Anomalous votes (Shpilkin)",
    "klimek": "Stuffing model (Klimek)",
    "resampled_kernel": "Resampled kernel (Rozenas)",
}
RATE_NAMES = {
    "clean_pct": "alike",
    "realistic_pct": "realistic",
    "real_pct": "real\ncounts",
    "stuffing_pct": "ballots\nstuffed",
    "moving_pct": "votes\nmoved",
    "rounding_pct": "figures\nrounded",
    "busing_pct": "voters\nbused",
    "klimek_pct": "Klimek's\nprocess",
}
BUNDLED_SUMS = "Drawn from bundled sums, without the station file."
SPREAD = forensics.Heterogeneity(  # as much spread as the stations of 4 October 2020 show
    sd_turnout=0.25, sd_regional_turnout=0.15, sd_share=0.75, sd_regional_share=0.5, correlation=0.05, special=0.005
)


@published
def fingerprint() -> Figure:
    """Turnout against the share of the leading party: as counted, simulated clean, simulated with stuffing."""
    grid = load_table("station_grid")
    leader = grid["contestant"].iloc[0]
    rules = load_elections(election=ELECTION).iloc[0]
    strong = grid[grid["share_pct_low"] >= STRONGHOLD_PCT]
    high, strong_and_high = (
        frame.loc[frame["turnout_pct_low"] >= HIGH_TURNOUT_PCT, "stations"].sum() for frame in (grid, strong)
    )
    total, strongholds = int(grid["stations"].sum()), strong["stations"].sum()
    votes = load_table("station_bands").groupby("contestant")["votes_hand"].sum()
    like_it = {"turnout": rules["turnout_pct"] / 100, "share": float(votes[leader] / votes.sum())}
    panels = {
        "As counted": grid,
        "Simulated, clean": _simulated_grid(total, **like_it),
        "Simulated, a fifth stuffed": _simulated_grid(total, manipulation="stuffing", **like_it),
    }
    most = int(max(panel["stations"].max() for panel in panels.values()))
    with style.style():
        figure = style.blank(6.4)
        style.headline(
            figure,
            f"{strongholds} of {total:,} stations gave {leader} {STRONGHOLD_PCT}% or more of the vote",
            f"Stations by turnout and by share of the leading party. Turnout was {HIGH_TURNOUT_PCT}% or more in {strong_and_high} of the {strongholds} ({strong_and_high / strongholds:.0%}) and in {high}\n"
            f"of all {total:,} ({high / total:.0%}). Beside it, a simulated clean election with as much spread, and one with stuffed ballots.",
            f"{credit(grid, 'station_grid')}; simulations: analysis.forensics.simulate. {BUNDLED_SUMS}\nTurnout is reconstructed from published ratios; {rules['precincts'] - total:,} of {rules['precincts']:,} stations are missing. "
            "A picture, not a test: strongholds and\nstuffed boxes can look alike.",
        )
        drawn = []
        for place, (name, panel) in enumerate(panels.items()):
            ax = style.axes(figure, 0.85 + 3.07 * place, 1.85, 2.8, 2.8)
            drawn.append(charts.draw_station_grid(ax, panel, most))
            ax.set_title(name, size=11)
            ax.tick_params(labelleft=place == 0)
            ax.set_xlabel("Turnout, %")
        drawn[0].set_ylabel(f"Share of {leader}, % of valid votes")
        charts.draw_station_key(style.axes(figure, 7.6, 1.24, 2.05, 0.1), drawn[0])
    return figure


def _simulated_grid(
    n: int, turnout: float, share: float, manipulation: forensics.Manipulation = "none"
) -> pd.DataFrame:
    stations = forensics.simulate(
        n, turnout=turnout, share=share, heterogeneity=SPREAD, manipulation=manipulation, fraction=0.2, strength=1.0
    )
    return elections.station_grid(stations.rename(columns={"cast": "ballots"}))


@published
def digits() -> Figure:
    """Last digits of the leading parties' counts by station, against an even spread."""
    cells = load_table("station_cells").query("election == @ELECTION and counted == 'last_digit'")
    tests = load_table("station_tests").query("election == @ELECTION and test == 'last_digit'")
    tests = tests.sort_values("rank").set_index("contestant").head(DIGITS_OF)
    odd = list(tests.index[tests["flagged"]])
    rates = forensics.error_rates().loc["last_digit"]
    found = f"{listed(odd)} among {len(tests)}" if odd else f"None of the {len(tests)}"
    with style.style():
        figure = style.blank(5.6)
        style.headline(
            figure,
            f"{found} leading parties show{'s' if len(odd) < 2 else ''} last digits that chance would not give",
            "Stations by the last digit of the party's votes, where it had 100 or more. Numbers made up by people avoid some digits;\n"
            "counted ones spread evenly. Grey: 95% of the values that chance gives to one digit.",
            f"{credit(cells, 'station_cells')}. {BUNDLED_SUMS}\nThe test flags {rates['clean_pct']:.0f}% of simulated clean elections, but only "
            f"{rates['stuffing_pct']:.0f}% of those with stuffed ballots:\nwho stuffs boxes makes up no digits. Not finding is not clearing.",
        )
        for place, (party, test) in enumerate(tests.iterrows()):
            own = cells[cells["contestant"] == party]
            sd = np.sqrt(own["expected"] * (1 - own["expected"] / own["observed"].sum()))
            ax = style.axes(figure, 0.75 + 2.35 * place, 1.5, 1.85, 2.25)
            said = f"p = {test['p_value']:.2f}, {test['n']:,} stations"
            charts.draw_digits(ax, own.assign(sd=sd), said, PARTY_COLOURS.get(str(party), style.SOFT))
            style.label(ax, -0.5, 1.17, str(party), transform=ax.get_xaxis_transform(), weight="bold", size=12)
            ax.set_xlabel("Last digit")
        figure.axes[0].set_ylabel("Stations")
    return figure


@published
def integer_peaks() -> Figure:
    """Stations with a round percentage of turnout or share beyond chance, by election."""
    tests = load_table("station_tests").query("test == 'integer_peaks' and rank == 1").set_index("election")
    tests = tests.loc[[election for election in ELECTION_NAMES if election in tests.index]]
    rows = pd.DataFrame({"z": tests["statistic"], "said": tests["statistic"] * tests["sd"]})
    rows = rows.assign(said=[f"{excess:+,.0f} stations".replace("-", "\N{MINUS SIGN}") for excess in rows["said"]])
    cells = load_table("station_cells").query("election == @PEAKS_IN and counted == 'turnout_percent'")
    cells = cells.assign(excess=cells["observed"] - cells["expected"])
    many = round(rows["z"][PEAKS_IN] * tests["sd"][PEAKS_IN])
    here = tests.loc[ELECTION]
    with style.style():
        figure = style.blank(5.9)
        style.headline(
            figure,
            f"{many:,} round percentages too many in Russia 2018, none in Kyrgyzstan",
            "Left: stations where turnout or the leader's share is within 0.05 points of a whole percent, beyond what chance gives, in\n"
            "standard deviations of chance (grey: 95% of clean counts). Right: Russia 2018, stations near each whole percent of turnout.",
            f"{credit(tests.reset_index(), 'station_tests', most=3)}. {BUNDLED_SUMS}\nChance is exact: binomial sums over stations (after Kobak, Shpilkin and Pshenichnikov 2016); where shares are small it expects too "
            f"many,\nhence values below 0. Kyrgyzstan's {here['n']:,} stations are few: only an excess of {1.645 * here['sd']:.0f} or more would show.",
        )
        ax = style.axes(figure, 1.75, 1.55, 3.3, 3.0)
        disputed = tests["disputed"].astype(bool)
        charts.draw_excess(
            ax, rows.rename(index=ELECTION_NAMES), [style.VERMILION if d else style.BLUE for d in disputed]
        )
        ax.set_xlim(-4, rows["z"].max() * 1.55)
        ax.set_xlabel("Standard deviations from chance")
        charts.draw_group_key(ax, {"count disputed": style.VERMILION, "not disputed": style.BLUE}, 0.62, 0.55)
        right = style.axes(figure, 6.0, 1.55, 3.6, 3.0)
        charts.draw_percent_excess(right, cells, NAMED_PEAKS)
        right.set_ylabel("Stations beyond chance")
        right.set_xlabel("Turnout, %")
    return figure


@published
def hand_and_machine() -> Figure:
    """Votes that the hand count found beyond the machines', by party and by region."""
    tests = load_table("station_tests").query("test == 'count_gap'").set_index("contestant")
    bands = load_table("station_bands")
    bands = bands.assign(gap=bands["votes_hand_matched"] - bands["votes_machine"])
    gaps = bands.groupby("contestant")["gap"].sum().sort_values(ascending=False)
    odd = list(tests.index[tests["flagged"]])
    largest = gaps.drop("Against all").index[:PARTIES_SHOWN]
    shown = [*largest, *(party for party in odd if party not in largest)]
    rows = tests.loc[shown].rename(columns={"statistic": "best", "statistic_low": "low", "statistic_high": "high"})
    regions = bands.groupby("region")[["gap", "votes_machine"]].sum()
    regions = regions[regions["votes_machine"] > 0]
    per_thousand = (1000 * regions["gap"] / regions["votes_machine"]).sort_values(ascending=False)
    stations = bands.drop_duplicates(["region", "form2_band"])["stations_machine"].sum()
    with style.style():
        figure = style.blank(6.1)
        style.headline(
            figure,
            f"The hand count found {gaps.sum():,} votes more, {gaps.iloc[0]:,} of them for {gaps.index[0]}",
            f"Left: votes of a party beyond its even share of what the hand count added or dropped at each station, with 95% interval;\n"
            f"beside it, all it gained. Right: the whole difference per 1,000 votes, by region. {stations:,} stations with both counts.",
            f"{credit(bands, 'station_bands')}, data/station_tests.csv. {BUNDLED_SUMS}\nWhich file is the machines' count is inferred. Stations without a machine row, or with totals more than 10% apart, are left out.\nOf "
            f"{len(tests)} contestants {len(odd) or 'none'} changed beyond chance at 5% after correction{': ' + listed(odd) if odd else ''}.",
        )
        left = style.axes(figure, 2.0, 1.6, 3.2, 3.2)
        said = [f"{gaps[party]:+,}".replace("-", "\N{MINUS SIGN}") for party in shown]
        charts.draw_estimates(left, rows[["low", "best", "high"]], PARTY_COLOURS, said)
        left.set_xlabel("Votes beyond an even share")
        right = style.axes(figure, 7.3, 1.6, 2.2, 3.2)
        names = (
            load_table("turnout")
            .dropna(subset="region_name")
            .drop_duplicates("region")
            .set_index("region")["region_name"]
        )
        charts.draw_bars(right, per_thousand.rename(index=names.to_dict() | {"ABROAD": "Abroad"}), "{:+.1f}")
        right.set_xlabel("Votes per 1,000")
    return figure


@published
def form2_dose() -> Figure:
    """How much higher each party's share is where more voters had moved in, within regions."""
    tests = load_table("station_tests").query("test == 'dose_response'").set_index("contestant")
    votes = load_table("station_bands").groupby("contestant")["votes_hand"].sum().nlargest(PARTIES_SHOWN).index
    rows = tests.loc[sorted({*votes, "Against all"}, key=lambda name: -tests["statistic"][name])]
    rows = rows.rename(columns={"statistic": "best", "statistic_low": "low", "statistic_high": "high"})
    steepest, many = rows.iloc[0], int(tests["n"].iloc[0])
    odd = list(tests.index[tests["flagged"]])
    verdict = f"only {listed(odd)} beyond chance" if odd else "no slope is beyond chance"
    with style.style():
        figure = style.blank(5.9)
        style.headline(
            figure,
            f"{rows.index[0]}: {steepest['best']:+.1f} points per 10 moved in; {verdict}",
            f"Change of the share of valid votes per 10 percentage points of Form 2 voters on the list, within regions, {many:,} stations.\n"
            "Thick: 95% interval (wild cluster bootstrap over 10 regions). Thin: range of the estimate with one region left out.",
            f"{credit(tests, 'station_tests')}. {BUNDLED_SUMS}\nMovers did not choose stations at random: a slope is no effect of their votes. p-values are corrected for all "
            f"{len(tests)} contestants (Holm).\nForm 2 shares as published; intervals from ten regions are rough.",
        )
        ax = style.axes(figure, 2.05, 1.6, 6.2, 3.0)
        said = [
            f"{row['best']:+.2f}   p = {row['p_value']:.2f}".replace("-", "\N{MINUS SIGN}")
            for _, row in rows.iterrows()
        ]
        charts.draw_estimates(ax, rows[["low", "best", "high", "range_low", "range_high"]], PARTY_COLOURS, said)
        ax.set_xlabel("Percentage points of share per 10 points moved in")
    return figure


@published
def calibration() -> Figure:
    """How often each forensic test flags clean elections, and finds manipulated ones."""
    rates = forensics.error_rates()
    ways = [name for name in RATE_NAMES if name not in ("clean_pct", "realistic_pct", "real_pct")]
    found = int((rates.loc[~rates["wolf"], ways].max() >= FOUND_PCT).sum())
    tests = load_table("station_tests").query("~disputed")
    with style.style():
        figure = style.blank(7.5)
        style.headline(
            figure,
            f"{rates['wolf'].sum()} of {len(rates)} tests cry wolf; the others find {found} of {len(ways)} ways to cheat",
            f"Percent of elections flagged at the 5% level. Left: clean, where every flag is a false alarm; {RUNS:,} simulated ones of {STATIONS:,}\n"
            f"stations, and real ones whose count nobody disputed. Right: {POWER_RUNS} simulated, a tenth of stations manipulated, flags wanted.",
            f"{credit(tests, 'station_tests')}; simulations by analysis.forensics.calibrate.\nReal: {rates['real_counts'].max():.0f} counts (Israel 2019 and 2021, Bulgaria 2021; three parties each). Red: "
            f"more than {WOLF_PCT:.0f}% of\nsimulated or {WOLF_REAL_PCT:.0f}% of real counts flagged. Klimek's process stuffs a third of the stations. Found: in half of\nthe elections or more, by a test that does not cry wolf. No correction for the number of tests.",
        )
        ax = style.axes(figure, 2.55, 1.25, 7.1, 4.3)
        shown = rates[list(RATE_NAMES)].rename(index=TEST_NAMES)
        charts.draw_rates(ax, shown, RATE_NAMES, [WOLF_PCT, WOLF_PCT, WOLF_REAL_PCT])
        style.label(ax, 1.0, len(rates) + 0.78, "False alarms", ha="center", weight="bold", size=12)
        style.label(ax, 5.25, len(rates) + 0.78, "Found", ha="center", weight="bold", size=12)
    return figure
