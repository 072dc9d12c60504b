"""Grading of a class: nbgrader's autograder for many submissions at a time, each in a jail of its own."""

from explorables.classroom.grading.autograde import grade_assignment
from explorables.classroom.grading.course import Course, Result
from explorables.classroom.grading.jail import IsolationMissing, Limits, check_isolation

__all__ = ["Course", "IsolationMissing", "Limits", "Result", "check_isolation", "grade_assignment"]
