"""
Data sets we may not ship: where they are, what they must be, who made them, how to cite them, and how to get them.

`fetch` looks in the folder named by the environment variable ANALYSIS_DATA, then in a cache that outlives versions of
this package, then at the publisher's address (pooch); what it finds must have the hash stated here, the publisher's own
or, where nobody states one, that of the first fetch. `acled` and `ucdp` ask those publishers' interfaces.
"""

from analysis.catalog.acled_api import acled
from analysis.catalog.datasets import DATASETS
from analysis.catalog.entries import NO_LICENCE, Dataset, DatasetUnavailable, File, Series
from analysis.catalog.files import FOLDER_VARIABLE, fetch, listing, of_election
from analysis.catalog.pages import Fetched
from analysis.catalog.ucdp_api import ucdp

__all__ = [
    "DATASETS",
    "FOLDER_VARIABLE",
    "NO_LICENCE",
    "Dataset",
    "DatasetUnavailable",
    "Fetched",
    "File",
    "Series",
    "acled",
    "fetch",
    "listing",
    "of_election",
    "ucdp",
]
