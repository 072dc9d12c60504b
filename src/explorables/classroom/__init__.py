"""Exercises: checked in a notebook, handed out as a course, and graded."""
