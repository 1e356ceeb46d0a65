"""What tables and columns of exams are called where people read them; part of `lims.core.record_words`."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
EXAM_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "exam": mark("Exam"),
        "exam_question": mark("Question of the bank"),
        "exam_candidate": mark("Candidate of an exam"),
        "exam_answer": mark("Answer of a candidate"),
        "exam_marking": mark("Marked paper"),
        "exam_fault": mark("Faulty question"),
        "exam_attempt": mark("Wrong admission code"),
    }
)
#: By column, or by table and column where one name means several things.
EXAM_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "exam_id": mark("Exam"),
        "exam.number": mark("Exam number"),
        "exam.state": mark("State"),
        "sections": mark("Sections of the paper"),
        "draw": mark("How papers are drawn"),
        "shuffles": mark("Another order for each candidate"),
        "partial_credit": mark("Incomplete multiple choice"),
        "minutes": mark("Minutes"),
        "opens_at": mark("First start"),
        "last_start": mark("Last start"),
        "pass_mark": mark("Pass mark"),
        "full_marks": mark("Full marks"),
        "seed": mark("Seed of the draw"),
        "pool": mark("Questions that papers are drawn from"),
        "candidate_count": mark("Number of candidates"),
        "exam_question.code": mark("Question"),
        "exam_question.kind": mark("Kind of question"),
        "subject": mark("Subject of the question"),
        "difficulty": mark("Difficulty"),
        "stem": mark("Question in Chinese"),
        "stem_en": mark("Question in English"),
        "options": mark("Options in Chinese"),
        "options_en": mark("Options in English"),
        "answers": mark("Right answers"),
        "exam_question.tolerance": mark("Tolerance"),
        "explanation": mark("Explanation in Chinese"),
        "explanation_en": mark("Explanation in English"),
        "exam_question.source": mark("Source or clause"),
        "written_by": mark("Written by"),
        "written_at": mark("Written at"),
        "superseded_at": mark("Replaced by the next edition at"),
        "retired_at": mark("Retired at"),
        "candidate_id": mark("Candidate"),
        "candidate_key": mark("Key of the candidate"),
        "exam_candidate.name": mark("Name of the candidate"),
        "admission_sha256": mark("Digest of the admission code"),
        "session_sha256": mark("Digest of the open browser"),
        "paper": mark("Paper"),
        "extra_minutes": mark("Extra minutes"),
        "extra_reason": mark("Why there is extra time"),
        "started_at": mark("Begun at"),
        "ends_at": mark("Time is up at"),
        "exam_candidate.handed_in_at": mark("Paper handed in at"),
        "exam_candidate.handed_in_by": mark("Paper handed in by"),
        "place": mark("Place in the paper"),
        "given": mark("Given answer"),
        "serial": mark("Serial of the browser"),
        "answered_at": mark("Answered at"),
        "lines": mark("Marks of each question"),
        "total": mark("Marks in all"),
        "is_passed": mark("Passed"),
        "marked_at": mark("Marked at"),
        "question_id": mark("Question of the bank"),
        "exam_fault.state": mark("State"),
        "exam_fault.answers": mark("Right answers"),
        "fault": mark("What is wrong with it"),
        "proposed_by": mark("Found faulty by"),
        "proposed_at": mark("Found faulty at"),
    }
)
