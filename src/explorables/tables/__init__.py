"""A data package with sources: CSV tables, what their columns mean, and where each row comes from."""

from explorables.tables.package import DataPackage

__all__ = ["DataPackage"]
