"""The first page (今日): what waits for the person who looks, block by block, each for a right that they hold."""

from collections.abc import Callable

from lims.core.actions import Action, Role
from lims.desk import care_blocks, work_blocks
from lims.desk.look import Look
from lims.desk.views import Block


def blocks_for(look: Look) -> list[Block]:
    """The blocks that are for this person, what waits for them first."""
    may = look.may
    shown: tuple[tuple[bool, Callable[[Look], Block]], ...] = (
        (may(Action.RESULT_ENTER), work_blocks.bench),
        (may(Action.SAMPLE_REGISTER) and not may(Action.RESULT_ENTER), work_blocks.sampling),
        (may(Action.RESULT_VERIFY), work_blocks.verification),
        (any(map(may, (Action.REPORT_COMPILE, Action.REPORT_REVIEW, Action.REPORT_APPROVE))), work_blocks.reports),
        (may(Action.ACCREDITATION_EDIT), care_blocks.quality),
        (Role.INSPECTOR in look.actor.roles, care_blocks.inspection),
        (may(Action.RETURN_IMPORT), care_blocks.network),
        (may(Action.USER_EDIT), care_blocks.administration),
    )
    return [block(look) for is_for, block in shown if is_for]
