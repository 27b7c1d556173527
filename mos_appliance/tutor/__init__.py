"""The tutor: keeps the student's place in a score and judges what was played. Pure: times come in with the notes."""
