"""
`where`: a condition on events, as an Ibis expression or in SQL, the same on text and on typed columns.

SQL is read by sqlglot and then walked; only comparisons of columns with values, joined by AND, OR and NOT, pass. No
text of the user ever reaches an engine as SQL.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any, NoReturn

import ibis
import ibis.expr.types as ir
import sqlglot
from ibis.common.exceptions import IbisError
from ibis.expr import operations
from sqlglot import expressions as sge
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from analysis.panel.cells import KINDS
from analysis.panel.counting import Condition
from analysis.panel.relation import column_of

GRAMMAR = "AND, OR, NOT, =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, IS NULL, column names, values and parentheses"
WORDS = {
    TokenType.AND,
    TokenType.OR,
    TokenType.NOT,
    TokenType.IN,
    TokenType.BETWEEN,
    TokenType.LIKE,
    TokenType.IS,
    TokenType.NULL,
    TokenType.TRUE,
    TokenType.FALSE,
}
MARKS = {
    TokenType.L_PAREN,
    TokenType.R_PAREN,
    TokenType.COMMA,
    TokenType.DASH,
    TokenType.EQ,
    TokenType.NEQ,
    TokenType.LT,
    TokenType.LTE,
    TokenType.GT,
    TokenType.GTE,
    TokenType.STRING,
    TokenType.NUMBER,
}
COMPARISONS: dict[type[sge.Expression], Callable[[Any, Any], Any]] = {
    sge.EQ: operator.eq,
    sge.NEQ: operator.ne,
    sge.LT: operator.lt,
    sge.LTE: operator.le,
    sge.GT: operator.gt,
    sge.GTE: operator.ge,
}


def condition(where: Any) -> Condition | None:
    """Read the option `where`: None, a string of SQL, a function of the table, or an expression of `ibis._`."""
    if where is None:
        return None
    return functools.partial(_of_sql, where) if isinstance(where, str) else functools.partial(_of_ibis, where)


def spoken_of(condition: Condition | None, rows: ir.Table) -> set[str]:
    """Name the columns that a condition speaks of."""
    if condition is None:
        return set()
    return {field.name for field in condition(rows).op().find(operations.Field) if field.rel == rows.op()}


def _of_ibis(where: Any, rows: ir.Table) -> ir.BooleanValue:
    how = 'pass SQL such as "deaths_best > 0", or a function such as lambda events: events.deaths_best > 0'
    if isinstance(where, ir.Expr) or not callable(where):
        raise ValueError(f"where cannot be {type(where).__name__}; {how}")
    try:
        (found,) = rows.bind(where)
    except (AttributeError, TypeError, ValueError, IbisError) as error:
        raise ValueError(f"where cannot be applied to the events: {error}; {how}") from error
    if not isinstance(found, ir.BooleanValue):
        raise ValueError(f"where gives {found.type()}, not true or false; {how}")
    return found


# SQL ----------------------------------------------------------------------------------------------------------------


def _of_sql(where: str, rows: ir.Table) -> ir.BooleanValue:
    try:
        tokens = sqlglot.tokenize(where)
    except SqlglotError as error:
        raise ValueError(f"where {where!r} cannot be read: {error}") from error
    if not tokens:
        raise ValueError("where is empty; leave it out to count every event")
    quoted = _with_quoted_names(where, tokens, rows)
    try:
        tree = sqlglot.parse_one(quoted, into=sge.Condition)
    except SqlglotError as error:
        raise ValueError(f"where {where!r} is not a condition; allowed: {GRAMMAR}") from error
    try:
        return _Reading(where, rows).truth(tree)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"where {where!r} has a value that no column can hold") from error


def _with_quoted_names(where: str, tokens: list[Token], rows: ir.Table) -> str:
    """Check every token, and quote names, so that a column called like a word of SQL is read as a column."""
    parts = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        found = where[token.start : token.end + 1]
        if token.comments:
            _refuse(where, token, "a comment")
        if token.token_type in WORDS | MARKS:
            parts.append(found)
            continue
        if token.token_type != TokenType.IDENTIFIER and not found.isidentifier():
            _refuse(where, token, repr(found))
        if after is not None and after.token_type == TokenType.L_PAREN:
            _refuse(where, token, f"a function or query, {found}(...)")
        column_of(rows, token.text, f"where, position {token.start + 1}")
        parts.append(sge.to_identifier(token.text, quoted=True).sql())
    return " ".join(parts)


def _refuse(where: str, token: Token, what: str) -> NoReturn:
    raise ValueError(f"where {where!r}, position {token.start + 1}: {what} is not allowed; allowed: {GRAMMAR}")


class _Reading:
    """Turns a parsed condition into Ibis, node by node; what it does not know it refuses."""

    def __init__(self, where: str, rows: ir.Table):
        self.where = where
        self.rows = rows

    def refuse(self, node: sge.Expression) -> NoReturn:
        raise ValueError(f"where {self.where!r}: {node.sql()} is not allowed there; allowed: {GRAMMAR}")

    def truth(self, node: sge.Expression) -> ir.BooleanValue:
        if isinstance(node, sge.Paren):
            return self.truth(node.this)
        if isinstance(node, sge.Not):
            return ~self.truth(node.this)
        if isinstance(node, sge.And):
            return self.truth(node.this) & self.truth(node.expression)
        if isinstance(node, sge.Or):
            return self.truth(node.this) | self.truth(node.expression)
        return self.comparison(node)

    def comparison(self, node: sge.Expression) -> ir.BooleanValue:
        if type(node) in COMPARISONS:
            return self.compared(node.this, node.expression, COMPARISONS[type(node)])
        if isinstance(node, sge.Between) and set(_given(node)) == {"this", "low", "high"}:
            low = self.compared(node.this, node.args["low"], operator.ge)
            return low & self.compared(node.this, node.args["high"], operator.le)
        if isinstance(node, sge.In) and set(_given(node)) == {"this", "expressions"}:
            each = [self.compared(node.this, value, operator.eq) for value in node.expressions]
            return functools.reduce(operator.or_, each)
        if isinstance(node, sge.Is) and isinstance(node.expression, sge.Null):
            return self.column(node.this).isnull()
        if isinstance(node, sge.Like) and isinstance(node.expression, sge.Literal) and node.expression.is_string:
            column = self.column(node.this)
            if not isinstance(column, ir.StringValue):
                raise ValueError(f"where {self.where!r}: LIKE looks at text, {node.this.sql()} is {column.type()}")
            return column.like(node.expression.this)
        return self.refuse(node)

    def column(self, node: sge.Expression) -> ir.Column:
        if not isinstance(node, sge.Column) or set(_given(node)) != {"this"}:
            self.refuse(node)
        if KINDS.get(node.name) == "moment":
            raise ValueError(f"where {self.where!r}: {node.name} is a time of mixed precision; compare `date`")
        return self.rows[node.name]

    def compared(
        self, left: sge.Expression, right: sge.Expression, compare: Callable[[Any, Any], ir.BooleanValue]
    ) -> ir.BooleanValue:
        if isinstance(left, sge.Column) and isinstance(right, sge.Column):
            one, other = self.column(left), self.column(right)
            if one.type().is_numeric() != other.type().is_numeric() or one.type().is_date() != other.type().is_date():
                raise ValueError(f"where {self.where!r}: {left.name} and {right.name} are of different kinds")
            return compare(one, other)
        if isinstance(left, sge.Column):
            return compare(*self.alike(left, right))
        if isinstance(right, sge.Column):
            column, value = self.alike(right, left)
            return compare(value, column)
        return self.refuse(left)

    def alike(self, node: sge.Expression, literal: sge.Expression) -> tuple[ir.Value, ir.Value]:
        """Give a column and a value of one type."""
        column, value = self.column(node), self.value(literal)
        kind = column.type()
        if kind.is_date() and isinstance(value, str):
            return column, self.day(value)
        if kind.is_numeric() and not kind.is_boolean() and _is_number(value):
            return column, ibis.literal(value)
        if kind.is_string() and node.name not in KINDS and _is_number(value):
            return column.try_cast("float64"), ibis.literal(float(value))
        if (kind.is_string() and isinstance(value, str)) or (kind.is_boolean() and isinstance(value, bool)):
            return column, ibis.literal(value)
        wanted = "a date as 'YYYY-MM-DD'" if kind.is_date() else "a value in quotes" if kind.is_string() else "a number"
        raise ValueError(f"where {self.where!r}: {node.name} is {kind}; compare it with {wanted}, not {literal.sql()}")

    def value(self, node: sge.Expression) -> str | int | float | bool:
        if isinstance(node, sge.Neg) and isinstance(node.this, sge.Literal) and not node.this.is_string:
            return -_number(node.this)
        if isinstance(node, sge.Literal):
            return str(node.this) if node.is_string else _number(node)
        if isinstance(node, sge.Boolean):
            return bool(node.this)
        return self.refuse(node)

    def day(self, value: str) -> ir.DateScalar:
        try:
            return ibis.date(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"where {self.where!r}: {value!r} is not a date; write it as 'YYYY-MM-DD'") from error


def _given(node: sge.Expression) -> list[str]:
    return [name for name, value in node.args.items() if value]


def _number(node: sge.Literal) -> int | float:
    return float(node.this) if set(node.this) & set(".eE") else int(node.this)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
