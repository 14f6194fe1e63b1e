"""
Dynamics: why unrest rises, whether an act changed its course, and whether it spreads.

All functions take frames or series as `event_panel` and `load_events` return them, or plain arrays, and return new
frames or frozen results; none reads files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "counts": ["CountFit", "fit_counts"],
        "hawkes": ["HawkesFit", "fit_hawkes"],
        "hawkes_counts": ["HawkesCountsFit", "fit_hawkes_counts"],
        "hawkes_network": ["HawkesNetworkFit", "fit_hawkes_network"],
        "hawkes_simulation": ["simulate_hawkes", "simulate_hawkes_network"],
        "interruptions": ["Interrupted", "interrupted", "leave_one_out"],
        "local_levels": ["LocalLevel", "local_level"],
        "placebo_dates": ["Placebos", "placebos"],
        "segments": ["ChangePoints", "change_points"],
        "spread_lag": ["SpatialLag", "spatial_lag"],
        "spread_onsets": ["OnsetFit", "new_onsets"],
        "spread_order": ["first_protests"],
        "spread_statistics": ["SpatialAutocorrelation", "morans_i"],
    },
)
