"""
From any source to typed rows, with every row accounted for.

`read` turns a path, glob, URL, open file, DataFrame or list of them into text cells that remember their file and
line. `validate` types those cells by the data dictionary and lists every cell that does not fit. Other publishers'
files go another way: `contents` unpacks them, `header_of` shows what they are, `raw_table` and `integers` read them.
"""

from analysis.reading.cells import Cells, read
from analysis.reading.raw import header_of, integers, raw_table
from analysis.reading.sources import Held, contents
from analysis.reading.validation import validate

__all__ = ["Cells", "Held", "contents", "header_of", "integers", "raw_table", "read", "validate"]
