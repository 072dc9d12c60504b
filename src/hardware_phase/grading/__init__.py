"""Grading of a class: nbgrader's autograder for many submissions at a time, each in a jail of its own."""

from hardware_phase.grading.autograde import grade_assignment
from hardware_phase.grading.course import Course, Result
from hardware_phase.grading.jail import IsolationMissing, Limits, check_isolation

__all__ = ["Course", "IsolationMissing", "Limits", "Result", "check_isolation", "grade_assignment"]
