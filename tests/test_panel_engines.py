"""
The same panel, cell for cell, from a frame, from DuckDB, from a Spark cluster of two workers and from BigQuery.

The columns are our own, and those of GDELT (with their types at Google), of UCDP and of ACLED.

The cluster and the BigQuery server are started here, on loopback, and ended again. The server is bqemulator, which
translates BigQuery's SQL and answers the official client over HTTP.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.random import default_rng

from analysis.formats.examples import example
from analysis.formats.gdelt import COLUMNS
from analysis.panel import event_panel

pytestmark = [
    pytest.mark.xdist_group("engines"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets of py4j and urllib3, closed by their finalizers
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(pyspark|google|grpc|ibis).*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:(pyspark|google|ibis).*"),
]
COVERED = ("2019-12-29", "2021-02-13")
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Three places where bqemulator 1.4 does not fit this machine: its download of DuckDB's spatial extension (for
# GEOGRAPHY, which no panel uses), the type name JSON in functions of Python, which DuckDB 1.4 does not take, and its
# search for arrays joined without UNNEST, of which a panel has none: in nested queries it takes most of the time.
SERVER = """
import sys
from bqemulator.sql import builtin_udfs
from bqemulator.storage.engine import DuckDBEngine
from sqlglot.parsers.bigquery import BigQueryParser

class Connection:
    def __init__(self, connection):
        self.connection = connection
    def create_function(self, name, function, kinds, result, **options):
        kinds = ["VARCHAR" if kind == "JSON" else kind for kind in (*kinds, result)]
        self.connection.create_function(name, function, kinds[:-1], kinds[-1], **options)

register = builtin_udfs.register_builtin_udfs
builtin_udfs.register_builtin_udfs = lambda connection: register(Connection(connection))
BigQueryParser.SUPPORTS_IMPLICIT_UNNEST = False
DuckDBEngine._load_spatial = DuckDBEngine._load_format_extensions = lambda engine: None
from bqemulator.cli import main
main(sys.argv[1:])
"""


def invented(rows: int = 400) -> pd.DataFrame:
    """Make events around two turns of a year, with gaps in every column that may have them."""
    rng = default_rng(5)
    days = pd.Timestamp("2019-12-20") + pd.to_timedelta(rng.integers(0, 430, rows), unit="D")
    best = pd.Series(rng.integers(0, 9, rows), dtype="Int64").mask(rng.random(rows) < 0.4)
    frame = pd.DataFrame(
        {
            "event_id": [f"E{number}" for number in range(rows)],
            "date": days.astype("datetime64[us]"),
            "country_iso3": pd.Series(rng.choice(["KGZ", "BLR", "ARM"], rows)).mask(rng.random(rows) < 0.05),
            "event_type": rng.choice(["Protests", "Riots", "Battles"], rows),
            "location": rng.choice(["Ош", "São Paulo", "O'Higgins", "A,B"], rows),
        }
    ).astype({"country_iso3": "str"})
    for thing in ("deaths", "size"):
        low = best.sample(frac=1, random_state=len(thing)).reset_index(drop=True)
        frame[f"{thing}_low"], frame[f"{thing}_best"] = low, low.mask(rng.random(rows) < 0.3)
        frame[f"{thing}_high"] = (low + 3).mask(rng.random(rows) < 0.2)
    return frame


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Write every cell as a file would hold it; empty cells are missing."""
    return frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")).astype("str")


def by_turns(values: list, rows: pd.DataFrame, times: int = 1) -> pd.Series:
    """Give one value after the other, each so many times, over and over."""
    return pd.Series(values).reindex(rows.index // times % len(values)).set_axis(rows.index)


WHOLE = (
    *("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "IsRootEvent", "QuadClass", "DATEADDED"),
    *("NumMentions", "NumSources", "NumArticles", "Geo_Type"),
)
BROKEN = ("FractionDate", "GoldsteinScale", "AvgTone", "Geo_Lat", "Geo_Long")


def gdelt() -> pd.DataFrame:
    """Invent rows with the columns and types of `gdelt-bq.gdeltv2.events`; YI is three states, one after another."""
    kinds = {
        name: "Int64" if name.endswith(WHOLE) else "Float64" if name.endswith(BROKEN) else "str" for name in COLUMNS
    }
    rows = pd.read_csv(example("gdelt"), sep="\t", names=COLUMNS, dtype=kinds)
    places = by_turns(["KG", "YI", "BO", "YI", None], rows)
    return rows.assign(
        SQLDATE=(20030115 + 10000 * by_turns([0, 1, 2, 3], rows) + 100 * by_turns([0, 5], rows, 4)).astype("Int64"),
        EventCode=by_turns(["141", "145", "141", "1831", "145", "0871", "043"], rows),
        ActionGeo_CountryCode=places,
        ActionGeo_ADM1Code=places + by_turns(["", "00", "01"], rows),
        ActionGeo_Type=by_turns([1, 4, 5], rows).astype("Int64").mask(places.isna()),
    )


def ged() -> pd.DataFrame:
    """Invent rows of UCDP: dates with a time, and states by their number or, for want of one, by their name."""
    rows = pd.read_csv(example("ucdp_ged"))
    return rows.assign(
        date_start=rows["date_start"] + " 00:00:00.000",
        country_id=by_turns([703, 370, None], rows).astype("Int64"),
        type_of_violence=by_turns([1, 2, 3, 3], rows),
        low=rows["low"] + by_turns([0, 5], rows),  # above best, as in some rows of the publisher
    )


def acled() -> pd.DataFrame:
    """Invent rows of ACLED: dates of two shapes, numbers of states that want zeros, and Kosovo, which has none."""
    rows = pd.read_csv(example("acled"))
    other = pd.to_datetime(rows["event_date"], format="%d %B %Y").dt.strftime("%Y-%m-%d")
    return rows.assign(
        event_date=rows["event_date"].where(rows.index % 2 == 0, other),
        iso=by_turns([417, 51, 0, 0], rows),
        country=by_turns(["Kyrgyzstan", "Armenia", "Kosovo", "Côte d'Ivoire"], rows),
        sub_event_type=rows["sub_event_type"].str.lower(),
    )


TYPED = invented()
TEXT = as_text(TYPED)
PUBLISHED = {"gdelt": gdelt(), "ucdp_ged": ged(), "acled": acled()}
FRAMES = {"typed": TYPED, "text": TEXT} | PUBLISHED


def arrow(frame: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        pa.field(field.name, pa.date32())
        if pa.types.is_timestamp(field.type)
        else pa.field(field.name, pa.string())
        if pa.types.is_large_string(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(ready: Callable[[], object], what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            pytest.fail(f"{what} did not start within {seconds:.0f} s")
        time.sleep(0.1)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def running(*commands: list[str], log: Path, env: dict[str, str] | None = None) -> Iterator[None]:
    """Run commands in the background; end them and their children afterwards."""
    with log.open("w") as out:
        started = [
            subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **(env or {})}, start_new_session=True)
            for command in commands
        ]
        try:
            yield
        finally:
            for process in started:
                os.killpg(process.pid, signal.SIGTERM)
            for process in started:
                process.wait(timeout=20)


# DuckDB -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def duckdb():
    engine = ibis.duckdb.connect()
    for name, frame in FRAMES.items():
        engine.create_table(name, arrow(frame))
    yield engine
    engine.disconnect()


# Spark --------------------------------------------------------------------------------------------------------------


def state_of(port: int) -> dict:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/", timeout=2) as answer:
            return json.load(answer)
    except OSError:
        return {"aliveworkers": 0}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Run a Spark master and two workers; give the master's address and the port of its status page."""
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and no java is here")
    import pyspark

    folder = tmp_path_factory.mktemp("spark")
    home = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    master = f"spark://127.0.0.1:{port}"
    run = [str(home / "bin" / "spark-class")]
    worker = [*run, "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "600m"]
    env = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_START,
        "PYSPARK_PYTHON": sys.executable,
    }
    lead = [*run, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port)]
    with running(
        [*lead, "--webui-port", str(page)],
        *[[*worker, "--webui-port", "0", "--work-dir", str(folder / f"worker{i}"), master] for i in (1, 2)],
        log=folder / "log",
        env=env,
    ):
        wait_for(lambda: state_of(page)["aliveworkers"] == 2, "the Spark cluster")
        yield master, page


@pytest.fixture(scope="module")
def spark(cluster, tmp_path_factory):
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("tables")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": QUICK_START,
        "spark.executor.extraJavaOptions": QUICK_START,
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    builder = SparkSession.builder.master(cluster[0]).appName("panel")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    for name, frame in FRAMES.items():
        (folder / name).mkdir()
        for part in (0, 1):  # a file for each worker
            pq.write_table(arrow(frame.iloc[part::2]), folder / name / f"{part}.parquet")
        session.read.parquet(str(folder / name)).createOrReplaceTempView(name)
    yield ibis.pyspark.connect(session)
    session.stop()
    gateway = SparkContext._gateway
    SparkContext._gateway = SparkContext._jvm = None
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=20)


def test_the_cluster_has_executors_on_two_workers(spark, cluster):
    spark.table("typed").count().to_pyarrow()
    workers = [worker for worker in state_of(cluster[1])["workers"] if worker["state"] == "ALIVE"]
    assert [worker["coresused"] for worker in workers] == [1, 1]


# BigQuery -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bigquery(tmp_path_factory):
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery as bq

    class Client(bq.Client):
        def _ensure_bqstorage_client(self, *args, **options):
            """Fetch by REST: the server keeps no result tables for the Storage API."""

    rest, grpc = free_port(), free_port()
    command = [sys.executable, "-c", SERVER, "start", "--rest-port", str(rest), "--grpc-port", str(grpc)]
    env = {"PYTHONWARNINGS": "ignore", "OTEL_SDK_DISABLED": "true"}
    with running([*command, "--log-level", "error"], log=tmp_path_factory.mktemp("bigquery") / "log", env=env):
        wait_for(lambda: listens(rest), "the BigQuery server")
        credentials = AnonymousCredentials()
        address = {"api_endpoint": f"http://127.0.0.1:{rest}"}
        client = Client(project="unrest", credentials=credentials, client_options=address)
        client.create_dataset("panel")
        for name, frame in FRAMES.items():
            table = arrow(frame)
            fields = [bq.SchemaField(field.name, KIND_IN_BIGQUERY[field.type]) for field in table.schema]
            client.create_table(bq.Table(f"unrest.panel.{name}", fields))
            rows = json.loads(json.dumps(table.to_pylist(), default=str))
            assert client.insert_rows_json(f"unrest.panel.{name}", rows) == []
        engine = ibis.bigquery.connect(client=client, credentials=credentials, dataset_id="panel")
        engine.storage_client = None
        yield engine
        client.close()


KIND_IN_BIGQUERY = {pa.string(): "STRING", pa.int64(): "INT64", pa.float64(): "FLOAT64", pa.date32(): "DATE"}

# The panels ---------------------------------------------------------------------------------------------------------

CHOICES = {
    "day, where in Ibis": {"freq": "D", "where": lambda rows: rows.date >= ibis.date("2020-02-29")},
    "ISO week": {"freq": "W"},
    "epidemiological week": {"freq": "W-SAT", "start": "2020-11-01", "end": "2021-01-31"},
    "month": {"freq": "M", "by": ("country", "event_type", "location")},
    "quarter, where in SQL": {
        "freq": "Q",
        "where": "(deaths_best > 1 OR size_low IS NULL) AND date BETWEEN '2020-02-29' AND '2020-12-31' "
        "AND NOT location IN ('A,B') AND location LIKE 'O%'",
    },
    "year": {"freq": "Y", "by": ()},
}
# An ISO week is counted as the epidemiological one is, a day sooner; a year is asked for in `one query` below
REMOTE = [
    ("typed", "day, where in Ibis"),
    ("text", "epidemiological week"),
    ("text", "month"),
    ("text", "quarter, where in SQL"),
]


@pytest.fixture
def engine(request):
    return request.getfixturevalue(request.param)


def panel(events, **options) -> pd.DataFrame:
    return event_panel(events, **({"by": ("country", "event_type"), "coverage": COVERED} | options))


def expect_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Demand the same values, dtypes, index and account of what is not shown."""
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert one.equals(other)
    assert one.attrs == other.attrs


def compare(events, choice):
    expected = panel(TYPED, **CHOICES[choice])
    assert expected["events"].sum() > 0
    expect_same(panel(events, **CHOICES[choice]), expected)


@pytest.mark.filterwarnings("ignore:.* events? not shown, in periods that are not covered:UserWarning")
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("kind", ["typed", "text"])
def test_duckdb_gives_the_panel_of_the_frame(duckdb, kind, choice):
    compare(duckdb.table(kind), choice)
    compare(FRAMES[kind], choice)


@pytest.mark.filterwarnings("ignore:.* events? not shown, in periods that are not covered:UserWarning")
@pytest.mark.parametrize(("kind", "choice"), REMOTE)
@pytest.mark.parametrize("engine", ["spark", "bigquery"], indirect=True)
def test_every_engine_gives_the_panel_of_the_frame(engine, kind, choice):
    compare(engine.table(kind), choice)


OF_PUBLISHERS = {
    "gdelt": (
        {
            "freq": "M",
            "coverage": ("2003-01-01", "2006-12-31"),
            "where": "event_type IN ('Protests', 'Riots') AND country_iso3 IN ('KGZ', 'BLR', 'YUG', 'SCG', 'SRB')",
        },
        {"KGZ", "BLR", "YUG", "SCG", "SRB"},
    ),
    "ucdp_ged": ({"freq": "Q", "coverage": ("2019-01-01", "2020-12-31")}, {"KGZ", "BLR", "SMR"}),
    "acled": ({"freq": "W", "coverage": ("2024-01-01", "2024-03-31")}, {"KGZ", "ARM", "XKX", "CIV"}),
}


@pytest.mark.parametrize("format", OF_PUBLISHERS)
@pytest.mark.parametrize("engine", ["duckdb", "spark", "bigquery"], indirect=True)
def test_every_engine_gives_the_panel_of_a_publishers_rows(engine, format):
    options, countries = OF_PUBLISHERS[format]
    expected = panel(PUBLISHED[format], **options)
    assert set(expected[expected["events"] > 0].index.get_level_values("country")) == countries
    expect_same(panel(engine.table(format), **options), expected)


@pytest.mark.filterwarnings("ignore:.* events? not shown, in periods that are not covered:UserWarning")
@pytest.mark.parametrize("engine", ["spark", "bigquery"], indirect=True)
def test_one_query_is_sent_and_only_groups_come_back(engine, monkeypatch):
    answers = []
    fetch = engine.to_pyarrow

    def recorded(query, **options):
        answers.append((ibis.to_sql(query, dialect=engine.name), fetch(query, **options)))
        return answers[-1][1]

    monkeypatch.setattr(engine, "to_pyarrow", recorded)
    expect_same(panel(engine.table("text"), freq="Y", by="event_type"), panel(TYPED, freq="Y", by="event_type"))
    ((sql, answer),) = answers
    assert sql.count("GROUP BY") == 1
    assert answer.num_rows == TYPED.groupby(["event_type", TYPED["date"].dt.year]).ngroups
    assert "location" not in answer.column_names


@pytest.mark.parametrize("engine", ["spark", "bigquery"], indirect=True)
def test_a_count_that_is_no_number_is_found_on_every_engine(engine):
    from analysis import DataError

    events = engine.table("text")
    spoilt = events.mutate(deaths_best=ibis.ifelse(events.event_id == "E7", "1.5", events.deaths_best))
    with pytest.raises(DataError, match=r"deaths_best = '1.5'.*whole number.*E7"):
        panel(spoilt, freq="M")


@pytest.mark.parametrize("engine", ["spark", "bigquery"], indirect=True)
def test_rows_pasted_twice_are_found_on_every_engine(engine):
    from analysis import DataError

    events = engine.table("typed")
    with pytest.raises(DataError, match=r"event_id = 'E7'.*2 rows"):
        panel(events.union(events.filter(events.event_id == "E7")), freq="M")
