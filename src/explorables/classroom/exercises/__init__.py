"""Exercises: written once at the end of the notebooks, checked in the kernel, and handed out as a course."""

from explorables.classroom.exercises.checking import Verdict, check
from explorables.classroom.exercises.figures import Figures

__all__ = ["Figures", "Verdict", "check"]
