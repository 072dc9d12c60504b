"""Grading of a class: nbgrader's autograder for many submissions at a time, each in a jail of its own."""

from hardware_phase.grading.jail import IsolationMissing, Limits, check_isolation

__all__ = ["IsolationMissing", "Limits", "check_isolation"]
