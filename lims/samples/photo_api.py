"""JSON routes of photos of samples."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import AwareDatetime, Field

from lims.core.actions import Action
from lims.samples import photos
from lims.samples.tables import SamplePhoto
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Input, Output
from lims.web.texts import Text100, Text500
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/samples", tags=["samples"])

JPEG = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Caption(Input):
    """What a photo shows."""

    caption: Text100 = Field(examples=["样品封样"])


class Removal(Input):
    """Why a photo is taken out."""

    reason: Text500 = Field(examples=["The photo shows another sample."])


class PhotoOut(Output):
    """A photo of a sample; `sha256` is that of the picture as it is kept."""

    id: UUID
    caption: str
    sha256: str
    original_sha256: str = Field(description="Of the file as it was handed in.")
    width: int
    height: int
    added_by: UUID
    added_at: AwareDatetime


@router.get("/{number}/photos")
def sample_photos(number: str, lims: LimsDep, actor: ActorDep) -> list[PhotoOut]:
    """The photos of a sample, the oldest first; for those who may see whose it is."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        sample = photos.seen_sample(session, number)
        return [PhotoOut.model_validate(photo) for photo in photos.photos_of(session, sample.id)]


@router.post("/{number}/photos", status_code=201)
def add_photo(
    number: str,
    file: Annotated[UploadFile, File(description="A JPEG or PNG picture.")],
    caption: Annotated[str, Form(max_length=100, min_length=1, description="What it shows.")],
    lims: LimsDep,
    actor: ActorDep,
) -> PhotoOut:
    """Keep a photo of a sample; what the camera wrote into the file is left out."""
    lims.require(actor, Action.SAMPLE_PHOTO_ADD)
    order, content = Caption(caption=caption), read_upload(file, lims)
    with lims.work(actor, Action.SAMPLE_PHOTO_ADD) as session:
        return PhotoOut.model_validate(photos.add_photo(session, lims.vault, number, content, order.caption))


@router.get("/{number}/photos/{photo_id}", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
def photo(number: str, photo_id: UUID, lims: LimsDep, actor: ActorDep) -> Response:
    """The picture of a sample, as it is kept: a JPEG without what the camera wrote."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        found: SamplePhoto = photos.photo_by_id(session, photos.seen_sample(session, number), photo_id)
    return Response(lims.vault.get(found.sha256), media_type="image/jpeg", headers=JPEG)


@router.post("/{number}/photos/{photo_id}/remove")
def remove_photo(number: str, photo_id: UUID, order: Removal, lims: LimsDep, actor: ActorDep) -> PhotoOut:
    """Take a photo out; it stays in the records, and in reports that were issued with it."""
    with lims.work(actor, Action.SAMPLE_PHOTO_REMOVE, order.reason) as session:
        return PhotoOut.model_validate(photos.remove_photo(session, number, photo_id, order.reason))
