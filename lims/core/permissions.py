"""Which role may do what. The table is the whole truth: no route or service decides rights by itself."""

from lims.core.actions import Action, Role

_EVERY_ROLE = frozenset(
    {
        Action.NETWORK_READ,
        Action.LIBRARY_READ,
        Action.TOKEN_CREATE,
        Action.TOKEN_REVOKE,
        Action.SESSION_OPEN,
        Action.SESSION_END,
        Action.PASSWORD_CHANGE,
        Action.SECOND_FACTOR_EDIT,
        Action.ACT_CONFIRM,
        Action.SIGNING_KEY_EDIT,
        Action.VIEW_SAVE,
        Action.VIEW_DELETE,
    }
)
_LABORATORY_READS = frozenset(
    {
        Action.SAMPLE_READ,
        Action.RUN_READ,
        Action.QUALITY_READ,
        Action.RESULT_READ,
        Action.REPORT_READ,
        Action.REPORT_DOWNLOAD,
        Action.REPORT_VERIFY,
        Action.EQUIPMENT_READ,
        Action.MATERIAL_READ,
        Action.ACCREDITATION_READ,
        Action.INDICATORS_READ,
        Action.PROFICIENCY_READ,
        Action.CONTEST_READ,
    }
)
_ORGANISES_CONTESTS = frozenset(
    {
        Action.CONTEST_READ,
        Action.CONTEST_PLAN,
        Action.CONTEST_CONDUCT,
        Action.CONTEST_RECORD,
        Action.CONTEST_CORRECT,
        Action.CONTEST_DECIDE,
        Action.CONTEST_PUBLISH,
    }
)
#: Whoever keeps a bank of questions sees what is right: it is never part of what everybody in a laboratory reads.
_EXAMS = frozenset(
    {
        Action.EXAM_READ,
        Action.EXAM_WRITE,
        Action.EXAM_PLAN,
        Action.EXAM_CONDUCT,
        Action.EXAM_CORRECT,
        Action.EXAM_PUBLISH,
    }
)

_PHOTOS = frozenset({Action.SAMPLE_PHOTO_ADD, Action.SAMPLE_PHOTO_REMOVE})

_RIGHTS: dict[Role, frozenset[Action]] = {
    Role.SAMPLER: _PHOTOS | {Action.SAMPLE_READ, Action.SAMPLE_REGISTER, Action.REPORT_VERIFY},
    Role.TECHNICIAN: _LABORATORY_READS
    | _PHOTOS
    | {
        Action.SAMPLE_REGISTER,
        Action.SAMPLE_RECEIVE,
        Action.MATERIAL_REGISTER,
        Action.MATERIAL_PREPARE,
        Action.MATERIAL_EDIT,
        Action.WORKSHEET_CREATE,
        Action.BENCH_RECORD,
        Action.RUN_PREVIEW,
        Action.RUN_IMPORT,
        Action.PROFILE_SAVE,
        Action.PROFILE_RETIRE,
        Action.RESULT_ENTER,
        Action.RESULT_SUBMIT,
        Action.RESULT_CORRECT,
        Action.RAPID_RECORD,
        Action.RAPID_CONFIRM,
        Action.NONCONFORMING_OPEN,
        Action.PROFICIENCY_ENTER,
        Action.CONTEST_ENTER,
        Action.CONTEST_APPEAL,
    },
    Role.VERIFIER: _LABORATORY_READS
    | {Action.RESULT_VERIFY, Action.RESULT_RETURN, Action.LEVEL_DECIDE, Action.NONCONFORMING_OPEN},
    Role.REPORT_COMPILER: _LABORATORY_READS
    | _PHOTOS
    | {Action.SAMPLE_JUDGE, Action.REPORT_COMPILE, Action.REPORT_REPLACE, Action.SAMPLE_UNBLIND}
    | {Action.REPORT_HAND_OUT, Action.REPORT_TELL},
    Role.REPORT_REVIEWER: _LABORATORY_READS | {Action.REPORT_REVIEW, Action.REPORT_SEND_BACK, Action.SAMPLE_UNBLIND},
    Role.AUTHORISED_SIGNATORY: _LABORATORY_READS
    | {
        Action.REPORT_APPROVE,
        Action.REPORT_SEND_BACK,
        Action.REPORT_RETRY,
        Action.REPORT_WITHDRAW,
        Action.REPORT_HAND_OUT,
        Action.REPORT_TELL,
        Action.SAMPLE_UNBLIND,
        Action.QC_DECIDE,
        Action.LEVEL_DECIDE,
        Action.NONCONFORMING_OPEN,
    },
    Role.QUALITY_MANAGER: _LABORATORY_READS
    | _EXAMS
    | {
        Action.QC_PLAN_SET,
        Action.QC_DECIDE,
        Action.LEVEL_DECIDE,
        Action.CHART_SET_LIMITS,
        Action.NONCONFORMING_OPEN,
        Action.NONCONFORMING_DECIDE,
        Action.ACCREDITATION_EDIT,
        Action.EQUIPMENT_EDIT,
        Action.MATERIAL_REGISTER,
        Action.MATERIAL_EDIT,
        Action.PROFILE_SAVE,
        Action.PROFILE_RETIRE,
        Action.PEOPLE_READ,
        Action.USER_AUTHORISE,
        Action.AUDIT_READ,
        Action.AUDIT_VERIFY,
        Action.RETURN_EXPORT,
        Action.REPORT_HAND_OUT,
        Action.REPORT_TELL,
        Action.SAMPLE_UNBLIND,
        Action.PROFICIENCY_ENTER,
        Action.CONTEST_ENTER,
        Action.CONTEST_APPEAL,
    },
    Role.INSPECTOR: frozenset(
        {
            Action.SAMPLE_READ,
            Action.SAMPLE_UNBLIND,
            Action.REPORT_READ,
            Action.REPORT_DOWNLOAD,
            Action.REPORT_VERIFY,
            Action.ACCREDITATION_READ,
            Action.INDICATORS_READ,
        }
    ),
    Role.NETWORK_MANAGER: _EXAMS
    | frozenset(
        {
            Action.NETWORK_EDIT,
            Action.LIBRARY_LOAD,
            Action.LIBRARY_RELEASE,
            Action.LIBRARY_REJECT,
            Action.ACCREDITATION_READ,
            Action.INDICATORS_READ,
            Action.RETURN_EXPORT,
            Action.RETURN_IMPORT,
            Action.REPORT_READ,
            Action.REPORT_DOWNLOAD,
            Action.REPORT_VERIFY,
            Action.PROFICIENCY_READ,
            Action.PROFICIENCY_PLAN,
            Action.PROFICIENCY_CONDUCT,
            Action.PROFICIENCY_EVALUATE,
            Action.PROFICIENCY_PUBLISH,
        }
    )
    | _ORGANISES_CONTESTS,
    Role.CONTEST_ORGANISER: _ORGANISES_CONTESTS,
    Role.CONTEST_JUDGE: frozenset({Action.CONTEST_SCORE}),
    Role.ADMINISTRATOR: frozenset(
        {
            Action.PEOPLE_READ,
            Action.USER_CREATE,
            Action.USER_EDIT,
            Action.USER_RESET,
            Action.NETWORK_EDIT,
            Action.LIBRARY_LOAD,
            Action.LIBRARY_RELEASE,
            Action.LIBRARY_REJECT,
            Action.AUDIT_READ,
            Action.AUDIT_VERIFY,
        }
    ),
}


def actions_of(roles: frozenset[Role]) -> frozenset[Action]:
    """Everything that a person with these roles may do."""
    granted = frozenset[Action]().union(*(_RIGHTS[role] for role in roles))
    return granted | _EVERY_ROLE if roles else granted
