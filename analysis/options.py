"""Check what the user chose against what there is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_LISTED = 20


def known(value: str, allowed: Iterable[str], what: str) -> str:
    """Return `value` if it is allowed; otherwise raise a ValueError that suggests the nearest or lists some."""
    allowed = [str(name) for name in allowed]
    if value not in allowed:
        near = difflib.get_close_matches(str(value), allowed, n=3)
        rest = f" and {len(allowed) - MOST_LISTED} more" if len(allowed) > MOST_LISTED else ""
        hint = f"did you mean {' or '.join(near)}?" if near else f"allowed: {', '.join(allowed[:MOST_LISTED])}{rest}"
        raise ValueError(f"unknown {what} {value!r}; {hint}")
    return value


def demand_level(level: float) -> None:
    """Refuse a confidence level that is none."""
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, not {level}")
