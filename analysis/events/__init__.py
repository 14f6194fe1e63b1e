"""
What to show of an event table: crowds, seized places, each event's place on the clock, and who reported it.

All functions take events as `load_events` returns them and return new frames; none reads files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "on_the_ground": [
            "SLOT_HOURS",
            "boxes",
            "busiest",
            "by_region",
            "crowd_spans",
            "crowds",
            "gatherings",
            "seized",
            "slots",
        ],
        "reporting": ["publishers_by_period", "reported_by", "steady_publishers"],
    },
)
