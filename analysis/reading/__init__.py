"""
From any source to typed rows, with every row accounted for.

`sheets` turns a path, glob, URL, open file, DataFrame or list of them into tables that know their first row and can be
split into text cells, which remember their file and line; `read` does so for files in our own columns. `validate`
types cells by the data dictionary and lists every cell that does not fit. `delimited` and `strict` read text files
lazily. Station files go another way: `contents` unpacks them, `header_of` shows what they are, `raw_table` and
`integers` read them.
"""

from analysis.reading.cells import Cells, Sheet, joined, own, read, sheets
from analysis.reading.raw import header_of, integers, raw_table
from analysis.reading.sources import Held, contents, expand
from analysis.reading.splitting import Dialect, demand_header, even, separator_of, strict
from analysis.reading.streaming import Delimited, delimited
from analysis.reading.validation import validate

__all__ = [
    "Cells",
    "Delimited",
    "Dialect",
    "Held",
    "Sheet",
    "contents",
    "delimited",
    "demand_header",
    "even",
    "expand",
    "header_of",
    "integers",
    "joined",
    "own",
    "raw_table",
    "read",
    "separator_of",
    "sheets",
    "strict",
    "validate",
]
