"""What happened, in words: the phrase that an audit trail shows for each act, and a list of rights for each right."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.actions import Action
from lims.core.reasons import mark

#: English phrases; the message ids of their translations.
ACTION_WORDS: Mapping[Action, str] = MappingProxyType(
    {
        Action.NETWORK_READ: mark("Laboratories and regions viewed"),
        Action.NETWORK_EDIT: mark("Laboratory recorded or changed"),
        Action.PEOPLE_READ: mark("People viewed"),
        Action.USER_CREATE: mark("User added"),
        Action.USER_EDIT: mark("User changed"),
        Action.USER_RESET: mark("User given a new password"),
        Action.USER_AUTHORISE: mark("Authorisation recorded"),
        Action.TOKEN_CREATE: mark("API token issued"),
        Action.TOKEN_REVOKE: mark("API token revoked"),
        Action.SESSION_OPEN: mark("Signed in"),
        Action.SESSION_END: mark("Signed out"),
        Action.PASSWORD_CHANGE: mark("Password changed"),
        Action.SECOND_FACTOR_EDIT: mark("Second factor changed"),
        Action.VIEW_SAVE: mark("View of a list saved"),
        Action.VIEW_DELETE: mark("View of a list deleted"),
        Action.LIBRARY_READ: mark("Method library viewed"),
        Action.LIBRARY_LOAD: mark("Method library loaded"),
        Action.LIBRARY_RELEASE: mark("Loaded edition released"),
        Action.LIBRARY_REJECT: mark("Loaded edition rejected"),
        Action.EQUIPMENT_READ: mark("Equipment viewed"),
        Action.EQUIPMENT_EDIT: mark("Equipment recorded or changed"),
        Action.MATERIAL_READ: mark("Materials viewed"),
        Action.MATERIAL_REGISTER: mark("Lot registered"),
        Action.MATERIAL_PREPARE: mark("Solution prepared"),
        Action.MATERIAL_EDIT: mark("Lot opened or taken out of use"),
        Action.ACCREDITATION_READ: mark("Certificates and scope viewed"),
        Action.ACCREDITATION_EDIT: mark("Certificate or scope changed"),
        Action.SAMPLE_READ: mark("Samples viewed"),
        Action.SAMPLE_REGISTER: mark("Sample registered"),
        Action.SAMPLE_RECEIVE: mark("Sample received"),
        Action.SAMPLE_UNBLIND: mark("Origin of a sample viewed"),
        Action.RUN_READ: mark("Worksheets and runs viewed"),
        Action.WORKSHEET_CREATE: mark("Worksheet made"),
        Action.BENCH_RECORD: mark("Bench record written"),
        Action.RUN_PREVIEW: mark("Instrument file previewed"),
        Action.RUN_IMPORT: mark("Instrument file imported"),
        Action.PROFILE_SAVE: mark("Import profile saved"),
        Action.PROFILE_RETIRE: mark("Import profile retired"),
        Action.QC_PLAN_SET: mark("Rules of quality control set"),
        Action.QC_DECIDE: mark("Quality control decided on"),
        Action.LEVEL_DECIDE: mark("Calibration level left out or taken back"),
        Action.QUALITY_READ: mark("Quality control viewed"),
        Action.CHART_SET_LIMITS: mark("Limits of a control chart set"),
        Action.CHART_WATCH: mark("Control charts read after a run"),
        Action.NONCONFORMING_OPEN: mark("Nonconforming work opened"),
        Action.NONCONFORMING_DECIDE: mark("Nonconforming work evaluated or closed"),
        Action.RESULT_READ: mark("Results viewed"),
        Action.RESULT_ENTER: mark("Result entered"),
        Action.RESULT_SUBMIT: mark("Result submitted"),
        Action.RESULT_VERIFY: mark("Result verified"),
        Action.RESULT_RETURN: mark("Result returned"),
        Action.RESULT_CORRECT: mark("Result corrected"),
        Action.SAMPLE_JUDGE: mark("Sample judged"),
        Action.REPORT_READ: mark("Reports viewed"),
        Action.REPORT_COMPILE: mark("Report compiled"),
        Action.REPORT_REVIEW: mark("Report reviewed"),
        Action.REPORT_SEND_BACK: mark("Report sent back"),
        Action.REPORT_REPLACE: mark("Report amended"),
        Action.REPORT_APPROVE: mark("Report approved and issued"),
        Action.REPORT_RENDER: mark("Report drawn and signed"),
        Action.REPORT_RETRY: mark("Drawing of a report tried again"),
        Action.REPORT_BOOK: mark("Report entered into the indicators"),
        Action.REPORT_WITHDRAW: mark("Report withdrawn"),
        Action.REPORT_VERIFY: mark("Report checked for authenticity"),
        Action.LOG_SIGN: mark("Head of the transparency log signed"),
        Action.INDICATORS_READ: mark("Indicators viewed"),
        Action.RETURN_EXPORT: mark("Return sent upward"),
        Action.RETURN_IMPORT: mark("Return taken in"),
        Action.AUDIT_READ: mark("Audit trail viewed"),
        Action.AUDIT_VERIFY: mark("Audit trail checked"),
        Action.SET_UP: mark("Installation set up"),
    }
)


def action_phrase(name: str) -> str:
    """The phrase of an act by its name in the audit trail; an act that the program no longer knows keeps its name."""
    return ACTION_WORDS[Action(name)] if name in set(Action) else name
