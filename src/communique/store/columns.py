"""The kinds of columns that the tables are made of. Revisions are written with them too: what one of them makes never changes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, LargeBinary, Text


def ident() -> Column[int]:
    """The number of a row. The writer gives it out, who alone may write (engine.py): no sequence, the same code for both."""
    return Column("id", Integer, primary_key=True, autoincrement=False)


def words(name: str, *, key: bool = False, nullable: bool = False, blank: bool = False) -> Column[str]:
    """Text. `blank` makes it "" where a row says nothing, so that it can be added to rows that are there."""
    return Column(name, Text, primary_key=key, nullable=nullable, server_default="" if blank else None)


def day(name: str, *, key: bool = False) -> Column[str]:
    """A day as text, YYYY-MM-DD; compared byte by byte, so that PostgreSQL's language does not order it."""
    return Column(name, Text(collation="C").with_variant(Text(), "sqlite"), primary_key=key, nullable=False)


def integer(name: str, *, key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, primary_key=key, autoincrement=False, nullable=nullable)


def large(name: str = "number", *, key: bool = False, unique: bool | None = None, nullable: bool = False) -> Column[int]:
    """A 64-bit hash."""
    return Column(name, BigInteger, primary_key=key, autoincrement=False, nullable=nullable, unique=unique)


def real(name: str, *, nullable: bool = False) -> Column[float]:
    return Column(name, Double, nullable=nullable)


def flag(name: str, *, nullable: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=nullable)


def data(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)
