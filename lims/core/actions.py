"""Every act of the system by its one name: permission, audit entry and event share it."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is in the laboratory or the network; rights are in `lims.core.permissions`."""

    SAMPLER = "sampler"
    TECHNICIAN = "technician"
    VERIFIER = "verifier"
    REPORT_COMPILER = "report_compiler"
    REPORT_REVIEWER = "report_reviewer"
    AUTHORISED_SIGNATORY = "authorised_signatory"
    QUALITY_MANAGER = "quality_manager"
    INSPECTOR = "inspector"
    NETWORK_MANAGER = "network_manager"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """Acts and reads that need a permission."""

    # network
    NETWORK_READ = "network.read"
    NETWORK_EDIT = "network.edit"
    # people
    PEOPLE_READ = "people.read"
    USER_CREATE = "user.create"
    USER_EDIT = "user.edit"
    USER_RESET = "user.reset"
    USER_AUTHORISE = "user.authorise"
    TOKEN_CREATE = "token.create"
    TOKEN_REVOKE = "token.revoke"
    SESSION_OPEN = "session.open"
    SESSION_END = "session.end"
    PASSWORD_CHANGE = "password.change"
    SECOND_FACTOR_EDIT = "second_factor.edit"
    ACT_CONFIRM = "act.confirm"
    SIGNING_KEY_EDIT = "signing_key.edit"
    VIEW_SAVE = "view.save"
    VIEW_DELETE = "view.delete"
    # library
    LIBRARY_READ = "library.read"
    LIBRARY_LOAD = "library.load"
    LIBRARY_RELEASE = "library.release"
    LIBRARY_REJECT = "library.reject"
    # equipment
    EQUIPMENT_READ = "equipment.read"
    EQUIPMENT_EDIT = "equipment.edit"
    # reference materials, reagents, solutions
    MATERIAL_READ = "material.read"
    MATERIAL_REGISTER = "material.register"
    MATERIAL_PREPARE = "material.prepare"
    MATERIAL_EDIT = "material.edit"
    # accreditation
    ACCREDITATION_READ = "accreditation.read"
    ACCREDITATION_EDIT = "accreditation.edit"
    # samples
    SAMPLE_READ = "sample.read"
    SAMPLE_REGISTER = "sample.register"
    SAMPLE_RECEIVE = "sample.receive"
    SAMPLE_UNBLIND = "sample.unblind"
    SAMPLE_PHOTO_ADD = "sample.add_photo"
    SAMPLE_PHOTO_REMOVE = "sample.remove_photo"
    # runs
    RUN_READ = "run.read"
    WORKSHEET_CREATE = "worksheet.create"
    BENCH_RECORD = "worksheet.record_bench"
    RUN_PREVIEW = "run.preview"
    RUN_IMPORT = "run.import"
    PROFILE_SAVE = "profile.save"
    PROFILE_RETIRE = "profile.retire"
    QC_PLAN_SET = "qc.set_plan"
    QC_DECIDE = "qc.decide"
    LEVEL_DECIDE = "qc.decide_on_level"
    # results
    RESULT_READ = "result.read"
    RESULT_ENTER = "result.enter"
    RESULT_SUBMIT = "result.submit"
    RESULT_VERIFY = "result.verify"
    RESULT_RETURN = "result.return"
    RESULT_CORRECT = "result.correct"
    # rapid tests
    RAPID_RECORD = "rapid.record"
    RAPID_CONFIRM = "rapid.confirm"
    # control charts and nonconforming work
    QUALITY_READ = "quality.read"
    CHART_SET_LIMITS = "chart.set_limits"
    CHART_WATCH = "chart.watch"
    NONCONFORMING_OPEN = "nonconforming.open"
    NONCONFORMING_DECIDE = "nonconforming.decide"
    # limits
    SAMPLE_JUDGE = "sample.judge"
    # reports
    REPORT_READ = "report.read"
    REPORT_COMPILE = "report.compile"
    REPORT_REVIEW = "report.review"
    REPORT_SEND_BACK = "report.send_back"
    REPORT_REPLACE = "report.replace"
    REPORT_APPROVE = "report.approve"
    REPORT_RENDER = "report.render"
    REPORT_RETRY = "report.retry"
    REPORT_BOOK = "report.book"
    REPORT_WITHDRAW = "report.withdraw"
    REPORT_VERIFY = "report.verify"
    REPORT_BATCH = "report.batch"
    REPORT_DOWNLOAD = "report.download"
    REPORT_HAND_OUT = "report.hand_out"
    REPORT_TELL = "report.tell"
    LOG_SIGN = "log.sign"
    # indicators
    INDICATORS_READ = "indicators.read"
    RETURN_EXPORT = "return.export"
    RETURN_IMPORT = "return.import"
    # proficiency rounds
    PROFICIENCY_READ = "proficiency.read"
    PROFICIENCY_ENTER = "proficiency.enter"
    PROFICIENCY_PLAN = "proficiency.plan"
    PROFICIENCY_CONDUCT = "proficiency.conduct"
    PROFICIENCY_EVALUATE = "proficiency.evaluate"
    PROFICIENCY_PUBLISH = "proficiency.publish"
    PROFICIENCY_FOLLOW = "proficiency.follow"
    # exams
    EXAM_READ = "exam.read"
    EXAM_WRITE = "exam.write_questions"
    EXAM_PLAN = "exam.plan"
    EXAM_CONDUCT = "exam.conduct"
    EXAM_SIT = "exam.sit"
    EXAM_ANSWER = "exam.answer"
    EXAM_HAND_IN = "exam.hand_in"
    EXAM_CORRECT = "exam.correct"
    EXAM_PUBLISH = "exam.publish"
    # audit
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    # the installation itself
    SET_UP = "installation.set_up"
