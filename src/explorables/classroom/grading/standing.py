"""Where each student stands in an assignment: what the gradebook, the journal and the folders say together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nbgrader.api import SubmittedAssignment

from explorables.classroom.grading.course import Course, Result
from explorables.classroom.grading.late import Deadlines, duration, handed_in
from explorables.classroom.grading.regrade import Request, requests

STATUSES = ("graded", "needs manual grade", "failed", "not graded", "missing")


@dataclass(frozen=True)
class Standing:
    """A student's standing.

    Attributes
    ----------
    student, last_name, first_name, email : str
    status : str
        One of `STATUSES`. Only `graded` stands for a final score: a zero there is a real zero.
    reason : str
        Why the status is not `graded`.
    notes : tuple of str
        What the grader put right.
    score : float or None
        Points so far, less the penalty; None when there are none.
    penalty : float
        Points off for being late.
    max_score : float
    submitted_at : datetime or None
        Time in UTC.
    due : datetime or None
        This student's own deadline, in the course's zone.
    late : timedelta
        How much later it was handed in.
    lateness : str
        What there is to say about that.
    requests : tuple of Request
        Regrade requests, answered and open.
    cells : dict of str to float or None
        Points by graded cell (`notebook/cell`); None while a cell waits for a grader.
    """

    student: str
    last_name: str
    first_name: str
    email: str
    status: str
    reason: str
    notes: tuple[str, ...]
    score: float | None
    penalty: float
    max_score: float
    submitted_at: datetime | None
    due: datetime | None = None
    late: timedelta = timedelta()
    lateness: str = ""
    requests: tuple[Request, ...] = ()
    cells: dict[str, float | None] = field(default_factory=dict)

    @property
    def final_score(self) -> float | None:
        """The score when nobody has to look at it any more."""
        return self.score if self.status == "graded" else None


def standings(course: Course) -> list[Standing]:
    """Where everybody stands who is in the gradebook or has handed in something, by name of the student."""
    results = course.results()
    submitted = set(course.submitted())
    deadlines, collected = Deadlines.read(course.root), handed_in(course.root, course.assignment)
    asked = requests(course)
    with course.gradebook() as gradebook:
        people = {student.id: student for student in gradebook.students}
        entries = {entry.student.id: entry for entry in gradebook.assignment_submissions(course.assignment)}
        assignment = gradebook.find_assignment(course.assignment)
        max_score = float(assignment.max_score)
        found: list[Standing] = []
        for name in sorted(people.keys() | submitted | results.keys()):
            person, entry = people.get(name), entries.get(name)
            status, reason = judge(entry, results.get(name), name in submitted)
            if entry and name in submitted and newer(course, name, results.get(name)):
                status, reason = "not graded", "handed in again, or its tests were changed, after it was graded"
            there = name in submitted or entry is not None
            at, due, late, lateness = when(deadlines, course, name, collected.get(name, {}), entry, assignment.duedate)
            penalty = penalty_of(deadlines, entry, late)
            if entry and penalty and deadlines.rule:
                lateness += f", {penalty / float(entry.score):.0%} of the points off"
            cells = {
                f"{notebook.name}/{grade.name}": None
                if grade.score is None or grade.needs_manual_grade
                else float(grade.score)
                for notebook in (entry.notebooks if entry else ())
                for grade in notebook.grades
            }
            found.append(
                Standing(
                    name,
                    (person and person.last_name) or "",
                    (person and person.first_name) or "",
                    (person and person.email) or "",
                    status,
                    reason,
                    tuple(results[name].notes) if name in results else (),
                    max(float(entry.score) - penalty, 0.0) if entry else None,
                    penalty,
                    max_score,
                    at,
                    due,
                    late if there else timedelta(),
                    lateness if there else "",
                    tuple(one for one in asked if one.student == name),
                    cells,
                )
            )
    return found


def newer(course: Course, student: str, result: Result | None) -> bool:
    """Whether what is there is not what was graded. nbgrader's own command keeps no note of what it graded."""
    if result is None or not result.fingerprint:
        return False
    try:
        return course.read(student).fingerprint(course.tests) != result.fingerprint
    except ValueError:
        return True


def when(
    deadlines: Deadlines,
    course: Course,
    student: str,
    collected: dict[str, Any],
    entry: SubmittedAssignment | None,
    duedate: datetime | None,
) -> tuple[datetime | None, datetime | None, timedelta, str]:
    """When a student handed in (UTC) and had to, how late that is, and what to say of it.

    What `collect` noted goes before nbgrader's, which takes the word of a file in the submission.
    """
    said = collected.get("at")
    at = datetime.fromisoformat(said) if said else (entry.timestamp if entry else None)
    due = deadlines.due_for(student, course.assignment, duedate)
    late = deadlines.late_by(due, at)
    if late:
        return at, due, late, f"handed in {duration(late)} late"
    if collected.get("late") and at is None:
        return at, due, late, f"{collected['source']} calls it late and gives no time: give `collect` the times"
    return at, due, late, ""


def penalty_of(deadlines: Deadlines, entry: SubmittedAssignment | None, late: timedelta) -> float:
    """Points off for being late: by the course's rule, or else what nbgrader noted."""
    if entry is None:
        return 0.0
    if deadlines.rule:
        return float(entry.score) * deadlines.rule.share_off(late)
    return float(entry.late_submission_penalty or 0)


def judge(entry: SubmittedAssignment | None, result: Result | None, submitted: bool) -> tuple[str, str]:
    """Status and reason of a submission.

    A submission that was stopped stays `failed` until a grader has looked at the tests that had no say, which is when
    nbgrader no longer marks any of them.
    """
    waiting = entry is not None and bool(entry.needs_manual_grade)
    if result and result.failed and (entry is None or waiting or not result.scored):
        return "failed", "; ".join(result.failed)
    if entry is not None and waiting:
        cells = [grade.name for notebook in entry.notebooks for grade in notebook.grades if grade.needs_manual_grade]
        return "needs manual grade", ", ".join(sorted(cells))
    if entry is not None:
        return "graded", ""
    return ("not graded", "handed in, and not yet graded") if submitted else ("missing", "nothing was handed in")
