"""Accounts of a rehearsal, which its sign-in page offers: everything in it is made up. Never of a laboratory's own."""

from dataclasses import dataclass

from lims.core.actions import Role


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """An account that anybody who tries the program may sign in with."""

    username: str
    full_name: str
    role: Role
    password: str
