"""Practising's part of the route table."""

from __future__ import annotations

from typing import Final

from mos_appliance.companion.practice_resources import Exercise, ExerciseWish, JudgementPatch, PracticeWish
from mos_appliance.companion.resources import Failure
from mos_appliance.companion.routes import API, MAX_JSON_BYTES, Answer, Body, Route
from mos_appliance.wire.live import Practice
from mos_appliance.wire.practice import Judgement, PracticeNotes

PRACTICE: Final = f"{API}/practice"
JUDGEMENT: Final = f"{API}/takes/{{take}}/judgement"
_WRONG: Final = Answer(400, "What was sent is wrong; the answer says where.", Failure)
_NO_PIECE: Final = Answer(404, "There is no such piece.", Failure)
_NO_JUDGEMENT: Final = Answer(404, "There is no such take, or it was not judged.", Failure)
_NOTHING: Final = Answer(404, "Nothing is practised.", Failure)
_NOT_NOW: Final = Answer(503, "Something that this needs is missing now; the answer says what.", Failure)
_TOO_LARGE: Final = Answer(413, "The body is larger than this path takes.", Failure)
_DAMAGED: Final = Answer(500, "A file is damaged: it was put aside.", Failure)
_TEACHER: Final = Answer(403, "Only a teacher may do this.", Failure)

PRACTICE_ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        PRACTICE,
        "begin_practice",
        "Open a piece to be practised: the tutor follows from the next note on, and the transport holds the piece with "
        "a part for each hand. What was practised before ends.",
        (Answer(200, "It goes on.", Practice), _WRONG, _NO_PIECE, _TOO_LARGE, _DAMAGED, _NOT_NOW),
        Body("What, and how.", MAX_JSON_BYTES, PracticeWish),
    ),
    Route("GET", PRACTICE, "get_practice", "What is practised.", (Answer(200, "It.", Practice),)),
    Route(
        "DELETE",
        PRACTICE,
        "end_practice",
        "End the practice. Its judgement follows as `judged` on the WebSocket, and is kept with the take.",
        (Answer(200, "It is being judged.", Practice), _NOTHING, _NOT_NOW),
    ),
    Route(
        "POST",
        f"{PRACTICE}/exercises",
        "make_exercise",
        "Make an exercise: a scale, broken chord or cadence in any key, or newly composed bars to read, to hear or to "
        "clap. It is then a piece of the library; composed ones go when the next of their kind comes.",
        (Answer(200, "It.", Exercise), _WRONG, _TOO_LARGE, _NOT_NOW),
        Body("Which.", MAX_JSON_BYTES, ExerciseWish),
    ),
    Route(
        "GET",
        f"{PRACTICE}/notes",
        "get_practice_notes",
        "The notes of the piece that is practised, to find those that `place` and `mark` name.",
        (Answer(200, "They.", PracticeNotes), _NOTHING),
    ),
    Route(
        "GET",
        JUDGEMENT,
        "get_judgement",
        "What the tutor says of a take. The grade is there once a teacher has released it.",
        (Answer(200, "It.", Judgement), _NO_JUDGEMENT, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "GET",
        f"{JUDGEMENT}/grade",
        "get_graded_judgement",
        "The same for a teacher, with the grade and what it was made from.",
        (Answer(200, "It.", Judgement), _TEACHER, _NO_JUDGEMENT, _DAMAGED, _NOT_NOW),
    ),
    Route(
        "PATCH",
        JUDGEMENT,
        "change_judgement",
        "Correct a mark, which stays beside the machine's, or release the grade to the student.",
        (Answer(200, "It as it is now.", Judgement), _WRONG, _TEACHER, _NO_JUDGEMENT, _TOO_LARGE, _DAMAGED, _NOT_NOW),
        Body("What is to change.", MAX_JSON_BYTES, JudgementPatch),
    ),
)
