"""
Forecasts that are scored: trained only on what was past, compared with plain baselines, or not claimed at all.

All functions take frames as `load_cases` or `event_panel` returns them, and return new frames or frozen results; none
reads files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "comparing": ["Comparison", "compare"],
        "judging": ["Backtest"],
        "models": ["BaseRate", "CaseModel", "FirthLogit", "LastObservation", "RecentBaseRate", "RegionBaseRate"],
        "panel_models": ["AllZero", "Conflictology", "GlobalBootstrap", "LaggedCounts", "LastPoisson", "PanelModel"],
        "reliability": ["Calibration", "Decomposition", "calibration", "decompose"],
        "rolling": ["backtest"],
        "scoring": ["Discrimination", "closed_crps", "discrimination", "scores"],
        "transforms": ["pit"],
    },
)
