"""The public door of the transparency log: heads, proofs and leaf hashes, for anybody who keeps watch.

Nothing here says more than that there are so many entries: a leaf is a hash that nobody can guess back who does not
hold the report.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import NotFound
from lims.core.patterns import LABORATORY_CODE
from lims.core.reasons import reason
from lims.documents.log_forms import SignedHead
from lims.network import queries as network
from lims.reports import log
from lims.web.dependencies import LimsDep
from lims.web.fields import Output
from lims.web.pace import LookPace

router = APIRouter(prefix="/api/log", tags=["public"], dependencies=[LookPace])

_LARGEST = 2**53
Code = Annotated[str, Query(pattern=LABORATORY_CODE, max_length=20, description="Code of the laboratory.")]
Size = Annotated[int, Query(ge=0, le=_LARGEST, description="Leaves of a tree.")]
LeafHash = Annotated[str, Query(pattern=r"^[0-9a-f]{64}$", description="Hash of the leaf (RFC 9162, 2.1).")]


class InclusionOut(Output):
    """That a leaf stands in a tree."""

    index: int = Field(description="Place of the leaf, from 0.")
    size: int
    root: str
    path: list[str]


class ConsistencyOut(Output):
    """That a tree begins with an earlier one."""

    first: int
    first_root: str
    second: int
    second_root: str
    path: list[str]


class LeavesOut(Output):
    """Hashes of leaves, in their order."""

    start: int
    size: int = Field(description="Leaves there are.")
    leaves: list[str]


@router.get("/head")
def newest_head(lims: LimsDep, laboratory: Code) -> SignedHead:
    """The newest signed head of a laboratory's log. 404 before there is one."""
    with lims.read(system_actor("public"), Action.REPORT_VERIFY) as session:
        owner = network.laboratory_by_code(session, laboratory)
        head = log.newest_head(session, owner.id)
        if head is None:
            raise NotFound(
                reason("log.empty", "The log of {laboratory} has no signed head yet.", laboratory=owner.code)
            )
        return log.head_form(head, owner.code)


@router.get("/proof/inclusion")
def inclusion_proof(lims: LimsDep, laboratory: Code, leaf: LeafHash, size: Size) -> InclusionOut:
    """The path from a leaf to the root of the tree of `size` leaves."""
    with lims.read(system_actor("public"), Action.REPORT_VERIFY) as session:
        owner = network.laboratory_by_code(session, laboratory)
        index, path = log.inclusion(session, owner, leaf, size)
        return InclusionOut(index=index, size=size, root=log.root_at(session, owner.id, size) or "", path=path)


@router.get("/proof/consistency")
def consistency_proof(lims: LimsDep, laboratory: Code, first: Size, second: Size) -> ConsistencyOut:
    """That the tree of `second` leaves begins with that of `first` ones."""
    with lims.read(system_actor("public"), Action.REPORT_VERIFY) as session:
        owner = network.laboratory_by_code(session, laboratory)
        path = log.consistency(session, owner.id, first, second)
        return ConsistencyOut(
            first=first,
            first_root=log.root_at(session, owner.id, first) or "",
            second=second,
            second_root=log.root_at(session, owner.id, second) or "",
            path=path,
        )


@router.get("/leaves")
def leaves(
    lims: LimsDep,
    laboratory: Code,
    start: Annotated[int, Query(ge=0, le=_LARGEST, description="Place of the first leaf.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> LeavesOut:
    """The hashes of the leaves, so that anybody can compute every head anew."""
    with lims.read(system_actor("public"), Action.REPORT_VERIFY) as session:
        owner = network.laboratory_by_code(session, laboratory)
        found = log.leaf_hashes(session, owner.id, start, limit)
        return LeavesOut(start=start, size=log.size_of(session, owner.id), leaves=found)
