"""
Dynamics: why unrest rises, whether an act changed its course, and whether it spreads.

All functions take frames or series as `event_panel` and `load_events` return them, or plain arrays, and return new
frames or frozen results; none reads files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={},
)
