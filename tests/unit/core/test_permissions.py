"""Who may do what: the whole table, written by hand, so that a change of it is noticed and meant."""

import ast
from pathlib import Path

import pytest

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.permissions import actions_of

LIMS = Path(__file__).parents[3] / "lims"

#: One letter per role; the order of the columns below.
ROLES = {
    "S": Role.SAMPLER,
    "T": Role.TECHNICIAN,
    "V": Role.VERIFIER,
    "C": Role.REPORT_COMPILER,
    "R": Role.REPORT_REVIEWER,
    "A": Role.AUTHORISED_SIGNATORY,
    "Q": Role.QUALITY_MANAGER,
    "I": Role.INSPECTOR,
    "N": Role.NETWORK_MANAGER,
    "O": Role.CONTEST_ORGANISER,
    "J": Role.CONTEST_JUDGE,
    "D": Role.ADMINISTRATOR,
}
EVERYBODY, NOBODY = "STVCRAQINOJD", ""
MATRIX = {
    Action.NETWORK_READ: EVERYBODY,
    Action.NETWORK_EDIT: "ND",
    Action.PEOPLE_READ: "QD",
    Action.USER_CREATE: "D",
    Action.USER_EDIT: "D",
    Action.USER_RESET: "D",
    Action.USER_AUTHORISE: "Q",
    Action.TOKEN_CREATE: EVERYBODY,
    Action.TOKEN_REVOKE: EVERYBODY,
    Action.SESSION_OPEN: EVERYBODY,
    Action.SESSION_END: EVERYBODY,
    Action.PASSWORD_CHANGE: EVERYBODY,
    Action.SECOND_FACTOR_EDIT: EVERYBODY,
    Action.ACT_CONFIRM: EVERYBODY,
    Action.SIGNING_KEY_EDIT: EVERYBODY,
    Action.VIEW_SAVE: EVERYBODY,
    Action.VIEW_DELETE: EVERYBODY,
    Action.LIBRARY_READ: EVERYBODY,
    Action.LIBRARY_LOAD: "ND",
    Action.LIBRARY_RELEASE: "ND",
    Action.LIBRARY_REJECT: "ND",
    Action.EQUIPMENT_READ: "TVCRAQ",
    Action.EQUIPMENT_EDIT: "Q",
    Action.MATERIAL_READ: "TVCRAQ",
    Action.MATERIAL_REGISTER: "TQ",
    Action.MATERIAL_PREPARE: "T",
    Action.MATERIAL_EDIT: "TQ",
    Action.ACCREDITATION_READ: "TVCRAQIN",
    Action.ACCREDITATION_EDIT: "Q",
    Action.SAMPLE_READ: "STVCRAQI",
    Action.SAMPLE_REGISTER: "ST",
    Action.SAMPLE_RECEIVE: "T",
    Action.SAMPLE_UNBLIND: "CRAQI",
    Action.SAMPLE_PHOTO_ADD: "STC",
    Action.SAMPLE_PHOTO_REMOVE: "STC",
    Action.RUN_READ: "TVCRAQ",
    Action.WORKSHEET_CREATE: "T",
    Action.BENCH_RECORD: "T",
    Action.RUN_PREVIEW: "T",
    Action.RUN_IMPORT: "T",
    Action.PROFILE_SAVE: "TQ",
    Action.PROFILE_RETIRE: "TQ",
    Action.RESULT_READ: "TVCRAQ",
    Action.RESULT_ENTER: "T",
    Action.RESULT_SUBMIT: "T",
    Action.RESULT_VERIFY: "V",
    Action.RESULT_RETURN: "V",
    Action.RESULT_CORRECT: "T",
    Action.RAPID_RECORD: "T",
    Action.RAPID_CONFIRM: "T",
    Action.QC_PLAN_SET: "Q",
    Action.QC_DECIDE: "AQ",
    Action.LEVEL_DECIDE: "VAQ",
    Action.QUALITY_READ: "TVCRAQ",
    Action.CHART_SET_LIMITS: "Q",
    Action.CHART_WATCH: NOBODY,
    Action.NONCONFORMING_OPEN: "TVAQ",
    Action.PROFICIENCY_READ: "TVCRAQN",
    Action.PROFICIENCY_ENTER: "TQ",
    Action.PROFICIENCY_PLAN: "N",
    Action.PROFICIENCY_CONDUCT: "N",
    Action.PROFICIENCY_EVALUATE: "N",
    Action.PROFICIENCY_PUBLISH: "N",
    Action.PROFICIENCY_FOLLOW: NOBODY,
    Action.EXAM_READ: "QN",
    Action.EXAM_WRITE: "QN",
    Action.EXAM_PLAN: "QN",
    Action.EXAM_CONDUCT: "QN",
    Action.EXAM_CORRECT: "QN",
    Action.EXAM_PUBLISH: "QN",
    Action.EXAM_SIT: NOBODY,
    Action.EXAM_ANSWER: NOBODY,
    Action.EXAM_HAND_IN: NOBODY,
    Action.CONTEST_READ: "TVCRAQNO",
    Action.CONTEST_ENTER: "TQ",
    Action.CONTEST_APPEAL: "TQ",
    Action.CONTEST_SCORE: "J",
    Action.CONTEST_PLAN: "NO",
    Action.CONTEST_CONDUCT: "NO",
    Action.CONTEST_RECORD: "NO",
    Action.CONTEST_CORRECT: "NO",
    Action.CONTEST_DECIDE: "NO",
    Action.CONTEST_PUBLISH: "NO",
    Action.CONTEST_CERTIFY: NOBODY,
    Action.NONCONFORMING_DECIDE: "Q",
    Action.SAMPLE_JUDGE: "C",
    Action.REPORT_READ: "TVCRAQIN",
    Action.REPORT_COMPILE: "C",
    Action.REPORT_REVIEW: "R",
    Action.REPORT_SEND_BACK: "RA",
    Action.REPORT_REPLACE: "C",
    Action.REPORT_APPROVE: "A",
    Action.REPORT_RENDER: NOBODY,
    Action.LOG_SIGN: NOBODY,
    Action.REPORT_RETRY: "A",
    Action.REPORT_BOOK: NOBODY,
    Action.REPORT_WITHDRAW: "A",
    Action.REPORT_VERIFY: "STVCRAQIN",
    Action.REPORT_BATCH: NOBODY,
    Action.REPORT_DOWNLOAD: "TVCRAQIN",
    Action.REPORT_HAND_OUT: "CAQ",
    Action.REPORT_TELL: "CAQ",
    Action.INDICATORS_READ: "TVCRAQIN",
    Action.RETURN_EXPORT: "QN",
    Action.RETURN_IMPORT: "N",
    Action.AUDIT_READ: "QD",
    Action.AUDIT_VERIFY: "QD",
    Action.SET_UP: NOBODY,
}


def test_the_table_names_every_action_and_every_role() -> None:
    assert MATRIX.keys() == set(Action)
    assert set(ROLES.values()) == set(Role)


@pytest.mark.parametrize("action", Action)
def test_an_action_is_open_to_the_roles_of_the_table_and_to_no_other(action: Action) -> None:
    allowed = {letter for letter, role in ROLES.items() if action in actions_of(frozenset({role}))}

    assert allowed == set(MATRIX[action])


def test_several_roles_may_do_what_each_may_and_no_more() -> None:
    for one in Role:
        for other in Role:
            assert actions_of(frozenset({one, other})) == actions_of(frozenset({one})) | actions_of(frozenset({other}))


def test_without_a_role_nothing_is_allowed_and_to_the_installation_itself_everything() -> None:
    nobody = Actor(None, "nobody", frozenset(), None, frozenset())

    assert actions_of(frozenset()) == frozenset()
    assert not any(nobody.may(action) for action in Action)
    assert all(system_actor().may(action) for action in Action)


def test_nobody_does_alone_what_needs_two_people() -> None:
    """Entering and verifying; compiling, reviewing and approving; and administrators touch no laboratory data."""
    apart = [
        {Action.RESULT_ENTER, Action.RESULT_VERIFY},
        {Action.REPORT_COMPILE, Action.REPORT_REVIEW},
        {Action.REPORT_REVIEW, Action.REPORT_APPROVE},
        {Action.REPORT_COMPILE, Action.REPORT_APPROVE},
        {Action.USER_CREATE, Action.SAMPLE_READ},
        {Action.USER_CREATE, Action.RESULT_READ},
        {Action.USER_CREATE, Action.REPORT_READ},
    ]
    for role in Role:
        for together in apart:
            assert not together <= actions_of(frozenset({role})), role


def test_who_knows_whose_a_sample_is_does_not_measure_it() -> None:
    for role in Role:
        may = actions_of(frozenset({role}))
        assert not {Action.SAMPLE_UNBLIND, Action.RESULT_ENTER} <= may, role
        assert not {Action.SAMPLE_UNBLIND, Action.RESULT_VERIFY} <= may, role


def test_every_action_is_used_by_the_program() -> None:
    used = {name for path in LIMS.rglob("*.py") if path.name not in {"actions.py", "permissions.py"}
            for name in _actions_in(path)}  # fmt: skip

    assert {action.name for action in Action} - used == set()


def _actions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Action"
    }
