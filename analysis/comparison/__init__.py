"""
Crises side by side: base rates, the cases most alike, odds, and how and when incumbents fall.

All functions take frames as `load_cases` returns them, or plain arrays, and return new frames or frozen results; none
reads files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "competing_fine_gray": ["FineGrayFit", "fine_gray"],
        "competing_incidence": ["cumulative_incidence"],
        "exits_of_cases": ["Exits", "exits"],
        "likeness": ["Neighbours", "nearest"],
        "logit": ["fit_logit"],
        "logit_effects": ["MarginalEffects", "marginal_effects"],
        "logit_fit": ["LogitFit"],
        "matching": ["Matching", "match"],
        "rates": ["BaseRates", "base_rates"],
        "regions": ["world_regions"],
        "survival_cox": ["CoxFit", "cox"],
        "survival_curves": ["Survival", "survival"],
    },
)
