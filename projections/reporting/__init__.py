"""The figures: one SQL file per report in schema `reporting`, and the list of the reports.

Every report is a function `(as_at date, as_known timestamptz, ...)` over `reporting.movements` or
`reporting.postings`, and a plain view of the same name as at today, as known now.
"""

from projections.reporting.install import READER, SETTINGS, configure, install
from projections.reporting.reports import REPORTS, Parameter, Report

__all__ = ["READER", "REPORTS", "SETTINGS", "Parameter", "Report", "configure", "install"]
