"""The commands around nbgrader: `explorables course`, `grade`, `mark` and others. Each is described, then run."""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path


def name_pages(parser: argparse._ActionsContainer) -> None:
    """Add the arguments that choose pages of the book."""
    parser.add_argument("--chapters", nargs="+", default=[], metavar="NAME", help="folders of book/, such as ecosystem")
    parser.add_argument("--notebooks", nargs="+", default=[], metavar="NAME", help="pages, such as efficiency")


def name_assignment(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name an assignment."""
    parser.add_argument(
        "course",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="COURSE",
        help="folder with nbgrader's source/, submitted/ and gradebook.db (default: this one)",
    )
    parser.add_argument("--assignment", required=True, metavar="NAME")


def add_course(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables course`."""
    parser = commands.add_parser(
        "course",
        help="turn the book's exercises into an nbgrader course",
        description="Writes an nbgrader course: settings, source notebooks with tests and rubrics, syllabus, checklist and answer key.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to")
    what = parser.add_argument_group("what (by default every notebook)")
    name_pages(what)
    when = parser.add_argument_group("when")
    when.add_argument("--start", type=day, metavar="DATE", help="first day, as 2027-02-01 (default: next Monday)")
    when.add_argument("--weeks", type=int, metavar="N", help="spread the notebooks over so many (default: one each)")
    when.add_argument(
        "--due", nargs="+", type=due, default=[], metavar="NAME=DATE", help="instead of the end of its week"
    )
    when.add_argument("--zone", default="UTC", metavar="ZONE", help="time zone of the deadlines, as Europe/Berlin")
    who = parser.add_argument_group("who")
    who.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="give each student of the roster figures of their own, drawn with this number",
    )
    who.add_argument(
        "--close",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the points for an answer that is close (default: 0)",
    )
    who.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="students: id, first_name, last_name, email; extra_days and extension for those with more time",
    )
    parser.add_argument(
        "--preview", metavar="STUDENT", help="write nothing; print what this student of a course that is made is given"
    )
    parser.add_argument(
        "--force", action="store_true", help="write over a course; the gradebook and students' work stay"
    )
    parser.set_defaults(run=course)


def day(text: str) -> date:
    """A day as it is typed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day: write it as 2027-02-01") from None


def due(text: str) -> tuple[str, date]:
    """A notebook's name and the day when it is due."""
    name, sign, when = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} has no day: write it as NAME=2027-02-01")
    return name, day(when)


def course(args: argparse.Namespace) -> int:
    """Run `explorables course`."""
    from explorables.classroom.exercises import build, plan, source
    from explorables.classroom.grading.late import zone_of

    pages = plan.choose(source.book(), args.chapters, args.notebooks)
    if args.preview:
        for page in pages:
            if (args.folder / build.KEYS / f"{page.stem}.json").is_file() or args.notebooks:
                for exercise, given, answer, unit in build.preview(args.folder, page.stem, args.preview):
                    figures = ", ".join(f"{name} = {value!r}" for name, value in given.items()) or "the book's figures"
                    print(f"{exercise}: {figures}; right is {answer} {unit}".rstrip())
        return 0
    today = date.today()
    start = args.start or today + timedelta(days=7 - today.weekday())
    roster = plan.read_roster(args.roster) if args.roster else None
    assignments = plan.schedule(pages, start, args.weeks, dict(args.due), zone_of(args.zone))
    points = build.build(args.folder, assignments, seed=args.seed, roster=roster, close=args.close, force=args.force)
    for one in assignments:
        print(f"{one.name}: {points[one.name]} points, week {one.week}, due {one.due:%Y-%m-%d %H:%M} {args.zone}")
    print(f"Next: {args.folder / 'checklist.md'}")
    return 0


def add_collect(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables collect`."""
    parser = commands.add_parser(
        "collect",
        help="take a zip with everybody's work from Canvas or Moodle",
        description="Puts the work in a zip of Canvas or Moodle, or of folders named by students' ids, into submitted/*/NAME. "
        "Says of each student what became of their work; what lay there before is kept in grading/earlier/. "
        "The exit code is 1 when something was refused or is nobody's.",
    )
    name_assignment(parser)
    parser.add_argument("--zip", type=Path, required=True, metavar="FILE", help="as the platform offers it")
    parser.add_argument(
        "--match",
        nargs="+",
        type=pair,
        default=[],
        metavar="NAME=ID",
        help="who somebody is whom the roster does not tell",
    )
    parser.add_argument(
        "--times", type=Path, metavar="CSV", help="when each handed in, such as Moodle's grading worksheet"
    )
    parser.set_defaults(run=collect)


def pair(text: str) -> tuple[str, str]:
    """A name and an id."""
    name, sign, id_ = text.rpartition("=")
    if not sign or not name or not id_:
        raise argparse.ArgumentTypeError(f"{text!r} has no id: write it as NAME=ID")
    return name, id_


def collect(args: argparse.Namespace) -> int:
    """Run `explorables collect`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.collect import collect as take

    lines = take(Course(args.course, args.assignment), args.zip, matches=dict(args.match), times=args.times)
    for line in lines:
        print(line)
    refused = [line for line in lines if line.status == "refused"]
    print(f"{len(lines) - len(refused)} of {len(lines)} taken", file=sys.stderr)
    return 1 if refused else 0


def add_grade(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables grade`."""
    parser = commands.add_parser(
        "grade",
        help="grade the submissions of an assignment, many at a time, each in a jail",
        description="Runs nbgrader's autograder over submitted/*/NAME, each submission in a jail of its own. "
        "Only what is new or changed is graded; run it again after an interruption and it goes on. "
        "The exit code is 1 when a submission could not be graded to its end, 2 when nothing could be done.",
    )
    name_assignment(parser)
    limits = parser.add_argument_group("limits of one submission")
    limits.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="for one cell (default: Execute.timeout in nbgrader_config.py, or 30)",
    )
    limits.add_argument("--time", type=float, default=300, metavar="SECONDS", help="in all (default: %(default)s)")
    limits.add_argument("--memory", type=float, default=2048, metavar="MB", help="in all (default: %(default)s)")
    limits.add_argument(
        "--processes", type=int, default=64, metavar="N", help="threads included (default: %(default)s)"
    )
    limits.add_argument("--files", type=float, default=256, metavar="MB", help="written (default: %(default)s)")
    limits.add_argument("--output", type=float, default=2, metavar="MB", help="printed (default: %(default)s)")
    parser.add_argument("--workers", type=int, metavar="N", help="submissions at a time (default: three for two cores)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="use the Dask cluster at this address instead")
    parser.add_argument("--regrade", action="store_true", help="also what was graded before; manual scores stay")
    parser.set_defaults(run=grade)


def grade(args: argparse.Namespace) -> int:
    """Run `explorables grade`."""
    from explorables.classroom.grading import Course, Limits, grade_assignment
    from explorables.classroom.grading.standing import standings

    cell_s = Course(args.course, args.assignment).cell_s if args.timeout is None else args.timeout
    limits = Limits(
        cell_s=cell_s,
        total_s=args.time,
        memory_mb=args.memory,
        processes=args.processes,
        files_mb=args.files,
        output_mb=args.output,
    )
    results = grade_assignment(
        args.course,
        args.assignment,
        limits=limits,
        workers=args.workers,
        scheduler=args.scheduler,
        regrade=args.regrade,
    )
    failed = [result for result in results if result.status == "failed"]
    for result in failed:
        print(f"{result.student}: {'; '.join(result.failed)}")
    waiting = [
        person.student
        for person in standings(Course(args.course, args.assignment))
        if person.status == "needs manual grade"
    ]
    if waiting:
        print(
            f"{len(waiting)} to be looked at by you: `explorables mark --assignment {args.assignment}`, or formgrader in "
            "`jupyter lab`"
        )
    return 1 if failed or Course(args.course, args.assignment).unusable() else 0


def add_mark(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables mark`."""
    parser = commands.add_parser(
        "mark",
        help="give points by hand, by keyboard, with like answers one after the other",
        description="Opens a page of this machine for what waits for a person: rubrics to tick, the student's own figures, like "
        "answers. Each step goes into nbgrader's gradebook at once, and can be taken back.",
    )
    name_assignment(parser)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="default: one that is free")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.set_defaults(run=mark)


def mark(args: argparse.Namespace) -> int:
    """Run `explorables mark`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.marking_page import serve

    serve(Course(args.course, args.assignment), port=args.port, browser=not args.no_browser)
    return 0


def add_feedback(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables feedback`."""
    parser = commands.add_parser(
        "feedback",
        help="write the students' feedback as pages that open offline",
        description="Writes feedback/*/NAME/*.html, without hidden tests, with the reasons of the grader.",
    )
    name_assignment(parser)
    parser.set_defaults(run=feedback)


def feedback(args: argparse.Namespace) -> int:
    """Run `explorables feedback`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.feedback import write_feedback

    pages = write_feedback(Course(args.course, args.assignment))
    if pages:
        print(f"wrote {len(pages)} {'page' if len(pages) == 1 else 'pages'}, the first of them {pages[0]}")
    else:
        print(f"nobody has handed in {args.assignment}, so there is no feedback to write", file=sys.stderr)
    return 0


def add_export(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables export`."""
    parser = commands.add_parser(
        "export",
        help="write grades for Canvas, Moodle and others, and a report of the class",
        description="Writes grades.csv, canvas.csv, moodle.csv and report.html.",
    )
    name_assignment(parser)
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="default: COURSE/exports/NAME")
    parser.set_defaults(run=export)


def export(args: argparse.Namespace) -> int:
    """Run `explorables export`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.export import export as write

    for path in write(Course(args.course, args.assignment), args.to):
        print(path)
    return 0


def add_canvas(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables canvas`."""
    parser = commands.add_parser(
        "canvas",
        help="take work and deadlines from Canvas by its API, and send grades there",
        description="pull takes work, the deadline and students' own deadlines; push says which final scores and comments it "
        "would send, and sends them with --send. canvas.toml says where; the token is in CANVAS_TOKEN. "
        "The exit code is 1 when something was not taken or not sent.",
    )
    parser.add_argument("what", choices=("pull", "push"))
    name_assignment(parser)
    parser.add_argument("--send", action="store_true", help="push: send it")
    parser.add_argument("--dry-run", action="store_true", help="pull: write nothing, and say what would be taken")
    parser.set_defaults(run=canvas)


def canvas(args: argparse.Namespace) -> int:
    """Run `explorables canvas`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.canvas import pull, push

    course = Course(args.course, args.assignment)
    if args.send and (args.what == "pull" or args.dry_run):
        raise ValueError("--send goes with push, and not with --dry-run")
    lines = pull(course, write=not args.dry_run) if args.what == "pull" else push(course, send=args.send)
    for line in lines:
        print(line)
    if args.what == "push" and not args.send:
        print("nothing was sent; send it with --send", file=sys.stderr)
    return 1 if any(line.failed for line in lines) else 0


def add_regrade(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables regrade`."""
    parser = commands.add_parser(
        "regrade",
        help="note a student's request to look again, or answer it",
        description="Without --student lists the open requests. They stand in regrades.csv, with the points before and after.",
    )
    name_assignment(parser)
    parser.add_argument("--student", metavar="ID")
    parser.add_argument("--cell", metavar="NAME", help="the graded cell, as grades.csv names it")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--says", metavar="TEXT", help="note what the student says")
    what.add_argument("--answer", metavar="TEXT", help="answer an open request; the student reads it in the feedback")
    parser.add_argument("--points", type=float, metavar="N", help="with --answer: what the cell is worth now")
    parser.set_defaults(run=regrade)


def regrade(args: argparse.Namespace) -> int:
    """Run `explorables regrade`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.regrade import answer, ask, requests

    course = Course(args.course, args.assignment)
    if args.student is None:
        for one in requests(course):
            if one.open:
                print(f"{one.student}, {one}")
        return 0
    if not args.cell or (args.says is None and args.answer is None):
        raise ValueError("say which --cell, and either what the student --says or your --answer")
    if args.answer is not None:
        one = answer(course, args.student, args.cell, args.answer, args.points)
        print(f"{one.student}, {one.cell}: {one.before or 'no points'} before, {one.after or 'none'} now")
    elif args.points is not None:
        raise ValueError("--points goes with an --answer")
    else:
        print(f"noted: {args.student}, {ask(course, args.student, args.cell, args.says)}")
    return 0


def add_similar(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables similar`."""
    parser = commands.add_parser(
        "similar",
        help="write everybody's code as a zip for Dolos or JPlag",
        description="Writes exports/NAME/similar.zip: what each student wrote, without what was given, and info.csv for Dolos. "
        "Nothing is sent anywhere.",
    )
    name_assignment(parser)
    parser.add_argument("--to", type=Path, metavar="ZIP", help="default: COURSE/exports/NAME/similar.zip")
    parser.add_argument("--names", action="store_true", help="with the students' names, not only their ids")
    parser.set_defaults(run=similar)


def similar(args: argparse.Namespace) -> int:
    """Run `explorables similar`."""
    from explorables.classroom.grading import Course
    from explorables.classroom.grading.similar import write

    course = Course(args.course, args.assignment)
    place = args.to or course.root / "exports" / args.assignment / "similar.zip"
    path, left_out = write(course, place, names=args.names)
    for line in left_out:
        print(f"left out, {line}", file=sys.stderr)
    print(path)
    return 0


def add_quiz(commands: argparse._SubParsersAction) -> None:
    """Describe `explorables quiz`."""
    parser = commands.add_parser(
        "quiz",
        help="write the book's self-checks for Moodle and Canvas",
        description="Writes moodle.xml (Moodle: Question bank, Import, Moodle XML) and qti.zip (QTI 1.2; Canvas: Settings, Import "
        "Course Content). What is right is computed by running the pages.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to")
    name_pages(parser)
    parser.set_defaults(run=quiz)


def quiz(args: argparse.Namespace) -> int:
    """Run `explorables quiz`."""
    from explorables.classroom.exercises import plan, source
    from explorables.classroom.exercises.quiz import write

    for path in write(args.folder, plan.choose(source.book(), args.chapters, args.notebooks)):
        print(path)
    return 0


COMMANDS = (
    add_course,
    add_collect,
    add_grade,
    add_mark,
    add_feedback,
    add_export,
    add_canvas,
    add_regrade,
    add_similar,
    add_quiz,
)
"""What describes each command, in the order in which help lists them."""
