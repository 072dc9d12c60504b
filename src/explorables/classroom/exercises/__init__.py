"""Exercises: written once at the end of the notebooks, checked in the kernel, and handed out as a course."""

from explorables.classroom.exercises.checking import Verdict, check
from explorables.classroom.exercises.variants import variant, which

__all__ = ["Verdict", "check", "variant", "which"]
