"""
Casualties: what contradicting, growing, vaguely worded reports add up to.

- One number by a named rule, and what was known when: `reconcile`, `timeline`, `compare_rules`; who said what, and
  whether it was stale: `last_words`, `against_known`; wording as an interval: `bounds`.
- The final toll as seen from a moment: `nowcast`, `nowcast_coverage`. The curve behind the rule `model`: `fit_latent`.
- Victims that no list holds: `multiple_systems`. The tail of deaths per event: `severity`. Counts and times known only
  as intervals: `fit_interval_counts`, `turnbull`, `fit_interval_times`.

All take frames as `load_casualties` returns them, or plain arrays, and return new frames or frozen results; none reads
files or draws.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "estimate": ["CasualtyEstimate", "quotable", "said_number"],
        "growth": ["Nowcast", "nowcast", "nowcast_coverage"],
        "interval_counts": ["IntervalCounts", "fit_interval_counts"],
        "interval_distribution": ["Turnbull", "turnbull"],
        "interval_times": ["IntervalTimes", "fit_interval_times"],
        "latent": ["LatentFit", "fit_latent"],
        "lists": ["MultipleSystemsEstimate", "multiple_systems"],
        "rules": ["RULES", "against_known", "compare_rules", "reconcile", "timeline"],
        "simulated": ["Simulation", "simulate_reports"],
        "statements": ["bounds", "last_words"],
        "tails": ["Severity", "severity"],
    },
)
