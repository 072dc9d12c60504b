"""Take in what publishers have changed: fetch their tables, compare them with the book's, and say what that changes.

A book lists its publishers' tables as :class:`Upstream` objects, in a module that its ``Book`` names (`upstream`).
``explorables refresh`` fetches them and prints a report; with ``--write`` the tables follow.
"""

from explorables.refresh.upstream import Upstream, UpstreamError, csv_table, json_records

__all__ = ["Upstream", "UpstreamError", "csv_table", "json_records"]
