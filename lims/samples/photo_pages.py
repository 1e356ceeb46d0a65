"""Pages of photos of a sample: small pictures, one more from the telephone or the disk, and one taken out."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import Forbidden, LimsError, NotFound
from lims.core.language import Language
from lims.core.reasons import mark
from lims.people import queries as people
from lims.runtime import Lims
from lims.samples import photos
from lims.samples.photo_api import JPEG, Caption, Removal
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


@router.get("/samples/{number}/photos")
def photos_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The photos of a sample; as a part for its page."""
    return _page(request, lims, viewer, number, Filled())


@router.post("/samples/{number}/photos")
def add_photo(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Keep one more."""
    lims.require(viewer.actor, Action.SAMPLE_PHOTO_ADD)
    try:
        order, content = form.read(Caption), read_upload(form.file("file"), lims)
        with lims.work(viewer.actor, Action.SAMPLE_PHOTO_ADD) as session:
            photos.add_photo(session, lims.vault, number, content, order.caption)
    except LimsError as refusal:
        return _refused(request, lims, viewer, language, number, form, refusal)
    return see_other(request, f"/samples/{quote(number, safe='')}/photos", mark("The photo is kept."))


@router.get("/samples/{number}/photos/{photo_id}")
def photo(number: str, photo_id: UUID, lims: LimsDep, viewer: ViewerDep, small: bool = False) -> Response:
    """The picture, whole or small."""
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        found = photos.photo_by_id(session, photos.seen_sample(session, number), photo_id)
    content = lims.vault.get(found.thumbnail if small else found.sha256)
    return Response(content, media_type="image/jpeg", headers=JPEG)


@router.post("/samples/{number}/photos/{photo_id}/remove")
def remove_photo(
    number: str,
    photo_id: UUID,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    form: FormDep,
) -> Response:
    """Take one out, with a reason."""
    lims.require(viewer.actor, Action.SAMPLE_PHOTO_REMOVE)
    try:
        order = form.read(Removal)
        with lims.work(viewer.actor, Action.SAMPLE_PHOTO_REMOVE, order.reason) as session:
            photos.remove_photo(session, number, photo_id, order.reason)
    except LimsError as refusal:
        return _refused(request, lims, viewer, language, number, form, refusal)
    return see_other(request, f"/samples/{quote(number, safe='')}/photos", mark("The photo is taken out."))


def _refused(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: FormDep,
    refusal: LimsError,
) -> Response:
    if isinstance(refusal, (NotFound, Forbidden)):
        raise refusal
    return _page(request, lims, viewer, number, refused(form, refusal, language), status_of(refusal))


def _page(request: Request, lims: Lims, viewer: Viewer, number: str, form: Filled, status: int = 200) -> Response:
    with lims.read(viewer.actor, Action.SAMPLE_READ) as session:
        sample = photos.seen_sample(session, number)
        found = photos.photos_of(session, sample.id)
        names = people.names_of(session, {photo.added_by for photo in found})
    own = viewer.actor.laboratory_id == sample.laboratory_id
    return page(
        request,
        "samples/photos.html",
        part="samples/_photos.html",
        status=status,
        sample=sample,
        key=quote(sample.number, safe=""),
        photos=found,
        names=names,
        form=form,
        most=photos.MOST_PHOTOS,
        may_add=own and viewer.may(Action.SAMPLE_PHOTO_ADD) and len(found) < photos.MOST_PHOTOS,
        may_remove=own and viewer.may(Action.SAMPLE_PHOTO_REMOVE),
    )
