"""Forms of pages: what was sent, checked for forgery, read by the schemas of the JSON door; and what to show again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Request, UploadFile
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.datastructures import UploadFile as StarletteUpload

from lims.core.errors import BadInput, Forbidden, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Where, reason
from lims.core.record_words import column_word
from lims.core.schema_faults import schema_reason
from lims.web import csrf
from lims.web.viewer import ViewerDep

M = TypeVar("M", bound=BaseModel)

#: Checkboxes of a list with every row on the page chosen, and the fields around them.
_MOST_FIELDS = 2000
#: A grid of a thousand rows travels in one field.
_MOST_FIELD_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: texts stripped, files apart. Only what a signed-in person's own page sent gets here."""

    data: FormData

    def text(self, name: str) -> str:
        """The text of a field; empty when it is missing."""
        value = self.data.get(name)
        return value.strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Every text of a field that may be sent several times, as boxes of a list are."""
        return [value.strip() for value in self.data.getlist(name) if isinstance(value, str) and value.strip()]

    def file(self, name: str) -> UploadFile:
        """The file of a field. Raises `BadInput` when none was chosen."""
        value = self.data.get(name)
        if isinstance(value, StarletteUpload) and value.filename:
            return UploadFile(value.file, size=value.size, filename=value.filename, headers=value.headers)
        raise BadInput(reason("upload.missing", "Choose a file first.", at=Where(name)))

    def whole(self, name: str) -> int | None:
        """A whole number, such as the version that the page showed; None when it is empty. Raises `BadInput`."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise BadInput(
                reason("field.whole", "{field} must be a whole number.", field=column_word(name), at=Where(name))
            )
        return int(text)

    def encoding(self) -> Literal["utf-8", "gb18030"]:
        """The encoding of a text table that was chosen beside its file."""
        return "gb18030" if self.text("encoding") == "gb18030" else "utf-8"

    def seen_version(self) -> int | None:
        """The version that the page showed; None when it is missing or no number (reading the form refuses that)."""
        text = self.text("version")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None

    def read(self, model: type[M], *, lists: Sequence[str] = (), **more: Any) -> M:
        """The form as an instance of a schema: empty fields are left out; `lists` are fields sent several times;
        `more` is what the page knows besides. Raises `BadInput` with every fault at its field.
        """
        values: dict[str, Any] = {}
        for name in model.model_fields:
            given = self.texts(name) if name in lists else self.text(name)
            if given:
                values[name] = given
        try:
            return model.model_validate(values | more)
        except ValidationError as error:
            raise BadInput(*(_fault(fault) for fault in error.errors())) from error


def _fault(fault: Any) -> Any:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    return schema_reason(f"field.{fault['type']}", fault, column_word(name), Where(field=name or None))


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form shows: the values in its fields, and why it was refused, beside the fields and above them all."""

    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    errors: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    #: Every reason once, with the name of its field or an empty text.
    problems: Sequence[tuple[str, str]] = ()
    #: What others changed meanwhile (`lims.web.changes`).
    changes: Sequence[Any] = ()

    def value(self, name: str) -> Any:
        """The value of a field; empty when nothing is known."""
        given = self.values.get(name)
        return "" if given is None else given

    def faults(self, name: str) -> Sequence[str]:
        """What is wrong with a field."""
        return self.errors.get(name, ())


def refused(form: Form, refusal: LimsError, language: Language, changes: Sequence[Any] = ()) -> Filled:
    """The form as it was typed, with every reason against it."""
    say = translator(language)
    errors: dict[str, list[str]] = {}
    problems = []
    for why in refusal.reasons:
        name, text = why.where.field or "", why.translated(say)
        problems.append((name, text))
        if name:
            errors.setdefault(name, []).append(text)
    return Filled(typed(form).values, errors, tuple(problems), changes)


def typed(form: Form) -> Filled:
    """The form as it was typed, to be shown again with nothing against it."""
    values: dict[str, Any] = {}
    for name in form.data:
        given = form.texts(name)
        values[name] = given if len(form.data.getlist(name)) > 1 else form.text(name)
    return Filled(values)


def asked(request: Request) -> Form:
    """The fields of an address, for pages that look for something: they change nothing and need no token."""
    return Form(FormData([(name, value) for name, value in request.query_params.multi_items()]))


async def read_form(request: Request) -> AsyncIterator[FormData]:
    """The form of a request, for pages that nobody has signed in to yet; see `FormDep` for all others.

    The files in it are closed when the request has been answered.
    """
    async with request.form(max_files=20, max_fields=_MOST_FIELDS, max_part_size=_MOST_FIELD_BYTES) as data:
        yield data


def _form(request: Request, viewer: ViewerDep, data: Annotated[FormData, Depends(read_form)]) -> Form:
    token = request.headers.get(csrf.HEADER) or data.get(csrf.FIELD)
    if not isinstance(token, str) or not csrf.is_genuine(viewer.csrf_secret, token):
        raise Forbidden(
            reason("csrf", "This form was not sent from a page of your session. Open the page again and send it anew.")
        )
    return Form(data)


#: The form of a signed-in person's own page. Every page route that changes something asks for it.
FormDep = Annotated[Form, Depends(_form)]
