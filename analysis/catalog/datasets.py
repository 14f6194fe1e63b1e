"""
Data sets on events, coups, leaders and regimes, by publisher's address; and the map of all entries.

Addresses are the publishers' own. None of these publishers states a SHA-256, and GDELT alone states MD5 sums: what a
hash cannot say beforehand is recorded at the first fetch (`entries.File`).
"""

from __future__ import annotations

from analysis.catalog.entries import NO_LICENCE, Dataset, File, Series
from analysis.catalog.stations import STATIONS

UCDP = "https://ucdp.uu.se/downloads"
CC_BY = "CC BY 4.0"
GDELT_TERMS = "unlimited use with citation of the GDELT Project and a link to https://www.gdeltproject.org/"
GDELT_REFERENCE = (
    "Leetaru, Kalev, and Philip A. Schrodt. 2013. GDELT: Global Data on Events, Location and Tone, 1979-2012. "
    "International Studies Association. https://www.gdeltproject.org/"
)
UCDP_PARTS = (
    (
        "ged",
        "events, georeferenced",
        "ged/ged{}-csv.zip",
        "Sundberg, Ralph, and Erik Melander. 2013. Introducing the UCDP Georeferenced Event Dataset. "
        "Journal of Peace Research 50(4): 523-532",
    ),
    (
        "prio",
        "armed conflicts by year (UCDP/PRIO)",
        "ucdpprio/ucdp-prio-acd-{}-csv.zip",
        "Gleditsch, Nils Petter, Peter Wallensteen, Mikael Eriksson, Margareta Sollenberg, and Håvard Strand. 2002. "
        "Armed Conflict 1946-2001: A New Dataset. Journal of Peace Research 39(5): 615-637",
    ),
    (
        "nonstate",
        "non-state conflicts by year",
        "nsos/ucdp-nonstate-{}-csv.zip",
        "Sundberg, Ralph, Kristine Eck, and Joakim Kreutz. 2012. Introducing the UCDP Non-State Conflict Dataset. "
        "Journal of Peace Research 49(2): 351-362",
    ),
    (
        "onesided",
        "one-sided violence by year",
        "nsos/ucdp-onesided-{}-csv.zip",
        "Eck, Kristine, and Lisa Hultman. 2007. One-Sided Violence Against Civilians in War. "
        "Journal of Peace Research 44(2): 233-246",
    ),
)
ABOUT_MB = {"ged/ged251-csv.zip": 29.3}


def _ucdp(part: str, title: str, path: str, reference: str, version: str) -> Dataset:
    """One table of one yearly release."""
    address = path.format(version.replace(".", ""))
    return Dataset(
        name=f"ucdp_{part}_{version.replace('.', '_')}",
        title=f"UCDP {version}: {title}",
        files=(File(address.rpartition("/")[2], f"{UCDP}/{address}", about_mb=ABOUT_MB.get(address)),),
        licence=CC_BY,
        reference=f"{reference}; and the yearly article that {UCDP}/ names for version {version}.",
    )


EVENTS = (
    *(_ucdp(*part, version) for version in ("26.1", "25.1") for part in UCDP_PARTS),
    _ucdp(*UCDP_PARTS[0], "24.1"),
    Dataset(
        name="ucdp_candidate",
        title="UCDP candidate events: monthly and quarterly releases, not yet final, one file per release",
        files=(),
        licence=CC_BY,
        reference=(
            "Hegre, Håvard, Mihai Croicu, Kristine Eck, and Stina Högbladh. 2020. Introducing the UCDP Candidate "
            "Events Dataset. Research & Politics 7(3)."
        ),
        series=Series(
            r"GEDEvent_v\d\d_(0_\d{1,2}|\d\d_\d\d_\d\d)\.csv", "GEDEvent_v26_0_8.csv", f"{UCDP}/candidateged/"
        ),
    ),
    Dataset(
        name="gdelt1",
        title="GDELT 1.0 events: a file per year to 2005, per month to March 2013, then per day",
        files=(),
        licence=GDELT_TERMS,
        reference=GDELT_REFERENCE,
        series=Series(
            r"\d{4}\.zip|\d{6}\.zip|\d{8}\.export\.CSV\.zip",
            "20201005.export.CSV.zip",
            "http://data.gdeltproject.org/events/",
            "http://data.gdeltproject.org/events/md5sums",
        ),
    ),
    Dataset(
        name="gdelt2",
        title="GDELT 2.0 events: a file per 15 minutes, since February 2015",
        files=(),
        licence=GDELT_TERMS,
        reference=GDELT_REFERENCE,
        series=Series(
            r"\d{14}\.export\.CSV\.zip",
            "20201005120000.export.CSV.zip",
            "http://data.gdeltproject.org/gdeltv2/",
            "http://data.gdeltproject.org/gdeltv2/masterfilelist.txt",
        ),
    ),
    Dataset(
        name="mass_mobilization",
        title="Mass Mobilization: protests and how the state answered, 162 countries, 1990 to March 2020",
        files=(
            File("mmALL_073120_csv.tab", "https://dataverse.harvard.edu/api/access/datafile/4291456", about_mb=15.6),
        ),
        licence="CC0 1.0",
        reference=(
            "Clark, David, and Patrick Regan. 2016. Mass Mobilization Protest Data. Harvard Dataverse, V5. "
            "https://doi.org/10.7910/DVN/HTTWYL"
        ),
    ),
    Dataset(
        name="acled",
        title="ACLED events, by its API: `catalog.acled`, or `unrest fetch acled`",
        files=(),
        licence="ACLED's end user licence agreement; not to be passed on",
        reference=(
            "Raleigh, Clionadh, Andrew Linke, Håvard Hegre, and Joakim Karlsen. 2010. Introducing ACLED: An Armed "
            "Conflict Location and Event Dataset. Journal of Peace Research 47(5): 651-660. https://acleddata.com/"
        ),
        ask=(
            "make an account at https://acleddata.com/, set ACLED_USERNAME and ACLED_PASSWORD, and use catalog.acled "
            "or `unrest fetch acled`"
        ),
    ),
    Dataset(
        name="ucdp",
        title="UCDP tables of any version, by its API: `catalog.ucdp`, or `unrest fetch ucdp`",
        files=(),
        licence=CC_BY,
        reference=f"{UCDP_PARTS[0][3]}; and the yearly article that {UCDP}/ names for the version.",
        ask=(
            "ask for a token at https://ucdp.uu.se/apidocs/, set UCDP_TOKEN, and use catalog.ucdp or "
            "`unrest fetch ucdp`; the releases are open files: ucdp_ged_26_1 and others"
        ),
    ),
    Dataset(
        name="gtd",
        title="Global Terrorism Database, 1970 to 2020",
        files=(),
        licence="GTD's end user licence agreement: not for commercial use, not to be passed on",
        reference=(
            "START (National Consortium for the Study of Terrorism and Responses to Terrorism). 2022. Global Terrorism "
            "Database 1970-2020 [data file]. University of Maryland. https://www.start.umd.edu/gtd"
        ),
        ask="fill in the form at https://www.start.umd.edu/gtd/",
    ),
)
COUNTRIES = (
    Dataset(
        name="powell_thyne",
        title="Coup attempts since 1950 (Powell and Thyne)",
        files=(
            File(
                "powell_thyne_coups_final.txt",
                "http://www.uky.edu/~clthyn2/coup_data/powell_thyne_coups_final.txt",
            ),
        ),
        licence=NO_LICENCE,
        reference=(
            "Powell, Jonathan M., and Clayton L. Thyne. 2011. Global instances of coups from 1950 to 2010: A new "
            "dataset. Journal of Peace Research 48(2): 249-259."
        ),
    ),
    Dataset(
        name="reign",
        title="REIGN: leaders, elections and irregular governance by month, 1950 to August 2021 (its last edition)",
        files=(
            File(
                "REIGN_2021_8.csv",
                "https://raw.githubusercontent.com/OEFDataScience/REIGN.github.io/gh-pages/data_sets/REIGN_2021_8.csv",
                about_mb=34,
            ),
        ),
        licence=NO_LICENCE,
        reference=(
            "Bell, Curtis. 2016. The Rulers, Elections, and Irregular Governance Dataset (REIGN). Broomfield: OEF "
            "Research. https://oefdatascience.github.io/REIGN.github.io/"
        ),
    ),
    Dataset(
        name="archigos",
        title="Archigos 4.1: leaders, 1875 to 2015",
        files=(
            File(
                "Archigos_4.1_stata14.dta",
                "https://www.rochester.edu/college/faculty/hgoemans/Archigos_4.1_stata14.dta",
            ),
        ),
        licence=NO_LICENCE,
        reference=(
            "Goemans, Henk E., Kristian Skrede Gleditsch, and Giacomo Chiozza. 2009. Introducing Archigos: A Dataset "
            "of Political Leaders. Journal of Peace Research 46(2): 269-283."
        ),
    ),
    Dataset(
        name="polity5",
        title="Polity5: regimes by country and year, 1800 to 2018",
        files=(File("p5v2018.xls", "https://www.systemicpeace.org/inscr/p5v2018.xls"),),
        licence="the Center for Systemic Peace's; see https://www.systemicpeace.org/inscrdata.html",
        reference=(
            "Marshall, Monty G., and Ted Robert Gurr. 2020. Polity5: Political Regime Characteristics and Transitions, "
            "1800-2018. Center for Systemic Peace."
        ),
    ),
    Dataset(
        name="parlgov",
        title="ParlGov, development version: elections, cabinets and parties of 37 democracies",
        files=tuple(
            File(f"view_{table}.csv", f"https://www.parlgov.org/data/parlgov-development_csv-utf-8/view_{table}.csv")
            for table in ("election", "cabinet", "party")
        ),
        licence="see https://www.parlgov.org/",
        reference=(
            "Döring, Holger, and Philip Manow. Parliaments and governments database (ParlGov): Information on parties, "
            "elections and cabinets in modern democracies. Development version. https://www.parlgov.org/"
        ),
    ),
    Dataset(
        name="vdem",
        title="V-Dem: measures of democracy by country and year, since 1789",
        files=(),
        licence="CC BY-SA 4.0",
        reference=(
            "Coppedge, Michael, et al. V-Dem [Country-Year/Country-Date] Dataset. Varieties of Democracy (V-Dem) "
            "Project. https://www.v-dem.net/; cite the version and its DOI"
        ),
        ask="sign in at https://www.v-dem.net/data/the-v-dem-dataset/",
    ),
    Dataset(
        name="nelda",
        title="NELDA: national elections and how they were held, 1945 to 2020",
        files=(),
        licence=NO_LICENCE,
        reference=(
            "Hyde, Susan D., and Nikolay Marinov. 2012. Which Elections Can Be Lost? Political Analysis 20(2): 191-210."
        ),
        ask="take it from its publisher's page, https://nelda.co/",
    ),
)
DATASETS = {dataset.name: dataset for dataset in (*STATIONS, *EVENTS, *COUNTRIES)}
