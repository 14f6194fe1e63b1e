"""Results that say themselves in sentences, in a notebook too."""

from __future__ import annotations


class Told:
    """A result whose `summary` is what a notebook shows."""

    __slots__ = ()

    def summary(self) -> str:
        """Say the result so that nobody misquotes it."""
        raise NotImplementedError

    def _repr_markdown_(self) -> str:
        return self.summary().replace("\n", "  \n")
