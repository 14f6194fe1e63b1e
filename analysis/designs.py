"""
A frame and a formula, read into columns; rows with gaps are listed, columns no likelihood can tell apart named.

patsy runs the parts of a formula as Python. `refuse_code` lets through arithmetic on columns and a list of functions,
and nothing that could reach a file or another program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from analysis.options import known
from analysis.told import said_count

Floats = NDArray[np.float64]

TOLERANCE = 1e-7
FUNCTIONS = {"np": np, "log": np.log, "exp": np.exp, "sqrt": np.sqrt}
CALLED = {*FUNCTIONS, *patsy.builtins.__all__, "abs", "bool", "float", "int", "round"} - {"np"}
NOT_UFUNCS = {"clip", "where", "mean", "median", "std", "var", "round", "cumsum"}  # of NumPy's, those formulas use too
PLAIN = (
    *(ast.Expression, ast.Name, ast.Constant, ast.Tuple, ast.List, ast.keyword, ast.Load),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)


class Predictors(NamedTuple):
    """Columns that a formula without outcome makes of a frame, the cells it uses, and where its rows stood."""

    columns: pd.DataFrame
    names: list[str]
    kept: NDArray[np.bool_]
    dropped: pd.DataFrame


def read_predictors(frame: pd.DataFrame, formula: str, others: Sequence[str] = ()) -> Predictors:
    """Read a formula such as "~ day + region" over the rows without missing cells in its columns and in `others`."""
    demand_rows(frame)
    names = columns_of(formula, frame, sides=1)
    kept, dropped = complete_rows(frame[list(dict.fromkeys([*names, *others]))])
    return Predictors(matrix(formula, frame.loc[kept, names].apply(plain)), names, kept, dropped)


def demand_rows(frame: pd.DataFrame) -> None:
    """Refuse a frame without rows."""
    if not isinstance(frame, pd.DataFrame) or frame.empty:
        raise ValueError("the frame has no rows: there is nothing to fit")


def columns_of(formula: str, frame: pd.DataFrame, sides: int) -> list[str]:
    """Columns of the frame that a formula uses."""
    try:
        parsed = patsy.ModelDesc.from_formula(formula)
    except (patsy.PatsyError, SyntaxError, TypeError) as error:
        raise ValueError(
            f"formula {formula!r} cannot be read: {error}; write it like 'events ~ day + region'"
        ) from error
    if (sides == 2) != bool(parsed.lhs_termlist):
        form = "'events ~ day + region'" if sides == 2 else "'~ day + region', without an outcome"
        raise ValueError(f"formula {formula!r} is not of the form {form}")
    refuse_code(formula)
    found: list[str] = []
    for term in parsed.lhs_termlist + parsed.rhs_termlist:
        for factor in term.factors:
            found += _names(factor.code)
    for name in found:
        if name not in frame.columns and name not in {*FUNCTIONS, *CALLED}:
            if name in frame.index.names:
                raise ValueError(f"{name} is in the index; frame.reset_index() makes it a column")
            known(name, frame.columns, "column in the formula")
    if repeated := frame.columns[frame.columns.duplicated()].intersection(found).tolist():
        raise ValueError(f"column {repeated[0]} occurs twice in the frame; rename one")
    return [name for name in dict.fromkeys(found) if name in frame.columns]


def refuse_code(formula: str) -> None:
    """
    Refuse a formula that does more than arithmetic on columns, before any part of it runs.

    Parameters
    ----------
    formula : str
        As patsy reads it.

    Raises
    ------
    ValueError
        If a part of it is not a column, a number, a text, an operator or a call of a function that formulas know.

    Examples
    --------
    >>> refuse_code("y ~ np.log(x) + C(region)")
    >>> refuse_code("y ~ open('notes.txt')")
    Traceback (most recent call last):
        ...
    ValueError: formula "y ~ open('notes.txt')": open('notes.txt') is not allowed there; ...
    """
    parsed = patsy.ModelDesc.from_formula(formula)
    codes = [factor.code for term in parsed.lhs_termlist + parsed.rhs_termlist for factor in term.factors]
    for code in codes:
        try:
            tree = ast.parse(code, mode="eval")
        except SyntaxError as error:
            raise ValueError(f"formula {formula!r} cannot be read: {code} is not arithmetic on columns") from error
        if refused := next(filter(None, map(_refused, _parts(tree))), None):
            raise ValueError(
                f"formula {formula!r}: {ast.unparse(refused)} is not allowed there; allowed are columns, numbers, "
                f"operators, {', '.join(sorted(CALLED))}, and NumPy's functions of arrays as np.<name>"
            )


def _parts(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node, but those of the name of a function of NumPy."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not _is_numpy(node):
            yield from _parts(node)


def _is_numpy(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "np"
        and (node.attr in NOT_UFUNCS or isinstance(getattr(np, node.attr, None), np.ufunc))
    )


def _refused(node: ast.AST) -> ast.AST | None:
    """Give the node if a formula must not hold it."""
    if isinstance(node, ast.Call):
        return None if _is_numpy(node.func) or (isinstance(node.func, ast.Name) and node.func.id in CALLED) else node
    return None if isinstance(node, PLAIN) else node


def _names(code: str) -> list[str]:
    """Names in a formula's factor, and those quoted in Q("...")."""
    from patsy.eval import ast_names

    return [*ast_names(code), *(quoted for _, quoted in re.findall(r"\bQ\((['\"])(.+?)\1\)", code))]


def complete_rows(needed: pd.DataFrame) -> tuple[NDArray[np.bool_], pd.DataFrame]:
    """
    Tell which rows have every cell, and list the others.

    Parameters
    ----------
    needed : DataFrame, shape (n, >= 1)
        The columns a model uses.

    Returns
    -------
    kept : array of bool, shape (n,)
        Rows without a missing cell.
    dropped : DataFrame
        One row per row with a gap: `row` (its label) and `missing` (the columns whose cell is missing).

    Raises
    ------
    ValueError
        If no row is complete.
    """
    missing = needed.isna()
    gaps = missing[missing.any(axis=1)]
    said = [", ".join(dict.fromkeys(map(str, gaps.columns[row]))) for row in gaps.to_numpy()]
    dropped = pd.DataFrame({"row": gaps.index.to_numpy(), "missing": pd.array(said, dtype="str")})
    kept = ~missing.any(axis=1).to_numpy()
    if not kept.any():
        raise ValueError(f"every one of the {len(needed)} rows misses a cell: {_most_missing(dropped)}")
    return kept, dropped


def _most_missing(dropped: pd.DataFrame) -> str:
    return "; ".join(f"{name} in {count}" for name, count in dropped["missing"].value_counts().items())


def left_out(dropped: pd.DataFrame) -> str:
    """Say how many rows `complete_rows` left out, and for want of what."""
    if dropped.empty:
        return "none left out"
    counts = dropped["missing"].value_counts()
    return f"{len(dropped):,} left out (missing " + "; ".join(f"{n}: {c}" for n, c in counts.items()) + ")"


def plain(values: pd.Series) -> pd.Series:
    """Put a column without missing cells into a type that formulas know; flags become 0 and 1."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.remove_unused_categories()
    return values.astype("float64") if pd.api.types.is_numeric_dtype(values) else values.astype(object)


def evaluated(build: Any, formula: str, cells: pd.DataFrame) -> Any:
    """Evaluate a formula by patsy's `dmatrix` or `dmatrices` in cells without gaps."""
    environment = patsy.EvalEnvironment([FUNCTIONS])
    try:
        refuse_code(formula)
        with np.errstate(all="ignore"):
            return build(
                formula, cells, eval_env=environment, NA_action=patsy.NAAction(NA_types=[]), return_type="dataframe"
            )
    except patsy.PatsyError as error:
        raise ValueError(f"formula {formula!r}: {error}".splitlines()[0]) from error


def matrix(formula: str, cells: pd.DataFrame) -> pd.DataFrame:
    """Evaluate a formula without an outcome; refuse values that are not finite."""
    return demand_finite(evaluated(patsy.dmatrix, formula, cells))


def demand_finite(columns: pd.DataFrame) -> pd.DataFrame:
    """Refuse columns with values that are not finite."""
    broken = ~np.isfinite(columns)
    if broken.any(axis=None):
        name = columns.columns[broken.any()][0]
        raise ValueError(
            f"{name} is {columns.loc[broken[name], name].iloc[0]} in {said_count(broken[name].sum(), 'row')} (first: "
            f"{columns.index[broken[name]][0]}): a logarithm of 0, or of a negative number?"
        )
    return columns


def demand_independent(columns: pd.DataFrame, which: str = "rows without missing cells") -> None:
    """Refuse columns that the rows cannot tell apart."""
    if len(columns) <= columns.shape[1]:
        raise ValueError(f"{len(columns)} {which} are too few for {columns.shape[1]} coefficients")
    if names := dependent_columns(columns):
        raise ValueError(
            f"{', '.join(names)}: collinear in the {len(columns)} {which}, that is constant or a combination of the "
            "columns before, so that its coefficient is not defined; leave it out of the formula"
        )


class Separation(NamedTuple):
    """Terms along which a likelihood rises for ever, and the places of the rows that move along."""

    terms: list[str]
    rows: NDArray[np.int64]


def separation(design: pd.DataFrame, signs: Floats) -> Separation | None:
    """
    Find a direction in which a likelihood rises for ever.

    Parameters
    ----------
    design : DataFrame, shape (n, k)
        Columns of the linear predictor.
    signs : array of float, shape (n,)
        How far each row's predictor should go: 1 up, -1 down, 0 stay.

    Returns
    -------
    Separation or None
        None if there is no such direction, and the maximum is finite.

    Notes
    -----
    A linear program looks for b with X b = 0 where the sign is 0 and sign x (X b) >= 0 elsewhere, not all 0 (Konis
    2007 for the logit; Correia, Guimaraes and Zylkin 2019 for counts: X b <= 0 at zeros and 0 at all others).
    """
    from scipy.optimize import linprog

    scaled = design.to_numpy(dtype="float64") / np.maximum(np.abs(design.to_numpy(dtype="float64")).max(axis=0), 1e-300)
    moved, held = scaled[signs != 0] * signs[signs != 0, None], scaled[signs == 0]
    if not len(moved):
        return None
    found = linprog(
        -moved.sum(axis=0),
        A_ub=-moved,
        b_ub=np.zeros(len(moved)),
        A_eq=np.unique(held, axis=0) if len(held) else None,
        b_eq=np.zeros(len(np.unique(held, axis=0))) if len(held) else None,
        bounds=(-1, 1),
    )
    if not found.success or -found.fun <= TOLERANCE * len(moved):
        return None
    terms = [str(name) for name, size in zip(design.columns, found.x, strict=True) if abs(size) > TOLERANCE]
    return Separation(terms, np.flatnonzero(np.abs(scaled @ found.x) > TOLERANCE))


def dependent_columns(design: pd.DataFrame) -> list[str]:
    """Name the columns that are sums of multiples of those before them."""
    values = design.to_numpy(dtype="float64")
    norms = np.linalg.norm(values, axis=0)
    scaled = values / np.where(norms > 0, norms, 1)
    if np.linalg.matrix_rank(scaled) == scaled.shape[1]:
        return []
    ranks = [np.linalg.matrix_rank(scaled[:, : column + 1]) for column in range(scaled.shape[1])]
    return [str(design.columns[i]) for i in range(len(ranks)) if ranks[i] == (ranks[i - 1] if i else 0)]
