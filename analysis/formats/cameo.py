"""
CAMEO, the codes of machine-coded events (GDELT, ICEWS), in the vocabulary of the dictionary, which is ACLED's.

CAMEO codes what one actor did to another according to one sentence of news; ACLED types what happened at a place. Only
the four root codes of protest and force (14 protest, 18 assault, 19 fight, 20 unconventional mass violence) and a few
codes of 05, 08 and 17 describe events that ACLED would record. `CLASSES` is the table; the longest prefix of a code
that it has counts, so 1831 is a suicide bombing, 183 another bombing and 18 any assault.

- 14 protest: "Protests". CAMEO does not say whether anyone intervened, so the sub-event type is left open. 145 is
  "Protest violently, riot": "Riots", a violent demonstration. (Some code lists label 1451 to 1454 "Obstruct passage",
  a slip for riots; by their number they are riots.)
- 17 coerce: arrests (173) and seizure or damage of property (171) have types of their own among strategic
  developments, violent repression (175) is violence against civilians, the rest is "Other".
- 18 assault: violence against civilians, though CAMEO does not say that the victims were civilians; bombings (183) are
  explosions, left open between suicide bomb and other bombs where the code does not say (183 itself).
- 19 fight: battles; artillery (194) and aerial weapons (195) are remote violence; a blockade (191) is no fighting.
  Occupied territory (192) and a violated ceasefire (196) are battles without a sub-event type.
- 20: violence against civilians; weapons of mass destruction (204) are remote violence, left open because 2041 joins
  chemical, biological and radiological weapons.
- 057 and 0871 (formal agreement, truce): "Agreement".
- Everything else, nine of ten rows, is talk: statements, visits, demands, threats. It is "Strategic developments",
  "Other", because nothing fits. A count of these rows counts news, not events: select by `action` or by the code.

Codes are text. A program that read them as numbers has dropped leading zeros: 014, "consider policy option", becomes
14, which looks like the root of protest. Therefore a code of fewer than three digits, or with a root outside 01 to 20,
is left as found and validation names it.

CAMEO: Gerner, Schrodt, Yilmaz and Abu-Jabbar (2002); Schrodt (2012), CAMEO: Conflict and Mediation Event Observations,
Event and Actor Codebook, version 1.1b3.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROOTS = MappingProxyType(
    {
        "01": "make_statement",
        "02": "appeal",
        "03": "express_intent_to_cooperate",
        "04": "consult",
        "05": "diplomatic_cooperation",
        "06": "material_cooperation",
        "07": "provide_aid",
        "08": "yield",
        "09": "investigate",
        "10": "demand",
        "11": "disapprove",
        "12": "reject",
        "13": "threaten",
        "14": "protest",
        "15": "exhibit_force_posture",
        "16": "reduce_relations",
        "17": "coerce",
        "18": "assault",
        "19": "fight",
        "20": "unconventional_mass_violence",
    }
)
BATTLES, CIVILIANS = "Battles", "Violence against civilians"
REMOTE, STRATEGIC = "Explosions/Remote violence", "Strategic developments"
OTHER = (STRATEGIC, "Other")
CLASSES: MappingProxyType[str, tuple[str, str | None]] = MappingProxyType(
    {
        "057": (STRATEGIC, "Agreement"),
        "0871": (STRATEGIC, "Agreement"),
        "14": ("Protests", None),
        "145": ("Riots", "Violent demonstration"),
        "171": (STRATEGIC, "Looting/property destruction"),
        "173": (STRATEGIC, "Arrests"),
        "175": (CIVILIANS, "Attack"),
        "18": (CIVILIANS, "Attack"),
        "181": (CIVILIANS, "Abduction/forced disappearance"),
        "1821": (CIVILIANS, "Sexual violence"),
        "183": (REMOTE, None),
        "1831": (REMOTE, "Suicide bomb"),
        "1832": (REMOTE, "Remote explosive/landmine/IED"),
        "1833": (REMOTE, "Remote explosive/landmine/IED"),
        "184": (CIVILIANS, None),
        "19": (BATTLES, "Armed clash"),
        "191": OTHER,
        "192": (BATTLES, None),
        "194": (REMOTE, "Shelling/artillery/missile attack"),
        "195": (REMOTE, "Air/drone strike"),
        "196": (BATTLES, None),
        "20": (CIVILIANS, None),
        "202": (CIVILIANS, "Attack"),
        "203": (CIVILIANS, "Attack"),
        "204": (REMOTE, None),
    }
)


def classed(code: ir.StringValue) -> dict[str, ir.StringValue]:
    """
    Give the type of event of a CAMEO code.

    Parameters
    ----------
    code : Ibis text expression
        Event code of three or four digits, with its leading zero.

    Returns
    -------
    dict of str to Ibis text expression
        `event_type`, the code as found where it is none; `sub_event_type`, missing where CAMEO leaves it open; and
        `action`, the root code in words.

    Examples
    --------
    >>> import ibis, pyarrow
    >>> codes = ibis.memtable(pyarrow.table({"code": ["141", "1451", "1831", "043", "14"]})).code
    >>> for part in classed(codes).values():
    ...     print(part.name("read").to_pyarrow().to_pylist())
    ['Protests', 'Riots', 'Explosions/Remote violence', 'Strategic developments', '14']
    [None, 'Violent demonstration', 'Suicide bomb', 'Other', None]
    ['protest', 'protest', 'assault', 'consult', None]
    """
    import ibis

    root = ibis.ifelse(code.length() >= 3, code.left(2), None)
    other = root.isin(list(ROOTS))
    return {
        "event_type": ibis.cases(*_by_root(code, root, 0), (other, OTHER[0]), else_=code),
        "sub_event_type": ibis.cases(*_by_root(code, root, 1), (other, OTHER[1]), else_=None),
        "action": root.cases(*ROOTS.items(), else_=None),
    }


def _by_root(code: ir.StringValue, root: ir.StringValue, place: int) -> list[tuple[ir.BooleanValue, ir.StringValue]]:
    """Branches by root, and by longer codes only within one: an engine tries them one after another on every row."""
    import ibis

    branches = []
    for first in sorted({prefix[:2] for prefix in CLASSES}):
        prefixes = sorted((prefix for prefix in CLASSES if prefix[:2] == first), key=len, reverse=True)
        longer = [(code.startswith(prefix), CLASSES[prefix][place]) for prefix in prefixes if prefix != first]
        rest: ir.StringValue = ibis.literal(CLASSES.get(first, OTHER)[place], type="string")
        branches.append((root == first, ibis.cases(*longer, else_=rest) if longer else rest))
    return branches
