"""
Speed and memory of `event_panel` on files that outgrow memory.

Invented files in the shape of ACLED's export (2 million rows with long notes) and of GDELT's dumps (10 million rows)
are written into a temporary folder. Each way to the same monthly counts runs in fresh processes, in turns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from .measuring import LINEAR, Row, Spent, fresh, grown

TYPES = (
    "['Battles','Protests','Riots','Explosions/Remote violence','Violence against civilians','Strategic developments']"
)
COUNTRIES = "['Kyrgyzstan','Belarus','Armenia','Chile','Kenya','India','France','Sudan','Peru','Iraq']"
CODES = "['417','112','51','152','404','356','250','729','604','368']"
DAY = "date '2010-01-01' + cast(hash(i) % 5478 as int)"
ACLED = f"""
    'ABC' || i as event_id_cnty, strftime({DAY}, '%Y-%m-%d') as event_date, year({DAY}) as year, 1 as time_precision,
    'Demonstrations' as disorder_type, {TYPES}[cast(1 + hash(i + 2) % 6 as int)] as event_type,
    'Peaceful protest' as sub_event_type, 'Protesters (Place ' || hash(i + 3) % 200 || ')' as actor1,
    '' as assoc_actor_1, 'Protesters' as inter1, 'Police Forces (2019-)' as actor2,
    '' as assoc_actor_2, 'State forces' as inter2, 'State forces-Protesters' as interaction, '' as civilian_targeting,
    {CODES}[cast(1 + hash(i + 4) % 10 as int)] as iso, 'Some Region' as region,
    {COUNTRIES}[cast(1 + hash(i + 4) % 10 as int)] as country,
    'Admin ' || hash(i + 5) % 300 as admin1, '' as admin2, '' as admin3,
    'Town ' || hash(i + 6) % 20000 as location, 42.8746 as latitude, 74.5698 as longitude, 1 as geo_precision,
    'Some Newspaper' as source, 'National' as source_scale,
    'A group said "we stay", and marched to the main square.' as notes,
    if(hash(i + 10) % 5 = 0, cast(hash(i + 10) % 4 as int), 0) as fatalities,
    if(hash(i + 11) % 3 = 0, 'crowd size=about ' || hash(i + 9) % 500, 'crowd size=no report') as tags,
    1700000000 + i as timestamp
"""
GDELT_COLUMNS = """
    GLOBALEVENTID SQLDATE MonthYear Year FractionDate Actor1Code Actor1Name Actor1CountryCode Actor1KnownGroupCode
    Actor1EthnicCode Actor1Religion1Code Actor1Religion2Code Actor1Type1Code Actor1Type2Code Actor1Type3Code Actor2Code
    Actor2Name Actor2CountryCode Actor2KnownGroupCode Actor2EthnicCode Actor2Religion1Code Actor2Religion2Code
    Actor2Type1Code Actor2Type2Code Actor2Type3Code IsRootEvent EventCode EventBaseCode EventRootCode QuadClass
    GoldsteinScale NumMentions NumSources NumArticles AvgTone Actor1Geo_Type Actor1Geo_FullName Actor1Geo_CountryCode
    Actor1Geo_ADM1Code Actor1Geo_ADM2Code Actor1Geo_Lat Actor1Geo_Long Actor1Geo_FeatureID Actor2Geo_Type
    Actor2Geo_FullName Actor2Geo_CountryCode Actor2Geo_ADM1Code Actor2Geo_ADM2Code Actor2Geo_Lat Actor2Geo_Long
    Actor2Geo_FeatureID ActionGeo_Type ActionGeo_FullName ActionGeo_CountryCode ActionGeo_ADM1Code ActionGeo_ADM2Code
    ActionGeo_Lat ActionGeo_Long ActionGeo_FeatureID DATEADDED SOURCEURL
""".split()  # noqa: SIM905
GDELT_CELLS = {
    "GLOBALEVENTID": "400000000 + i",
    "SQLDATE": f"strftime({DAY}, '%Y%m%d')",
    "IsRootEvent": "1",
    "EventCode": "['141','145','190','010'][cast(1 + hash(i + 2) % 4 as int)]",
    "EventBaseCode": "['141','145','190','010'][cast(1 + hash(i + 2) % 4 as int)]",
    "EventRootCode": "['14','14','19','01'][cast(1 + hash(i + 2) % 4 as int)]",
    "QuadClass": "3",
    "GoldsteinScale": "-6.5",
    "NumMentions": "10",
    "AvgTone": "-2.5",
    "ActionGeo_Type": "4",
    "ActionGeo_FullName": "'Some Town, Some Region'",
    "ActionGeo_CountryCode": "['KG','BO','AM','CI','KE','IN','FR','SU','PE','IZ'][cast(1 + hash(i + 4) % 10 as int)]",
    "ActionGeo_ADM1Code": "'KG01'",
    "ActionGeo_Lat": "42.8746",
    "ActionGeo_Long": "74.5698",
    "DATEADDED": "20201005120000",
    "SOURCEURL": "'https://example.org/news/' || i",
}
PANEL = """
import analysis.formats.scanning
from analysis.panel import event_panel
imported()
answer = event_panel(path, by=('country', 'event_type'), freq='M')['events'].sum()
"""
DUCKDB_SOURCE = """
import duckdb, pandas
imported()
con = duckdb.connect()
con.execute('set preserve_insertion_order = false; set enable_progress_bar = false')
names = open(path).readline().strip().replace('"', '').split(',')
columns = {name: 'VARCHAR' for name in names}
src = f"read_csv('{path}', columns={columns}, auto_detect=false, header=true, quote='\\"', escape='\\"')"
"""
DUCKDB = f"""
{DUCKDB_SOURCE}
answer = con.execute(f'''select country, event_type, date_trunc('month', cast(event_date as date)), count(*) as n,
    sum(cast(fatalities as bigint)) from {{src}} group by all''').df()['n'].sum()
"""
DUCKDB_CHECKED = f"""
{DUCKDB_SOURCE}
types = {TYPES}
con.execute("create table countries as select unnest({CODES}) as code, unnest({COUNTRIES}) as name")
def whole(cell):
    return f"case when try_cast({{cell}} as bigint)::text = {{cell}} then try_cast({{cell}} as bigint) end"
cells = f'''select event_id_cnty as id, event_type, lpad(iso, 3, '0') as code, {{whole('fatalities')}} as deaths,
    {{whole('time_precision')}} as precision, case when try_cast(event_date as date)::text = event_date
    then try_cast(event_date as date) end as day, regexp_extract(tags, 'crowd size=([^;]*)', 1) as said from {{src}}'''
read = f'''select *, try_cast(regexp_extract(said, '[0-9]+') as bigint) as size,
    (deaths >= 0 and precision between 1 and 3 and day is not null and list_contains({{types}}, event_type)) is not true
    as bad from ({{cells}})'''
answer = con.execute(f'''select name, event_type, year(day) * 12 + month(day), count(*) as n, sum(deaths), sum(size),
    count(*) filter (bad), count(*) filter (precision >= 4), count(deaths), count(size),
    count(distinct hash(id)) filter (hash(id) % 16 = 0), count(*) filter (hash(id) % 16 = 0)
    from ({{read}}) left join countries using (code) group by all''').df()['n'].sum()
"""
DUCKDB_GDELT = f"""
import duckdb, pandas
imported()
con = duckdb.connect()
con.execute('set preserve_insertion_order = false; set enable_progress_bar = false')
columns = {{name: 'VARCHAR' for name in {GDELT_COLUMNS!r}}}
answer = con.execute(f'''select ActionGeo_CountryCode, EventRootCode, SQLDATE[:6], count(*) as n
    from read_csv('{{path}}', columns={{columns}}, auto_detect=false, header=false, delim='\\t', quote='')
    group by all''').df()['n'].sum()
"""
POLARS = """
import polars as pl
imported()
rows = pl.scan_csv(path).group_by('country', 'event_type', pl.col('event_date').str.slice(0, 7))
answer = rows.agg(pl.len(), pl.col('fatalities').sum()).collect(engine='streaming')['len'].sum()
"""
PANDAS = """
import pandas as pd
imported()
rows = pd.read_csv(path, parse_dates=['event_date'])
by = ['country', 'event_type', rows['event_date'].dt.to_period('M')]
answer = rows.groupby(by)['fatalities'].agg(['size', 'sum'])['size'].sum()
"""
WAYS = {
    "event_panel": PANEL,
    "DuckDB, plain SQL": DUCKDB,
    "Polars, lazy": POLARS,
    "pandas": PANDAS,
    "DuckDB, such checks": DUCKDB_CHECKED,
}
WAYS_GDELT = {"event_panel": PANEL, "DuckDB, plain SQL": DUCKDB_GDELT}


def rows(quick: bool) -> Iterator[Row]:
    """Measure growth and memory at three lengths, the rivals at the middle one, and GDELT."""
    middle = 2000 if quick else 2_000_000
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in (middle // 2, middle) if quick else (middle // 2, middle, middle * 2):
            file = acled(n, Path(folder))
            found[n] = in_turns(WAYS if n == middle else {"event_panel": PANEL}, file, n, quick)
            file.unlink()
        yield from grown((alone("ACLED", n, spent) for n, spent in found.items()), growth=LINEAR)
        faster = min("DuckDB, plain SQL", "Polars, lazy", key=lambda name: found[middle][name].seconds)
        goals = {faster: {"ratio": 1.3}, "pandas": {"ratio": 1 / 6}}
        yield from rivals(alone("ACLED", middle, found[middle]), found[middle], goals)
        n = middle * 5
        spent = in_turns(WAYS_GDELT, gdelt(n, Path(folder)), n, quick)
        row = alone("GDELT", n, spent)
        yield from [row, *rivals(row, spent, {})]


def alone(shape: str, n: int, found: dict[str, Spent]) -> Row:
    """Say what `event_panel` took."""
    seconds, peak_mb, _ = found["event_panel"]
    what = f"event_panel by country, type and month, file of {shape}'s shape"
    return Row(what, n, "rows", seconds, peak_mb=peak_mb, goals={"peak_mb": 1000})


def rivals(row: Row, found: dict[str, Spent], goals: dict[str, dict[str, float]]) -> Iterator[Row]:
    """Set each other way beside it."""
    for name, (seconds, peak_mb, _) in found.items():
        if name != "event_panel":
            goal = goals.get(name, {})
            yield replace(row, rival=name, rival_seconds=seconds, rival_peak_mb=peak_mb, goals=goal)


def in_turns(ways: dict[str, str], path: Path, n: int, quick: bool) -> dict[str, Spent]:
    """Run all ways in turns, and give the fastest time and the highest memory of each."""
    rounds = range(1 if quick else 3)
    runs = [{name: fresh(f"path = '{path}'\n{code}", quick) for name, code in ways.items()} for _ in rounds]
    if wrong := {name: spent.answer for run in runs for name, spent in run.items() if spent.answer != n}:
        raise RuntimeError(f"counted of {n} rows: {wrong}")
    return {
        name: Spent(min(run[name].seconds for run in runs), max(run[name].peak_mb for run in runs), n) for name in ways
    }


def write(select: str, rows: int, path: Path, options: str) -> Path:
    """Write invented rows."""
    with duckdb.connect() as engine:
        engine.execute(f"copy (select {select} from range({rows}) r(i)) to '{path}' ({options})")
    return path


def acled(rows: int, folder: Path) -> Path:
    """Write rows in the shape of ACLED's export."""
    return write(ACLED, rows, folder / f"acled{rows}.csv", "header, force_quote (notes)")


def gdelt(rows: int, folder: Path) -> Path:
    """Write rows in the shape of GDELT's event dumps, which have no header."""
    cells = ", ".join(f"{GDELT_CELLS.get(name, 'NULL')} as {name}" for name in GDELT_COLUMNS)
    return write(cells, rows, folder / "20201005.export.CSV", "header false, delimiter '\t', quote ''")
