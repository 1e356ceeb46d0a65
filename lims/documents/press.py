"""The press (排版): one process's way from HTML to PDF, with fonts and stylesheets kept warm.

Same snapshot, same template, same fonts: same bytes. So "print again" can be checked by hash.
"""

import gc
import hashlib
import logging
import warnings
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pydyf
from jinja2 import Environment, Template, TemplateError
from markupsafe import Markup
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from lims.core.reasons import Reason, reason
from lims.documents.act_forms import ACTS_ATTACHMENT
from lims.documents.annexes import NO_PHOTOS, Photos, RenderingFailed, drawing_of, photo_of
from lims.documents.calibration_drawing import calibration_svg
from lims.documents.contest_papers import CONTEST_TEMPLATE, ContestCertificate, ContestPaper
from lims.documents.cross_page_seal import put_across
from lims.documents.drawn_paths import keep_long_paths
from lims.documents.fonts import font_faces, spelled_out, unprintable
from lims.documents.labels import SAMPLE_LABEL_TEMPLATE, SampleLabel
from lims.documents.log_forms import LOG_ATTACHMENT
from lims.documents.original_record import ORIGINAL_RECORD_TEMPLATE, OriginalRecord
from lims.documents.phrases import ReportLanguage
from lims.documents.proficiency_drawing import density_svg, mandel_svg, ordered_scores_svg, youden_svg
from lims.documents.proficiency_report import PROFICIENCY_TEMPLATE, ParticipantReport, ProficiencyReport
from lims.documents.qr import qr_svg
from lims.documents.results_file import RESULTS_ATTACHMENT, results_csv
from lims.documents.seal import round_seal, seal_operators
from lims.documents.snapshot import ATTACHMENT, ReportSnapshot
from lims.documents.tagging import finish_tags
from lims.documents.templates import (
    Shelf,
    ShelfFetcher,
    environment,
    newest_version,
    report_strings,
    shelf_of,
    strings,
    template_folder,
    template_ref,
)

_PDF_VARIANT, _TAGGED_VARIANT = "pdf/a-3b", "pdf/a-3a"
#: The family that a warm process has read before it is asked.
_USUAL = "supervised"


class _Complaints(logging.Handler):
    """Collects what WeasyPrint only logs: a picture that is missing, a rule that it ignores."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _failed(why: str) -> Reason:
    return reason("report.render_failed", "The page could not be made: {why}", why=why)


@contextmanager
def _no_complaints() -> Iterator[None]:
    """Turn everything WeasyPrint complains about into `RenderingFailed`; no garbage collection meanwhile."""
    complaints = _Complaints()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    except FatalURLFetchingError as error:  # a BaseException
        raise RenderingFailed(_failed(f"{error} ({error.__cause__})")) from error
    except TemplateError as error:
        raise RenderingFailed(_failed(f"{type(error).__name__}: {error}")) from error
    finally:
        logger.removeHandler(complaints)
        if collecting:
            gc.enable()
    if complaints.messages:
        raise RenderingFailed(*map(_failed, complaints.messages))


@dataclass(frozen=True, slots=True)
class _Print:
    """What is asked of a print: the identifier of the file, when it was issued, what is attached to it.

    `across`: the drawing of the seal that goes across its pages; None for none.
    """

    identifier: str
    at: datetime | None = None
    attached: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    across: bytes | None = None


def _finish(pdf: pydyf.PDF, shelf: Shelf, across: bytes | None) -> None:
    """What is done to a file that is laid out and drawn."""
    if shelf.is_tagged:
        finish_tags(pdf)
    if across is not None:
        put_across(pdf, across, is_tagged=shelf.is_tagged)


class Press:
    """Templates and fonts of one installation, kept parsed. Not for several threads at once."""

    def __init__(self, templates_dir: Path, assets_dir: Path) -> None:
        self.templates_dir = templates_dir
        self.assets_dir = assets_dir
        self._fonts = FontConfiguration()
        self._stylesheets: dict[Path, list[CSS]] = {}
        self._faces: CSS | None = None
        self._environments: dict[tuple[Path, ...], Environment] = {}
        keep_long_paths()

    def report(
        self,
        snapshot: ReportSnapshot,
        proof: bytes | None = None,
        acts: bytes | None = None,
        photos: Photos = NO_PHOTOS,
    ) -> bytes:
        """The report as PDF/A-3 with its snapshot attached, the proof of the log, the signed acts and its photos.

        Its level is A, tagged for screen readers, where the template asks for that, else B. The PDF is not yet signed.

        Raises `RenderingFailed`: the template is not in the state that the snapshot names, a character has no glyph,
        a photo is missing, or WeasyPrint complains; `NotFound`: no such template.
        """
        ref = snapshot.template
        shelf = shelf_of(self.templates_dir, ref.family, ref.version)
        if template_ref(self.templates_dir, ref.family, ref.version) != ref:
            raise RenderingFailed(
                reason(
                    "report.template_changed",
                    "The template {family}/{version} is no longer the one this report was composed for; restore it.",
                    family=ref.family,
                    version=ref.version,
                )
            )
        words = report_strings(shelf, snapshot.language)
        sealing = snapshot.laboratory.name, words["seal_development" if snapshot.development_ca else "seal"]
        attached = {ATTACHMENT: ("Report snapshot", snapshot.canonical_bytes())}
        if snapshot.has_results_file:
            attached[RESULTS_ATTACHMENT] = ("Results as a table", results_csv(snapshot))
        if proof is not None:
            attached[LOG_ATTACHMENT] = ("Proof of the transparency log", proof)
        pictures = [(photo, photo_of(photo, photos)) for photo in snapshot.photos]
        if acts is not None:
            attached[ACTS_ATTACHMENT] = ("Signed acts of the three people", acts)
        attached |= {photo.attachment: ("Photo", content) for photo, content in pictures}
        with _no_complaints():
            html = self._template(*shelf.folders).render(
                report=snapshot,
                strings=words,
                qr=qr_svg(snapshot.verification_url),
                seal=round_seal(*sealing, self.assets_dir),
                curves=[Markup(calibration_svg(drawing_of(one))) for one in snapshot.calibrations],  # noqa: S704
                pictures=[f"data:image/jpeg;base64,{b64encode(content).decode()}" for _, content in pictures],
            )
            across = seal_operators(*sealing, self.assets_dir) if shelf.crosses_pages else None
            return self._print(html, shelf, _Print(snapshot.sha256, snapshot.issued_at, attached, across))

    def labels(self, labels: Sequence[SampleLabel]) -> bytes:
        """Sample labels as a PDF, one page of 60 × 40 mm each. Raises `RenderingFailed`."""
        folder = template_folder(self.templates_dir, *SAMPLE_LABEL_TEMPLATE)
        with _no_complaints():
            html = self._template(folder).render(
                labels=[(label, qr_svg(label.code)) for label in labels], strings=strings(folder, "zh")
            )
            return self._print(html, Shelf((folder,)), _Print(hashlib.sha256(html.encode()).hexdigest()))

    def original_record(self, record: OriginalRecord) -> bytes:
        """An original record as PDF/A-3b. Raises `RenderingFailed`.

        A name that the instrument wrote cannot be mended afterwards: what the font lacks is spelled out.
        """
        folder = template_folder(self.templates_dir, *ORIGINAL_RECORD_TEMPLATE)
        with _no_complaints():
            template = self._template(folder)
            drawings = [
                Markup(calibration_svg(part.drawing)) if part.drawing else ""  # noqa: S704 -- escapes its texts
                for part in record.analytes
            ]
            html = template.render(record=record, drawings=drawings, strings=strings(folder, record.language))
            html = spelled_out(html, self.assets_dir)
            return self._print(html, Shelf((folder,)), _Print(hashlib.sha256(html.encode()).hexdigest()))

    def proficiency(self, report: ProficiencyReport) -> bytes:
        """The report of a proficiency round as PDF/A-3b. Raises `RenderingFailed`; spells out as `original_record`."""
        return self._proficiency("report.html", report)

    def participant(self, report: ParticipantReport) -> bytes:
        """The report of one participant of a round as PDF/A-3b. Raises as `proficiency`."""
        return self._proficiency("participant.html", report.whole, own=report)

    def _proficiency(self, page: str, report: ProficiencyReport, **more: ParticipantReport) -> bytes:
        folder = template_folder(self.templates_dir, *PROFICIENCY_TEMPLATE)
        with _no_complaints():
            drawings = [
                (
                    Markup(ordered_scores_svg(part.scores)) if part.scores else "",  # noqa: S704 -- escapes its texts
                    Markup(density_svg(part.density)) if part.density else "",  # noqa: S704 -- as above
                    Markup(mandel_svg(part.mandel)) if part.mandel else "",  # noqa: S704 -- as above
                )
                for part in report.parts
            ]
            pairs = [Markup(youden_svg(one.drawing)) for one in report.youden]  # noqa: S704 -- as above
            template = self._template(folder, page=page)
            words = strings(folder, report.language)
            html = template.render(report=report, drawings=drawings, pairs=pairs, strings=words, **more)
            html = spelled_out(html, self.assets_dir)
            return self._print(html, Shelf((folder,)), _Print(hashlib.sha256(html.encode()).hexdigest()))

    def contest(self, paper: ContestPaper) -> bytes:
        """A certificate or the announcement of a contest as PDF/A-3b; not yet signed. Raises `RenderingFailed`."""
        folder = template_folder(self.templates_dir, *CONTEST_TEMPLATE)
        chinese, english = strings(folder, "zh"), strings(folder, "en")
        with _no_complaints():
            page = "certificate.html" if isinstance(paper, ContestCertificate) else "announcement.html"
            word = chinese["seal_development"] if paper.is_development else chinese["seal"]
            html = (
                environment(folder)
                .get_template(page)
                .render(
                    paper=paper,
                    zh=None if paper.language is ReportLanguage.ENGLISH else chinese,
                    en=None if paper.language is ReportLanguage.CHINESE else english,
                    qr=qr_svg(paper.verification_url),
                    seal=round_seal(paper.organiser, word, self.assets_dir),
                )
            )
            html = spelled_out(html, self.assets_dir)
            identifier = hashlib.sha256(html.encode()).hexdigest()
            return self._print(html, Shelf((folder,)), _Print(identifier, paper.issued_at))

    def _print(self, html: str, shelf: Shelf, order: _Print) -> bytes:
        if holes := unprintable(set(html), self.assets_dir):
            raise RenderingFailed(*holes)
        fetcher = ShelfFetcher(*shelf.folders, self.assets_dir / "fonts")
        attachments = [
            Attachment(
                string=content,
                name=name,
                description=description,
                created=order.at,
                modified=order.at,
                relationship="Data",
                url_fetcher=fetcher,
            )
            for name, (description, content) in order.attached.items()
        ]
        document = HTML(string=html, base_url=shelf.own.resolve().as_uri() + "/", url_fetcher=fetcher)
        stylesheets = self._styles(shelf, fetcher)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open (70.0)
            made: bytes = document.write_pdf(
                stylesheets=stylesheets,
                font_config=self._fonts,
                attachments=attachments or None,
                pdf_identifier=bytes.fromhex(order.identifier)[:16],
                pdf_variant=_TAGGED_VARIANT if shelf.is_tagged else _PDF_VARIANT,
                finisher=lambda _, pdf: _finish(pdf, shelf, order.across),
            )
        return made

    def _template(self, *folders: Path, page: str = "report.html") -> Template:
        """A page of a template, compiled once; a file that was changed is read anew."""
        if folders not in self._environments:
            self._environments[folders] = environment(*folders)
        return self._environments[folders].get_template(page)

    def warm(self) -> None:
        """Load fonts and styles before the first report asks for them. Raises `RenderingFailed`, `NotFound`."""
        shelf = shelf_of(self.templates_dir, _USUAL, newest_version(self.templates_dir, _USUAL))
        self._template(*shelf.folders)
        with _no_complaints():
            self._print("<p>检 <b>验</b></p>", shelf, _Print(hashlib.sha256(_USUAL.encode()).hexdigest()))

    def _styles(self, shelf: Shelf, fetcher: ShelfFetcher) -> list[CSS]:
        if self._faces is None:
            self._faces = CSS(string=font_faces(self.assets_dir), font_config=self._fonts, url_fetcher=fetcher)
        if shelf.own not in self._stylesheets:
            sheets = [CSS(filename=one, font_config=self._fonts, url_fetcher=fetcher) for one in shelf.sheets]
            self._stylesheets[shelf.own] = [self._faces, *sheets]
        return self._stylesheets[shelf.own]
