"""
Elections: what a count gave and wasted, who gets how many seats, how it changed, and voters who moved their vote.

- One count: `outcome`, `latest_count`; several stages of it: `stage_shares`, `compare_stages`.
- Seats: `allocate_seats` by the rules of a law, `threshold_curve` by other rules.
- One number: `effective_number` of parties, `disproportionality` of seats and votes, `volatility` between elections.
- Voters on the move: `implied_list`, `net_movement`, `station_bands`, `band_shares`, `station_grid`.

All functions take frames as the loaders return them, or plain numbers by party, and return new frames, numbers or
frozen results; none reads files or draws. Seats and thresholds are decided in exact fractions.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "allocation": ["SeatAllocation"],
        "apportion": ["AllocationError"],
        "changes": ["Volatility", "compare_stages", "volatility"],
        "indices": ["disproportionality", "effective_number"],
        "moves": [
            "FORM2_EDGES_PCT",
            "GRID_STEP_PCT",
            "band_shares",
            "implied_list",
            "net_movement",
            "station_bands",
            "station_grid",
        ],
        "outcomes": ["latest_count", "outcome", "stage_shares"],
        "seats": ["allocate_seats"],
        "tallies": ["OPTIONS"],
        "thresholds": ["bases_of", "threshold_curve"],
    },
)
