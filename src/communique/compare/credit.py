"""Which news agency a report credits: what its page said, else what `gather.pages.agencies` finds where its text has credits."""

from __future__ import annotations

import re

from communique.gather.pages.agencies import credited_in, is_form
from communique.records import Report

_SELLS_COPY = re.compile(r"(?:\bnews ?wire|\bwire|\b(?:news|press|telegraph) agency)$", re.IGNORECASE)
"""Names of agencies that no table has: "Baltic Wire", "Fars News Agency"."""


def credited(report: Report) -> str:
    """The code of the agency that a report's page credited, or its dateline, byline, sign-off or outlet names; "" where none."""
    return report.agency or credited_in(report.text, report.source)


def is_agency(outlet: str) -> bool:
    """Whether an outlet is an agency itself, rather than a paper that prints its copy."""
    name = outlet.strip()
    return is_form(name) or bool(_SELLS_COPY.search(name))
