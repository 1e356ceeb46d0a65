"""A small batch at the bench of the county laboratory, and the files that instruments would export for it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lims.core.actions import Action
from lims.core.clock import CHINA, local_day
from lims.demo import batch, bench, laboratory, produce
from lims.demo import cast as demo
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.demo.walk import actor
from lims.installation import set_up
from lims.library.queries import current_library
from lims.runs import profiles
from lims.runs import service as runs
from lims.runs.rules import EntryKind
from lims.runs.service import EntryOrder, WorksheetOrder
from lims.runtime import Lims
from lims.samples import service as samples
from lims.samples.rules import SealState
from lims.samples.schemas import Receipt
from lims.samples.tables import Sample

#: So many of the rehearsal; which of them is worked up twice, and which with an addition.
_LOTS, _DOUBLED, _SPIKED = 3, 1, 2
#: What the addition makes in the extract, μg/L.
_ADDED = batch.SPIKED * 1000 * batch.PORTION / batch.VOLUME


@dataclass(frozen=True, slots=True)
class BenchBatch:
    """Received samples, and the worksheets that they stand on, each with the same positions."""

    samples: Sequence[Sample]
    compounds: Sequence[str]
    worksheets: Sequence[str]

    @property
    def codes(self) -> list[str]:
        """The blind codes of the samples, as the sequence names them."""
        return [sample.blind_code for sample in self.samples]

    @property
    def doubled(self) -> str:
        """The position of the sample's second portion."""
        return f"{self.codes[_DOUBLED]}-D"

    @property
    def spiked(self) -> str:
        """The position of the spiked sample."""
        return f"{self.codes[_SPIKED]}-S"


def bench_batch(lims: Lims, password: str, *, worksheets: int = 1, compounds: Sequence[str] = ()) -> BenchBatch:
    """The laboratory with everybody in it, three received samples and worksheets that hold them.

    `compounds` are the parameters of the samples; without them those of the rehearsal.
    """
    set_up(lims, demo.county(password))
    laboratory.equip(lims, actor(lims, "max"))
    technician = actor(lims, "ann")
    bench.stock(lims, technician)
    received = [_received(lims, place, compounds) for place in range(_LOTS)]
    numbers = []
    for _ in range(worksheets):
        with lims.work(technician, Action.WORKSHEET_CREATE) as session:
            numbers.append(runs.create_worksheet(session, _worksheet(received)).number)
        bench.record(lims, technician, numbers[-1], bench.BENCHES[laboratory.INSTRUMENT])
    with lims.read(technician, Action.RUN_READ) as session:
        found = laboratory.analytes(current_library(session), received[0].basis_on)
    return BenchBatch(received, found, numbers)


def _received(lims: Lims, place: int, compounds: Sequence[str]) -> Sample:
    order = produce.sheets(local_day(lims.clock.now()))[place]
    if compounds:
        tests = [{"parameter": name, "method": produce.METHOD} for name in compounds]
        order = type(order).model_validate({**order.model_dump(), "parameters": tests})
    with lims.work(actor(lims, "sam"), Action.SAMPLE_REGISTER) as session:
        sample = samples.register_sample(session, current_library(session), order)
    receipt = Receipt(condition="新鲜，包装完好", seal=SealState.INTACT)
    with lims.work(actor(lims, "ann"), Action.SAMPLE_RECEIVE) as session:
        return samples.receive_sample(session, sample.number, receipt)


def _worksheet(received: Sequence[Sample]) -> WorksheetOrder:
    codes = [sample.blind_code for sample in received]
    standards = (
        EntryOrder(EntryKind.CALIBRATION_STANDARD, f"STD-{n}", nominal_concentration=level)
        for n, level in enumerate(batch.LEVELS, start=1)
    )
    return WorksheetOrder(
        method_code=produce.METHOD,
        instrument_code=laboratory.INSTRUMENT,
        matrix_group="植物源性食品",
        test_portion=batch.PORTION,
        final_volume=batch.VOLUME,
        entries=(
            *standards,
            EntryOrder(EntryKind.BLANK, "BLK-1"),
            *(EntryOrder(EntryKind.SAMPLE, code) for code in codes),
            EntryOrder(EntryKind.DUPLICATE, f"{codes[_DOUBLED]}-D", parent=codes[_DOUBLED]),
            EntryOrder(
                EntryKind.MATRIX_SPIKE, f"{codes[_SPIKED]}-S", parent=codes[_SPIKED], spiked_content=batch.SPIKED
            ),
        ),
    )


def keep_profile(lims: Lims) -> None:
    """The import profile that files of the instrument are read by."""
    with lims.work(actor(lims, "ann"), Action.PROFILE_SAVE) as session:
        profiles.make_profile(session, laboratory.INSTRUMENT, batch.PROFILE_NAME, batch.PROFILE)


def flawed_file(lims: Lims, made: BenchBatch) -> bytes:
    """The instrument's file of a batch in which two things went wrong.

    The fourth standard holds 1.5 times the chlorpyrifos that it should, and of the added carbofuran half came back.
    """
    injections = []
    for place, level in enumerate(batch.LEVELS, start=1):
        vial = dict.fromkeys(made.compounds, level)
        if place == 4:
            vial["chlorpyrifos"] = level * Decimal("1.5")
        injections.append(PlannedInjection(f"STD-{place}", "Cal", str(place), level, vial))
    injections.append(PlannedInjection("BLK-1", "Blank"))
    held = [_in_the_extract(lot.contents) for lot in produce.LOTS[:_LOTS]]
    for code, vial in zip([*made.codes, made.doubled], [*held, held[_DOUBLED]], strict=True):
        injections.append(PlannedInjection(code, "Sample", concentrations=vial))
    spiked = {code: held[_SPIKED].get(code, Decimal(0)) + _ADDED * batch.RECOVERED for code in made.compounds}
    spiked["carbofuran"] -= _ADDED * (batch.RECOVERED - Decimal("0.5"))
    injections.append(PlannedInjection(made.spiked, "QC", concentrations=spiked))
    started = lims.clock.now().astimezone(CHINA).replace(tzinfo=None)
    return masshunter_table(injections, made.compounds, started)


def _in_the_extract(contents: dict[str, Decimal]) -> dict[str, Decimal]:
    """Of mg/kg in the sample, μg/L in its extract."""
    return {code: content * 1000 * batch.PORTION / batch.VOLUME for code, content in contents.items()}


def foreign_table(made: BenchBatch, compounds: dict[str, str], *, misspelt: str = "", seed: int = 0) -> bytes:
    """What a program that nobody knows would write: semicolons, decimal commas, words of another language.

    `compounds` are written as they are called there, each with the slope of its area. `misspelt` is a position whose
    name was typed without its dashes.
    """
    rows = ["Auswertung;;;;;", "Fläche_Bericht 3.1;;;;;", "Probe;Art;Stoff;Fläche;Soll [µg/L];RZ [min]"]

    def write(label: str, kind: str, nominal: str, level: Callable[[str], Decimal]) -> None:
        name = re.sub("-", "", label) if label == misspelt else label
        for place, (compound, slope) in enumerate(compounds.items()):
            wobble = 1 + Decimal((len(rows) * 7 + seed) % 5 - 2) / 200
            area = level(compound) * Decimal(slope) * 10_000 * wobble
            cells = (name, kind, compound, f"{area:.2f}", nominal, f"{Decimal('4.21') + place * 3:.2f}")
            rows.append(";".join(cells).replace(".", ","))

    for place, nominal in enumerate(batch.LEVELS, start=1):
        write(f"STD-{place}", "Kalibrierung", f"{nominal:.1f}", lambda _, n=nominal: n)  # type: ignore[misc]
    write("BLK-1", "Leerwert", "", lambda _: Decimal(0))
    for label in (*made.codes, made.doubled):
        write(label, "Messprobe", "", lambda _: Decimal(12))
    write(made.spiked, "Dotiert", "", lambda _: Decimal(12) + _ADDED)
    rows.append("Mittelwert;;;;;")
    return ("\r\n".join(rows) + "\r\n").encode()
