"""The question bank as a table: the template, reading one with every fault at its row and column, and the export."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openpyxl import Workbook

from lims.core.errors import refuse_bad
from lims.core.formulas import keep_as_text
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import Column, ColumnKind, read_table, template_workbook
from lims.exams.bank import reasons_against
from lims.exams.rules import BETWEEN, DIFFICULTY_WORDS, FALSE, KIND_WORDS, LETTERS, TRUE, Difficulty, QuestionKind
from lims.exams.schemas import QuestionIn
from lims.exams.tables import ExamQuestion
from lims.web.fields import DecimalText, Input
from lims.web.rows import Numbered, orders_of
from lims.web.texts import Text20, Text40, Text200, Text1000

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A statement is right or wrong in many words.
_VERDICTS: Final = {
    **dict.fromkeys(("正确", "对", "是", "√", "✓", "✔", "true", "t", "right"), TRUE),
    **dict.fromkeys(("错误", "错", "否", "×", "✗", "✘", "false", "f", "wrong"), FALSE),
}
COLUMNS: Final = (
    Column("code", ("编号", "Code"), example="（空：新题；已有编号：改为新版本）"),
    Column("kind", ("题型", "Kind"), required=True, kind=ColumnKind.CHOICE, choices=KIND_WORDS, example="单选题"),
    Column("subject", ("科目", "Subject"), required=True, example="抽样"),
    Column("difficulty", ("难度", "Difficulty"), kind=ColumnKind.CHOICE, choices=DIFFICULTY_WORDS, example="中"),
    Column("stem", ("题干", "Question"), required=True, example="4.25 修约到一位小数是多少？"),
    Column("stem_en", ("题干（英文）", "Question in English"), example="What is 4.25 rounded to one decimal?"),
    *(Column(f"option_{one}", (f"选项{one.upper()}", f"Option {one.upper()}")) for one in LETTERS.lower()),
    Column("options_en", ("选项（英文）", "Options in English"), example="4.2|4.3"),
    Column("answers", ("答案", "Answer"), required=True, example="A；多选 AC；判断 正确；填空 甲|乙"),
    Column("tolerance", ("允许误差", "Tolerance"), example="0.01（计算题）"),
    Column("unit", ("单位", "Unit"), example="mg/kg（计算题）"),
    Column("explanation", ("解析", "Explanation")),
    Column("explanation_en", ("解析（英文）", "Explanation in English")),
    Column("source", ("出处", "Source"), example="GB/T 8170-2008 3.2"),
)
_HEADINGS: Final = {one.key: one.headings[0] for one in COLUMNS}


class _Cells(Input):
    """One row."""

    code: Text20 | None = None
    kind: QuestionKind
    subject: Text40
    difficulty: Difficulty = Difficulty.MEDIUM
    stem: Text1000
    stem_en: Text1000 | None = None
    option_a: Text200 | None = None
    option_b: Text200 | None = None
    option_c: Text200 | None = None
    option_d: Text200 | None = None
    option_e: Text200 | None = None
    option_f: Text200 | None = None
    option_g: Text200 | None = None
    option_h: Text200 | None = None
    options_en: Text1000 | None = None
    answers: Text1000
    tolerance: DecimalText | None = None
    unit: Text20 | None = None
    explanation: Text1000 | None = None
    explanation_en: Text1000 | None = None
    source: Text200 | None = None


@dataclass(frozen=True, slots=True)
class ReadQuestions:
    """What a table holds: questions by row, and the codes of those that change one of the bank."""

    rows: list[Numbered[QuestionIn]]
    codes: dict[int, str]


def question_template() -> bytes:
    """An empty table (xlsx) with every column and a sheet that explains them."""
    return template_workbook("题库", COLUMNS)


def read_questions(content: bytes, encoding: str) -> ReadQuestions:
    """The questions of a table. Raises `BadInput` with every fault at its row and column."""
    rows, faults = orders_of(read_table(content, COLUMNS, encoding=encoding), COLUMNS, _Cells)
    read: list[Numbered[QuestionIn]] = []
    codes: dict[int, str] = {}
    for row in rows:
        order = _question(row.order)
        faults += [_at_row(one, row.row) for one in [*_gap_in_options(row.order), *reasons_against(order)]]
        if row.order.code is not None and row.row is not None:
            codes[row.row] = row.order.code
        read.append(Numbered(order, row.row))
    refuse_bad(sorted(faults, key=lambda one: one.where.row or 0))
    return ReadQuestions(read, codes)


def question_workbook(questions: Sequence[ExamQuestion]) -> bytes:
    """The bank as a table that can be read again."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    sheet.title = "题库"
    sheet.append([one.headings[0] for one in COLUMNS])
    for question in questions:
        cells = _cells_of(question)
        sheet.append([cells.get(one.key, "") for one in COLUMNS])
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            keep_as_text(cell)
    for letter in ("E", "F"):
        sheet.column_dimensions[letter].width = 50
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _question(cells: _Cells) -> QuestionIn:
    options = [text for one in LETTERS.lower() if (text := getattr(cells, f"option_{one}")) is not None]
    # Without checks: `reasons_against` says what is wrong, at its column.
    return QuestionIn.model_construct(
        kind=cells.kind,
        subject=cells.subject,
        difficulty=cells.difficulty,
        stem=cells.stem,
        stem_en=cells.stem_en,
        options=options,
        options_en=_parts(cells.options_en or ""),
        answers=answers_in(cells.kind, cells.answers),
        tolerance=cells.tolerance,
        unit=cells.unit,
        explanation=cells.explanation,
        explanation_en=cells.explanation_en,
        source=cells.source,
    )


def answers_in(kind: QuestionKind, text: str) -> list[str]:
    """Answers as people write them, whatever the width of their letters and digits: AC, 正确, 0.35, 甲|乙."""
    plain = unicodedata.normalize("NFKC", text).strip()
    match kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return [one for one in plain.upper() if one not in " ,、;|"]
        case QuestionKind.TRUE_FALSE:
            return [_VERDICTS.get(plain.casefold(), text)]
        case QuestionKind.NUMERIC:
            return [plain.replace("\N{MINUS SIGN}", "-")]
        case QuestionKind.FILL:
            return _parts(text)


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.split(BETWEEN) if one.strip()]


def _gap_in_options(cells: _Cells) -> list[Reason]:
    """Options without a gap between them: else the letters of the answer would mean other ones."""
    filled = [getattr(cells, f"option_{one}") is not None for one in LETTERS.lower()]
    if True not in filled or all(filled[: sum(filled)]):
        return []
    sentence = "Options begin with A and leave no letter out."
    at = Where("option_" + LETTERS.lower()[filled.index(False)])
    return [reason("question.options_gap", sentence, at=at)]


def _at_row(fault: Reason, row: int | None) -> Reason:
    """The fault of a field, at the row and column of the table."""
    field = "option_a" if fault.where.field == "options" else fault.where.field or "stem"
    return Reason(fault.code, fault.sentence, fault.values, Where(row=row, column=_HEADINGS.get(field, field)))


def answers_text(question: ExamQuestion) -> str:
    """Answers as `answers_in` reads them."""
    match question.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return "".join(question.answers)
        case QuestionKind.TRUE_FALSE:
            return {TRUE: "正确", FALSE: "错误"}[question.answers[0]]
        case _:
            return BETWEEN.join(question.answers)


def _cells_of(question: ExamQuestion) -> dict[str, str]:
    kinds = {value: word for word, value in KIND_WORDS.items()}
    difficulties = {value: word for word, value in DIFFICULTY_WORDS.items()}
    return {
        "code": question.code,
        "kind": kinds[question.kind.value],
        "subject": question.subject,
        "difficulty": difficulties[question.difficulty.value],
        "stem": question.stem,
        "stem_en": question.stem_en or "",
        **{f"option_{LETTERS.lower()[place]}": text for place, text in enumerate(question.options)},
        "options_en": BETWEEN.join(question.options_en),
        "answers": answers_text(question),
        "tolerance": "" if question.tolerance is None else format(question.tolerance, "f"),
        "unit": question.unit or "",
        "explanation": question.explanation or "",
        "explanation_en": question.explanation_en or "",
        "source": question.source or "",
    }
