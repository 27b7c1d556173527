"""The students' part of the route table."""

from __future__ import annotations

from typing import Final

from mos_appliance.companion.resources import Failure
from mos_appliance.companion.routes import API, MAX_JSON_BYTES, Answer, Body, Route
from mos_appliance.companion.student_resources import (
    Erased,
    ExportWish,
    Imported,
    NextLesson,
    Playing,
    Progress,
    Roll,
    Skip,
    StudentNew,
    StudentPatch,
    StudentRow,
)
from mos_appliance.wire.http import SMALL_BODY_BYTES

STUDENTS: Final = f"{API}/students"
STUDENT: Final = f"{STUDENTS}/{{student}}"
MAX_STUDENT_FILE_BYTES: Final = 32 << 20
OCTETS: Final = "application/octet-stream"
_WRONG: Final = Answer(400, "What was sent is wrong; the answer says where.", Failure)
_NOBODY: Final = Answer(404, "There is no such student.", Failure)
_NOT_NOW: Final = Answer(503, "Something that this needs is missing now; the answer says what.", Failure)
_TOO_LARGE: Final = Answer(413, "The body is larger than this path takes.", Failure)
_ERASED: Final = Answer(409, "That student was erased here, and is not taken in again.", Failure)

STUDENT_ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", STUDENTS, "list_students", "The students of this box.", (Answer(200, "They.", Roll), _NOT_NOW)),
    Route(
        "POST",
        STUDENTS,
        "make_student",
        "A new student: a random id, a key of their own, and a nick name that stays here.",
        (Answer(201, "The student.", StudentRow), _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("Who it is to be.", MAX_JSON_BYTES, StudentNew),
    ),
    Route(
        "GET",
        STUDENT,
        "get_student",
        "How far a student is, skill by skill.",
        (Answer(200, "It.", Progress), _NOBODY, _NOT_NOW),
    ),
    Route(
        "PATCH",
        STUDENT,
        "change_student",
        "Rename a student, or tell what they play on.",
        (Answer(200, "The student as they are now.", Progress), _WRONG, _NOBODY, _TOO_LARGE, _NOT_NOW),
        Body("What is to change.", MAX_JSON_BYTES, StudentPatch),
    ),
    Route(
        "DELETE",
        STUDENT,
        "erase_student",
        "Erase a student for good: the key is destroyed, a tombstone stays. There is no way back.",
        (Answer(204, "Nothing of them can be read here any more."), _NOBODY, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{STUDENT}/export",
        "export_student",
        "The student as a file for another box, sealed under a passphrase.",
        (Answer(200, "The file.", None, OCTETS), _WRONG, _NOBODY, _TOO_LARGE, _NOT_NOW),
        Body("The passphrase.", MAX_JSON_BYTES, ExportWish),
    ),
    Route(
        "POST",
        f"{API}/student-files",
        "import_student",
        "Take a student in from a file; what is known already is not taken twice.",
        (Answer(200, "The student.", Imported), _WRONG, _ERASED, _TOO_LARGE, _NOT_NOW),
        Body("A file as `export` makes it.", MAX_STUDENT_FILE_BYTES, None, OCTETS),
        (("X-Passphrase", "The passphrase, percent-encoded."),),
    ),
    Route(
        "GET",
        f"{STUDENT}/lesson",
        "get_lesson",
        "The next lesson, with the reasons for each step. Asking changes nothing.",
        (Answer(200, "The lesson.", NextLesson), _NOBODY, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{STUDENT}/lesson",
        "begin_lesson",
        "Begin the next lesson: it is remembered as given.",
        (Answer(200, "The lesson.", NextLesson), _NOBODY, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{STUDENT}/skip",
        "skip_step",
        "A step is not wanted: its piece waits for a while; nothing else follows from it.",
        (Answer(204, "It is remembered."), _WRONG, _NOBODY, _TOO_LARGE, _NOT_NOW),
        Body("Which.", MAX_JSON_BYTES, Skip),
    ),
    Route(
        "GET",
        f"{API}/playing",
        "get_playing",
        "Whose playing is judged now.",
        (Answer(200, "The student, or null.", Playing), _NOT_NOW),
    ),
    Route(
        "PUT",
        f"{API}/playing",
        "set_playing",
        "Say who plays now.",
        (Answer(200, "Who plays.", Playing), _WRONG, _NOBODY, _TOO_LARGE, _NOT_NOW),
        Body("The student, or null for nobody.", MAX_JSON_BYTES, Playing),
    ),
    Route(
        "GET",
        f"{API}/erased-students",
        "list_erased",
        "The ids of students who were erased here.",
        (Answer(200, "They.", Erased), _NOT_NOW),
    ),
    Route(
        "POST",
        f"{API}/erased-students",
        "obey_erasures",
        "Learn of erasures elsewhere: those students are erased here too, and never taken in again.",
        (Answer(200, "All that were erased.", Erased), _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("Their ids.", SMALL_BODY_BYTES, Erased),
    ),
)
