"""Results that say themselves in sentences, in a notebook too, and the words that all of them use."""

from __future__ import annotations


class Told:
    """A result whose `summary` is what a notebook shows."""

    __slots__ = ()

    def summary(self) -> str:
        """Say the result so that nobody misquotes it."""
        raise NotImplementedError

    def _repr_markdown_(self) -> str:
        return self.summary().replace("\n", "  \n")


def said_count(number: int | float, noun: str, plural: str | None = None) -> str:
    """
    Say a whole number of things, thousands set apart.

    Examples
    --------
    >>> said_count(1, "event"), said_count(1200, "event"), said_count(0, "country", "countries")
    ('1 event', '1,200 events', '0 countries')
    """
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"


def said_p(p_value: float) -> str:
    """Say a p-value: three decimals, and no zero."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
