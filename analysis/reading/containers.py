"""Files that hold a table but are no delimited text: Excel, Parquet, R, Stata, JSON."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.columns import DataError, problem, to_text
from analysis.reading.splitting import demand_header

OLD_EXCEL, SEVEN_ZIP = b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf\x27\x1c"
REFUSED = (OLD_EXCEL, SEVEN_ZIP)
WEB_PAGE = (b"<!doctype html", b"<html")
R_EPOCH = pd.Timestamp("1970-01-01")
TOTALS = ("TotalCount", "total_count", "count")  # and how many there are in all
RECORDS = ("data", "Result", "results", "records")  # where an answer of a server keeps its rows
NOTE = "note"  # in the `attrs` of a frame: what of the file is not in it


def frame_of(content: bytes, name: str) -> pd.DataFrame | None:
    """
    Read a file that holds a table; told by its first bytes.

    Parameters
    ----------
    content : bytes
        Of the file, unpacked.
    name : str
        What to call it in a message.

    Returns
    -------
    DataFrame or None
        The table, its index the line or row of the file; None for anything else, which is delimited text. Where a
        part of the file was not read, `attrs` says so under `NOTE`.

    Raises
    ------
    DataError
        If the file is damaged, of a kind that is not read, or holds no table or several.
    """
    if content.startswith(OLD_EXCEL):
        raise DataError(problem(name, "old Excel files (.xls) are not read; save it as .xlsx or CSV"))
    if content.startswith(SEVEN_ZIP):
        raise DataError(problem(name, "7z archives are not read; unpack it first"))
    if content[:64].lstrip().lower().startswith(WEB_PAGE):
        raise DataError(problem(name, "this is a web page, not data; was there a login or an error in between?"))
    reader = _reader(content)
    if reader is None:
        return None
    try:
        return reader(content, name)
    except DataError:
        raise
    except Exception as error:  # the libraries that read these files raise whatever theirs raise
        said = str(error).partition("\n")[0][:100]
        raise DataError(problem(name, f"the file is damaged and cannot be read ({said})")) from error


def is_container(content: bytes) -> bool:
    """Whether a file, told by its first bytes, is none of delimited text."""
    page = content[:64].lstrip().lower().startswith(WEB_PAGE)
    return page or _reader(content) is not None or content.startswith(REFUSED)


def _reader(content: bytes) -> Callable[[bytes, str], pd.DataFrame] | None:
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((reader for mark, reader in _READERS if start.startswith(mark)), None)


def _parquet(content: bytes, _: str) -> pd.DataFrame:
    return _numbered(pd.read_parquet(io.BytesIO(content)))


def _excel(content: bytes, name: str) -> pd.DataFrame:
    import openpyxl

    # The cached value is what Excel showed; a formula never computed has none, and shows its text instead.
    books = [openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values) for values in (True, False)]
    shown, written = (book.worksheets[0].iter_rows(values_only=True) for book in books)
    rows = [
        [formula if value is None else value for value, formula in zip(*pair, strict=True)]
        for pair in zip(shown, written, strict=True)
    ]
    first, *others = books[1].worksheets
    unread = ", ".join(repr(sheet.title) for sheet in others if _is_filled(sheet))
    if not any(cell is not None for row in rows for cell in row):
        has = f"; of the others, {unread} hold cells: move the data to the front" if unread else ""
        raise DataError(problem(name, f"the first sheet, {first.title!r}, is empty{has}"))
    header = demand_header(to_text(pd.Series(rows[0], dtype=object)).tolist(), name)
    table = pd.DataFrame(rows[1:], columns=header, dtype=object)
    filled = table.notna().any(axis=1)
    found = table[filled].set_axis([int(row) + 2 for row in table.index[filled]])
    if unread:
        found.attrs[NOTE] = f"only the first sheet, {first.title!r}, was read; left out: {unread}"
    return found


def _is_filled(sheet: Any) -> bool:
    return any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)


def _r(content: bytes, name: str) -> pd.DataFrame:
    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes it has no constructor for keep their plain values
        parsed = rdata.parser.parse_data(content)
        held = rdata.conversion.convert(parsed, {**rdata.conversion.DEFAULT_CLASS_MAP, "Date": _r_date})
    found = held if isinstance(held, dict) else {"": held}
    frames = [value for value in found.values() if isinstance(value, pd.DataFrame)]
    if len(frames) != 1:
        raise DataError(problem(name, f"one data frame; this R file holds {len(frames)}"))
    return _numbered(frames[0])


def _r_date(days: Any, _: Any) -> Any:
    """Dates of R, which are days since 1970; an array, because a Series would be laid beside the rows by its index."""
    return (R_EPOCH + pd.to_timedelta(np.asarray(days, dtype="float64"), unit="D")).to_numpy()


def _stata(content: bytes, _: str) -> pd.DataFrame:
    return _numbered(pd.read_stata(io.BytesIO(content), convert_categoricals=False))


def _json(content: bytes, name: str) -> pd.DataFrame:
    held = json.loads(content)
    stated = None
    if isinstance(held, dict):
        stated = next((held[key] for key in TOTALS if isinstance(held.get(key), int)), None)
        if held.get("success") is False or held.get("error"):
            said = held.get("error") or held.get("messages") or "no success"
            raise DataError(problem(name, f"an answer with data; the server said {str(said)[:100]}"))
        held = next((held[key] for key in RECORDS if isinstance(held.get(key), list)), None)
    if not isinstance(held, list) or not held or not all(isinstance(row, dict) for row in held):
        raise DataError(problem(name, "a list of records, or one under 'data' or 'Result'; there is none, or an empty"))
    if stated is not None and stated > len(held):
        raise DataError(problem(name, f"all {stated} rows; this is one page of an answer, with {len(held)} of them"))
    return _numbered(pd.DataFrame(held, dtype=object))


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Give rows their numbers, from 1."""
    return frame.set_axis(range(1, len(frame) + 1))


_READERS: list[tuple[bytes | tuple[bytes, ...], Callable[[bytes, str], pd.DataFrame]]] = [
    (b"PAR1", _parquet),
    (b"PK\x03\x04", _excel),
    ((b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\x00\x00"), _r),
    ((b"<stata_dta>", b"\x72\x01\x01", b"\x72\x02\x01", b"\x73\x01\x01", b"\x73\x02\x01"), _stata),
    ((b"{", b"["), _json),
]
