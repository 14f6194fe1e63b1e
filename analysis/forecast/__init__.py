"""
Forecasts that are scored: trained only on what was past, compared with plain baselines, or not claimed at all.

All functions take frames as `load_cases` or `event_panel` returns them, and return new frames or frozen results; none
reads files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "reliability": ["Calibration", "Decomposition", "calibration", "decompose", "pit"],
        "scoring": ["Discrimination", "closed_crps", "discrimination", "scores"],
    },
)
