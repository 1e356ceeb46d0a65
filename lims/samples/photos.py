"""Photos of samples: who may add and take them out, and which there are."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import Conflict, Forbidden, NotFound, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.vault import Vault
from lims.db.work import LimsSession, acting_person, own_laboratory, save
from lims.samples import queries
from lims.samples.pictures import clean_picture
from lims.samples.rules import sees_whole
from lims.samples.tables import Sample, SamplePhoto

#: More of one sample nobody looks at, and a report prints them all.
MOST_PHOTOS = 12
_SHORTEST_REASON = 10


def add_photo(session: LimsSession, vault: Vault, number: str, content: bytes, caption: str) -> SamplePhoto:
    """Keep a picture of a sample: what one sees, without what the camera wrote into the file.

    Raises `NotFound`, `Forbidden` for those who may not see whose the sample is, `BadInput` for what is no picture,
    `RuleRefused` when there are enough, `Conflict` when the sample has this picture.
    """
    sample = _own_sample(session, number)
    refuse_if(_reasons_against_more(photos_of(session, sample.id)))
    picture = clean_picture(content)
    sha256 = hashlib.sha256(picture.content).hexdigest()
    there = session.exec(
        select(SamplePhoto).where(SamplePhoto.sample_id == sample.id, SamplePhoto.sha256 == sha256)
    ).one_or_none()
    if there is not None:
        raise Conflict(reason("photo.twice", "The sample has, or had, this picture already.", at=Where("file")))
    vault.put(picture.content)
    return save(
        session,
        SamplePhoto(
            laboratory_id=sample.laboratory_id,
            sample_id=sample.id,
            caption=caption,
            sha256=sha256,
            thumbnail=vault.put(picture.thumbnail),
            original_sha256=hashlib.sha256(content).hexdigest(),
            width=picture.width,
            height=picture.height,
            added_by=acting_person(session),
            added_at=session.instant,
        ),
    )


def remove_photo(session: LimsSession, number: str, photo_id: UUID, why: str) -> SamplePhoto:
    """Take a picture out, with a reason; it stays in the records, and in reports that were issued with it.

    Raises `NotFound`, `Forbidden`, `RuleRefused`.
    """
    sample = _own_sample(session, number)
    photo = photo_by_id(session, sample, photo_id)
    refuse_if(_reasons_against_removal(photo, why))
    photo.removed_by = acting_person(session)
    photo.removed_at = session.instant
    photo.removal_reason = why.strip()
    return save(session, photo)


def photos_of(session: Session, sample_id: UUID) -> Sequence[SamplePhoto]:
    """The photos of a sample that were not taken out, the oldest first."""
    return session.exec(
        select(SamplePhoto)
        .where(SamplePhoto.sample_id == sample_id, col(SamplePhoto.removed_at).is_(None))
        .order_by(col(SamplePhoto.added_at), col(SamplePhoto.id))
    ).all()


def photo_by_id(session: Session, sample: Sample, photo_id: UUID) -> SamplePhoto:
    """A photo of a sample. Raises `NotFound`."""
    found = session.exec(
        select(SamplePhoto).where(SamplePhoto.id == photo_id, SamplePhoto.sample_id == sample.id)
    ).one_or_none()
    if found is None:
        raise NotFound.of("photo", photo_id)
    return found


def seen_sample(session: LimsSession, number: str) -> Sample:
    """The sample of a number, for those who may see whose it is: a photo tells. Raises `NotFound`, `Forbidden`."""
    sample = queries.sample_by_number(session, number)
    if not sees_whole(session.actor, sample.registered_by):
        raise Forbidden(
            reason("photo.blind", "Photos may show whose a sample is; they stay hidden from the bench, as that does.")
        )
    return sample


def _own_sample(session: LimsSession, number: str) -> Sample:
    sample = seen_sample(session, number)
    if sample.laboratory_id != own_laboratory(session):
        raise NotFound.of("sample", number)
    return sample


def _reasons_against_more(there: Sequence[SamplePhoto]) -> list[Reason]:
    if len(there) < MOST_PHOTOS:
        return []
    return [
        reason(
            "photo.enough",
            "The sample has {count} photos, and more are not kept; take one out first.",
            count=len(there),
            at=Where("file"),
        )
    ]


def _reasons_against_removal(photo: SamplePhoto, why: str) -> list[Reason]:
    if photo.removed_at is not None:
        return [reason("photo.removed", "This photo was taken out already.")]
    if len(why.strip()) < _SHORTEST_REASON:
        said = "Say why the photo is taken out, in at least {count} characters."
        return [reason("photo.why", said, count=_SHORTEST_REASON, at=Where("reason"))]
    return []
