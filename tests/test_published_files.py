"""Every file of other publishers beside the project: read with no option but its path, or refused with the reason."""

import csv
import functools
import pathlib
import warnings

import pandas as pd
import pytest

from analysis import DataError, check, event_panel
from analysis.checking import Check

pytestmark = pytest.mark.xdist_group("published files")  # each is read once

STATIONS = ("bolivia", "bulgaria", "israel", "kyrgyz2020_kloop", "mexico", "russia_", "uganda")  # load_precincts
OTHER = ("kyrgyz_geometry", "world_geometry", "mse", "pointprocess", "powerlaw")  # maps, lists of victims, test series
READ = {
    "acled_acledR/acled_old_deletion_dummy.rda": ("events", "acled", 9_000),
    "acled_acledR/acled_old_dummy.rda": ("events", "acled", 326),
    "acled_api_json/acled_sample.json": ("events", "acled", 10),
    "crowd_counting/ccc-phase3-public.csv": ("events", "crowd_counting", 4_492),
    "democracyData/polity5.rda": ("country_years", "polity", 17_574),
    "gdelt/sparkgdelt_events.csv": ("events", "gdelt", 100),
    "gdelt/sparkgdelt_events1.csv": ("events", "gdelt", 100),
    "icews/events.2018.sample.tab": ("events", "icews", 3_705),
    "parlgov/view_election.csv": ("results", "parlgov", 8_673),
    "peacesciencer/archigos.rda": ("leaders", "archigos", 3_409),
    "powell_thyne_coups/input_ptcoups.csv": ("events", "powell_thyne", 488),
    "reign/electionlist_3_21.csv": ("elections", "reign_elections", 4_351),
    "reign/leaderlist_3_21.csv": ("leaders", "reign_leaders", 2_524),
    "ucdp_acd/ucdp-nonstate-211.csv": ("conflicts", "ucdp_nonstate", 1_356),
    "ucdp_acd/ucdp-prio-acd-201.csv": ("conflicts", "ucdp_conflicts", 2_448),
    "ucdp_acd/ucdp-prio-acd-211.csv": ("conflicts", "ucdp_conflicts", 2_506),
    "ucdp_ged_ukraine_hdx/conflict_data_ukr_first1200.csv": ("events", "ucdp_ged", 1_200),
}
REFUSED = {
    "democracyData/REIGN.rda": "regimes of REIGN are not read",
    "gdelt/GDELT_2.0_Events_Column_Labels_Header_Row_Sep2016.csv": "a list of column names",
    "gdelt/gdeltpyr_events1.csv": "a list of column names",
    "gdelt/gdeltpyr_events2.csv": "a list of column names",
    "gdelt/sparkgdelt_mentions.csv": "a file of GDELT mentions",
    "gtd_summaries/incidents.byCountryYr.csv": "sums by year or country made from GTD",
    "gtd_summaries/nkill.byCountryYr.csv": "sums by year or country made from GTD",
    "gtd_summaries/terrorism.csv": "sums by year or country made from GTD",
    "massmob_derived/main_data.csv": "sums of Mass Mobilization by country and year",
    "navco13_csra/datex.rda": "made from NAVCO 1.3, not events",
    "navco13_csra/revolutions.rda": "made from NAVCO 1.3, not events",
    "peacesciencer/ucdp_acd.rda": "have no row of their own",
    "pitf_csp/PITF_Adverse_Regime_Change_2014.xls": "old Excel files",
    "pitf_csp/elc2014.xls": "old Excel files",
    "reign/regime_list.csv": "regimes of REIGN are not read",
}
STREAMED = [name for name, (table, _, _) in READ.items() if table == "events"]


@functools.cache
def whole(path: pathlib.Path) -> Check:
    return check(path, None)


@pytest.mark.parametrize("name", READ)
def test_supported_file_loads_by_its_path_alone_and_every_row_is_accounted_for(shared: pathlib.Path, name: str) -> None:
    table, publisher, rows = READ[name]
    found = whole(shared / "data" / name)
    assert (found.table, found.formats, found.rows_read) == (table, (publisher,), rows)
    assert len(found.good) == rows
    assert len(found.set_aside) == 0


def test_every_other_file_is_refused_with_a_reason(shared: pathlib.Path) -> None:
    with (shared / "data" / "PROVENANCE.csv").open(encoding="utf-8", newline="") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    for name in names:
        if name.startswith(STATIONS + OTHER) or name in READ:
            continue
        with pytest.raises(DataError) as error:
            check(shared / "data" / name, None)
        assert REFUSED.get(name, "no known format; the header begins") in str(error.value), name


@pytest.mark.parametrize("name", STREAMED)
def test_streamed_panel_is_that_of_the_loaded_rows(shared: pathlib.Path, name: str) -> None:
    path = shared / "data" / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # coverage is not stated
        streamed, loaded = (
            event_panel(events, by=("country", "event_type"), freq="M") for events in (path, whole(path).good)
        )
    pd.testing.assert_frame_equal(streamed, loaded)
    assert streamed["events"].sum() == READ[name][2]
