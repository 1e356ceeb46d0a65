"""Worksheets and runs through the front door: preview, import, what is kept, and what is refused."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from sqlmodel import select

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import MethodLimitsIn
from lims.accreditation.tables import VerifiedMethod
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.db.work import LimsSession
from lims.equipment.schemas import InstrumentIn
from lims.equipment.service import register_instrument
from lims.library.queries import current_library
from lims.people import queries as people
from lims.people.service import authorise
from lims.people.tables import AuthorisationKind
from lims.runs import queries
from lims.runs.cells import column_letters
from lims.runs.tables import InstrumentFile, Run
from lims.runtime import Lims
from lims.samples import service as samples
from lims.samples.schemas import Receipt, SampleOrder
from lims.science.amounts import NotDetected, Quantified
from lims.settings import Settings
from lims.web.rows import Numbered
from tests import databases
from tests.api.laboratory import METHOD, Door, a_sheet, accredit, codes, load
from tests.factories import Cast, a_cast, a_network
from tests.unit.runs.batches import CONTENTS, INTERNAL_STANDARD, D, a_worksheet, an_export

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PROFILE: dict[str, Any] = {"concentration_unit": "μg/L", "internal_standard": INTERNAL_STANDARD}


@dataclass(frozen=True)
class Bench:
    """A laboratory with three received samples that wait for the method, and its door."""

    lims: Lims
    cast: Cast
    clock: FixedClock
    door: Door
    blind_codes: tuple[str, ...]
    sample_numbers: tuple[str, ...]

    def worksheet_body(self, **changes: Any) -> dict[str, Any]:
        """The batch of `tests.unit.runs.batches`, its samples called by their blind codes."""
        names = self.names
        entries = [
            {
                "kind": entry.kind.value,
                "label": names.get(entry.label, entry.label),
                **({} if entry.parent is None else {"parent": names[entry.parent]}),
                **({} if entry.nominal is None else {"nominal_concentration": str(entry.nominal)}),
                **({} if entry.spiked is None else {"spiked_content": str(entry.spiked)}),
            }
            for entry in a_worksheet().entries
        ]
        body = {
            "method_code": METHOD,
            "instrument_code": "LCMS-01",
            "matrix_group": "豆类蔬菜",
            "test_portion": "10.00",
            "final_volume": "10.0",
            "entries": entries,
        }
        return {**body, **changes}

    @property
    def names(self) -> dict[str, str]:
        """The samples of the batch by blind code."""
        return dict(zip(("S-1", "S-2", "S-3"), self.blind_codes, strict=True))

    def worksheet(self) -> str:
        """A new worksheet; its number."""
        answer = self.door["ann"].post("/api/worksheets", self.worksheet_body())
        assert answer.status_code == 201, answer.text
        return str(answer.json()["number"])

    def export(self, contents: Mapping[str, Mapping[str, Decimal]] = CONTENTS) -> bytes:
        """The instrument's file of the batch, with the library's names of the compounds."""
        text = an_export(contents=contents).decode()
        for label, blind_code in self.names.items():
            text = text.replace(f"{label},{label}.d", f"{blind_code},{blind_code}.d")
        return text.encode()

    def upload(self, path: str, content: bytes, *, who: str = "ann", **form: str) -> Response:
        data = {"profile": json.dumps(PROFILE), **form}
        return self.door[who].client.post(path, files={"file": ("batch.csv", content)}, data=data)


def _authorise(session: LimsSession, username: str) -> None:
    user = people.user_by_name(session, username)
    assert user is not None
    authorise(session, user, AuthorisationKind.METHOD, METHOD, date(2026, 1, 1), None)


@dataclass(frozen=True)
class Prepared:
    """A laboratory that was set up once for all tests of this file; each gets a copy."""

    data: Path
    cast: Cast
    blind_codes: tuple[str, ...]
    sample_numbers: tuple[str, ...]


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    data = tmp_path_factory.mktemp("bench")
    settings = databases.sqlite_copy(databases.sqlite_template(shared), data)
    lims = Lims(settings, FixedClock(NOW))
    a_network(lims)
    made = set_up(lims, a_cast(lims), data)
    lims.close()
    return made


@pytest.fixture
def bench(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Bench]:
    data = tmp_path / "var"
    shutil.copytree(prepared.data, data)
    lims = Lims(Settings(data=data), clock)
    yield Bench(lims, prepared.cast, clock, Door(lims), prepared.blind_codes, prepared.sample_numbers)
    lims.close()


def set_up(lims: Lims, cast: Cast, data: Path) -> Prepared:
    """Library, annex, verified limits, instrument, authorisation, and three received samples."""
    load(lims)
    for scheme in Scheme:
        accredit(lims, cast.max, scheme, parameters=("克百威", "毒死蜱"))
    with lims.work(cast.max, Action.ACCREDITATION_EDIT) as session:
        limits = [
            MethodLimitsIn(
                method=METHOD,
                analyte=analyte,
                limit_of_quantification=D("0.01"),
                limit_of_detection=D("0.003"),
                expanded_uncertainty_percent=D(20),
                verified_on=date(2026, 3, 1),
            )
            for analyte in ("克百威", "3-羟基克百威", "毒死蜱")
        ]
        accreditation.record_method_limits(session, current_library(session), [Numbered(one) for one in limits])
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        instrument = InstrumentIn(
            code="LCMS-01", name="LC-MS/MS", model="6470", serial_number="SG1", calibrated_until=date(2027, 6, 30)
        )
        register_instrument(session, instrument)
    with lims.work(system_actor(), Action.SET_UP) as session:
        _authorise(session, "ann")
    received = [_received(lims, cast, number) for number in range(1, 4)]
    return Prepared(data, cast, tuple(r[1] for r in received), tuple(r[0] for r in received))


def _received(lims: Lims, cast: Cast, number: int) -> tuple[str, str]:
    sheet = a_sheet(sampling_sheet_number=f"CY2026-{number:04}", parameters=["毒死蜱"])
    with lims.work(cast.ann, Action.SAMPLE_REGISTER) as session:
        sample = samples.register_sample(session, current_library(session), SampleOrder.model_validate(sheet))
    receipt = Receipt.model_validate({"condition": "新鲜", "seal": "intact", "temperature_c": "4.0"})
    with lims.work(cast.ann, Action.SAMPLE_RECEIVE) as session:
        samples.receive_sample(session, sample.number, receipt)
    return sample.number, sample.blind_code


def only(reasons: list[dict[str, Any]]) -> list[str]:
    return [why["code"] for why in reasons]


def counted(bench: Bench) -> tuple[int, int]:
    """How many runs and files there are."""
    with bench.lims.read(system_actor(), Action.RUN_READ) as session:
        return len(session.exec(select(Run)).all()), len(session.exec(select(InstrumentFile)).all())


def test_a_worksheet_is_numbered_and_shows_blind_codes_only(bench: Bench) -> None:
    body = bench.worksheet_body()
    body["entries"][6]["label"] = bench.sample_numbers[0]
    body["entries"][9]["parent"] = bench.sample_numbers[0]

    answer = bench.door["ann"].post("/api/worksheets", body)

    shown = answer.json()
    assert (answer.status_code, shown["number"], shown["status"]) == (201, "W2026-000001", "open")
    assert [entry["label"] for entry in shown["entries"]][6:9] == list(bench.blind_codes)
    assert shown["entries"][9]["parent"] == bench.blind_codes[0]
    assert bench.sample_numbers[0] not in answer.text
    assert bench.door["vic"].get(f"/api/worksheets/{shown['number']}").json() == shown


def test_samples_wait_for_the_method_by_their_blind_codes(bench: Bench) -> None:
    answer = bench.door["bea"].get("/api/worksheets/waiting", method=METHOD)

    assert {sample["blind_code"] for sample in answer.json()} == set(bench.blind_codes)
    assert bench.door["bea"].get("/api/worksheets/waiting", method="GB 1").json() == []


@pytest.mark.parametrize(
    ("who", "changes", "status", "expected"),
    [
        ("bea", {}, 422, ["run.not_authorised"]),
        ("vic", {}, 403, ["forbidden"]),
        ("ann", {"instrument_code": "GC-9"}, 404, ["not_found"]),
        ("ann", {"final_volume_unit": "g"}, 422, ["worksheet.unit_wrong"]),
        ("ann", {"test_portion": "0"}, 422, ["worksheet.factor_not_positive"] * 6),
    ],
)
def test_a_worksheet_that_cannot_be_is_refused(
    bench: Bench, who: str, changes: dict[str, Any], status: int, expected: list[str]
) -> None:
    answer = bench.door[who].post("/api/worksheets", bench.worksheet_body(**changes))

    assert (answer.status_code, codes(answer)) == (status, expected)


def test_every_fault_of_a_worksheet_is_told_at_once(bench: Bench) -> None:
    body = bench.worksheet_body(method_code="GB 23200.113-2026")
    body["entries"][6]["label"] = "NOBODY"

    answer = bench.door["ann"].post("/api/worksheets", body)

    assert codes(answer) == [
        "run.not_authorised",
        "worksheet.sample_unknown",
        "worksheet.no_test",
        "worksheet.no_test",
        "worksheet.parent_missing",
    ]


def test_an_instrument_out_of_calibration_is_not_used(bench: Bench) -> None:
    bench.clock.instant = datetime(2027, 7, 1, 2, 0, tzinfo=UTC)

    answer = bench.door["ann"].post("/api/worksheets", bench.worksheet_body())

    assert codes(answer) == ["instrument.calibration_over"]


def test_a_preview_tells_everything_and_stores_nothing(bench: Bench) -> None:
    number = bench.worksheet()

    answer = bench.upload(f"/api/worksheets/{number}/preview", bench.export())

    shown = answer.json()
    assert answer.status_code == 200
    assert shown["can_be_imported"]
    assert shown["accounting"]["sum"] == "11 read + 0 duplicate + 0 unmapped + 0 refused + 2 ignored = 13 rows"
    assert [c["analyte"] for c in shown["calibrations"]] == ["chlorpyrifos"]
    assert {amount["label"] for amount in shown["amounts"]} == set(bench.blind_codes)
    assert counted(bench) == (0, 0)


def test_an_import_keeps_the_file_and_leads_every_number_back_to_its_cell(bench: Bench) -> None:
    number, content = bench.worksheet(), bench.export()

    answer = bench.upload(f"/api/worksheets/{number}/runs", content)

    assert answer.status_code == 201, answer.text
    run = answer.json()
    assert (run["status"], run["worksheet"]) == ("accepted", number)
    assert bench.door["vic"].client.get(f"/api/runs/{run['id']}/file").content == content
    detail = bench.door["vic"].get(f"/api/runs/{run['id']}").json()
    quantified = next(a for a in detail["amounts"] if a["label"] == bench.blind_codes[1])
    assert quantified["amount"]["kind"] == "below_loq"
    table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    signals = bench.door["vic"].get(f"/api/runs/{run['id']}/signals", analyte="chlorpyrifos").json()
    signal = next(s for s in signals["items"] if s["injection_name"] == bench.blind_codes[1])
    assert (signal["row"], signal["column"]) == (quantified["row"], quantified["column"])
    place = next(n for n in range(1, 60) if column_letters(n) == signal["column"])
    assert table[signal["row"] - 1][place - 1] == signal["response"]
    assert bench.door["ann"].get(f"/api/worksheets/{number}").json()["status"] == "imported"


def test_measured_amounts_give_results_all_they_need(bench: Bench) -> None:
    number = bench.worksheet()
    contents = {**CONTENTS, "S-2": {"chlorpyrifos": D(40)}, "S-2 dup": {"chlorpyrifos": D(41)}}
    run_id = bench.upload(f"/api/worksheets/{number}/runs", bench.export(contents)).json()["id"]

    with bench.lims.read(bench.cast.ann, Action.RUN_READ) as session:
        measured = queries.measured_amounts(session, UUID(run_id))

    by_label = {m.label: m for m in measured}
    second = by_label[bench.blind_codes[1]]
    assert isinstance(second.amount, Quantified)
    assert float(second.amount.value) == pytest.approx(0.04, rel=0.05)
    assert isinstance(by_label[bench.blind_codes[0]].amount, NotDetected)
    assert second.analysed_on == date(2026, 11, 20)
    assert second.factors["test_portion"] == "10.00"
    assert second.factors["identified"] is True
    assert second.limit_of_quantification == D("0.01")


def test_the_same_file_again_is_the_same_run_and_changes_nothing(bench: Bench) -> None:
    number, content = bench.worksheet(), bench.export()
    first = bench.upload(f"/api/worksheets/{number}/runs", content).json()

    again = bench.upload(f"/api/worksheets/{number}/runs", content)

    assert again.json() == first
    assert counted(bench) == (1, 1)


def test_another_file_for_an_accepted_worksheet_needs_a_reason_and_is_a_new_run(bench: Bench) -> None:
    number = bench.worksheet()
    first = bench.upload(f"/api/worksheets/{number}/runs", bench.export()).json()
    other = bench.export({**CONTENTS, "S-3": {"chlorpyrifos": D(30)}})

    bench.clock.instant += timedelta(hours=1)
    refused = bench.upload(f"/api/worksheets/{number}/runs", other)
    repeated = bench.upload(f"/api/worksheets/{number}/runs", other, repeat_reason="积分修正后重新导出")

    assert codes(refused) == ["run.repeated"]
    assert repeated.status_code == 201
    runs = bench.door["ann"].get(f"/api/worksheets/{number}/runs").json()
    assert [run["id"] for run in runs] == [first["id"], repeated.json()["id"]]


def test_a_failing_batch_is_kept_with_its_reasons_and_gives_no_amount(bench: Bench) -> None:
    number = bench.worksheet()
    contents = {**CONTENTS, "Blank": {"chlorpyrifos": D(9)}}

    run = bench.upload(f"/api/worksheets/{number}/runs", bench.export(contents)).json()

    detail = bench.door["ann"].get(f"/api/runs/{run['id']}").json()
    assert run["status"] == "failed"
    assert [amount["amount"] for amount in detail["amounts"]] == [None, None, None]
    assert {code for amount in detail["amounts"] for code in only(amount["reasons"])} == {"qc.blank_too_high"}
    assert bench.door["ann"].get(f"/api/worksheets/{number}").json()["status"] == "open"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "空白中检出 0.009084 mg/kg；最多允许 0.003 mg/kg。"),
        ("en", "The blank contains 0.009084 mg/kg; at most 0.003 mg/kg is allowed."),
    ],
)
def test_reasons_are_said_in_the_reader_s_language_before_and_after_the_import(
    bench: Bench, language: str, said: str
) -> None:
    number, content = bench.worksheet(), bench.export({**CONTENTS, "Blank": {"chlorpyrifos": D(9)}})
    headers = {"Accept-Language": language}
    form: Any = {
        "files": {"file": ("batch.csv", content)},
        "data": {"profile": json.dumps(PROFILE)},
        "headers": headers,
    }
    client = bench.door["ann"].client

    preview = client.post(f"/api/worksheets/{number}/preview", **form).json()
    run = client.post(f"/api/worksheets/{number}/runs", **form).json()
    kept = client.get(f"/api/runs/{run['id']}", headers=headers).json()

    for shown in (preview, kept):
        texts = {r["text"] for amount in shown["amounts"] for r in amount["reasons"]}
        checks = {check["reason"]["text"] for check in shown["checks"] if check["reason"] is not None}
        assert texts == {said}
        assert said in checks


def test_a_failed_run_may_be_imported_again_with_a_corrected_profile(bench: Bench) -> None:
    number, content = bench.worksheet(), bench.export()
    wrong = json.dumps({**PROFILE, "concentration_unit": "mg/L"})

    failed = bench.upload(f"/api/worksheets/{number}/runs", content, profile=wrong).json()
    corrected = bench.upload(f"/api/worksheets/{number}/runs", content).json()

    assert (failed["status"], corrected["status"]) == ("failed", "accepted")
    assert counted(bench) == (2, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("chlorpyrifos", "Chlorpyrifoss", ["run.compound_unknown", "run.analyte_missing"]),
        ("Blank,Blank.d", "Blonk,Blonk.d", ["row.not_on_worksheet", "run.position_missing"]),
        ("Cal-1,Cal-1.d,Cal", "Cal-1,Cal-1.d,Kal", ["row.type_unknown", "run.position_missing"]),
        ("P1-A6,1,", "P1-A6,5,", ["run.dilution_differs"]),
    ],
)
def test_what_is_doubtful_is_refused_unless_only_good_rows_are_asked_for(
    bench: Bench, old: str, new: str, expected: list[str]
) -> None:
    number = bench.worksheet()
    content = bench.export().replace(old.encode(), new.encode())

    refused = bench.upload(f"/api/worksheets/{number}/runs", content)
    partly = bench.upload(f"/api/worksheets/{number}/runs", content, only_good_rows="true")

    assert (refused.status_code, codes(refused)) == (422, expected)
    assert partly.status_code == 201
    assert counted(bench) == (1, 1)


@pytest.mark.parametrize(
    ("profile", "status", "expected"),
    [
        ({"concentration_unit": "ppb"}, 422, "unit.unknown"),
        ({"concentration_unit": "mg/kg"}, 422, "run.unit_wrong"),
        ({**PROFILE, "internal_standard": "d10-Nothing"}, 422, "run.internal_standard_missing"),
        ({**PROFILE, "date_order": "dmY"}, 422, "field.enum"),
        ({**PROFILE, "grouping_mark": "."}, 422, "field.value_error"),
        ({**PROFILE, "time_zone": "../etc"}, 422, "field.value_error"),
        ({}, 422, "run.unit_missing"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_reason(
    bench: Bench, profile: dict[str, Any], status: int, expected: str
) -> None:
    number = bench.worksheet()

    answer = bench.upload(f"/api/worksheets/{number}/runs", bench.export(), profile=json.dumps(profile))

    assert (answer.status_code, codes(answer)) == (status, [expected])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x03\x04...", "run.format_unknown"),
        (b"Sample,\xb0\xa1", "file.encoding_unknown"),
        (b"a,b,c\n1,2,3\n", "run.format_unknown"),
    ],
)
def test_an_unreadable_file_is_refused_and_nothing_changes(bench: Bench, content: bytes, expected: str) -> None:
    number = bench.worksheet()

    answer = bench.upload(f"/api/worksheets/{number}/runs", content)

    assert (answer.status_code, codes(answer)) == (422, [expected])
    assert counted(bench) == (0, 0)


@pytest.mark.parametrize("named_by", ["name", "key"])
def test_an_injection_is_put_on_its_position_by_hand(bench: Bench, named_by: str) -> None:
    number = bench.worksheet()
    content = bench.export().replace(b"Blank,Blank.d", b"Blonk,Blonk.d")
    injection = {"name": "Blonk", "key": "blonk.d"}[named_by]
    by_hand = {"matches": json.dumps({injection: "Blank"}), "match_reason": "misspelt in the sequence"}

    answer = bench.upload(f"/api/worksheets/{number}/runs", content, **by_hand)

    assert answer.status_code == 201, answer.text
    with bench.lims.read(system_actor(), Action.SET_UP) as session:
        (run,) = session.exec(select(Run)).all()
    assert run.accounting["matched"] == {
        "reason": "misspelt in the sequence",
        "injections": [{"row": 8, "injection": "Blonk", "position": "Blank"}],
    }
    assert run.accounting["counts"]["unmapped"] == 0


@pytest.mark.parametrize(
    ("matches", "why", "expected"),
    [
        ('{"Nobody": "Blank"}', "misspelt", ["match.no_injection"]),
        ('{"Blonk": "Nowhere"}', "misspelt", ["match.no_position"]),
        ('{"Blonk": "Blank"}', "", ["match.no_reason"]),
        ('["Blonk"]', "misspelt", ["match.not_pairs"]),
        ('{"Blonk": 1}', "misspelt", ["match.not_pairs"]),
        ("{", "misspelt", ["match.not_pairs"]),
    ],
)
def test_a_match_that_is_none_is_refused_and_nothing_is_stored(
    bench: Bench, matches: str, why: str, expected: list[str]
) -> None:
    number = bench.worksheet()
    content = bench.export().replace(b"Blank,Blank.d", b"Blonk,Blonk.d")

    answer = bench.upload(f"/api/worksheets/{number}/runs", content, matches=matches, match_reason=why)

    assert (answer.status_code, codes(answer)) == (422, expected)
    assert counted(bench) == (0, 0)


def test_an_analyte_without_verified_limits_is_refused(bench: Bench) -> None:
    number = bench.worksheet()
    with bench.lims.work(system_actor(), Action.SET_UP) as session:
        for limits in session.exec(select(VerifiedMethod).where(VerifiedMethod.analyte == "chlorpyrifos")).all():
            session.delete(limits)

    answer = bench.upload(f"/api/worksheets/{number}/runs", bench.export(), only_good_rows="true")

    assert codes(answer) == ["run.limits_missing"]
    assert counted(bench) == (0, 0)


@pytest.mark.parametrize("path", ["/api/worksheets/{number}", "/api/runs/{run}", "/api/runs/{run}/signals"])
def test_another_laboratory_sees_nothing(bench: Bench, path: str) -> None:
    number = bench.worksheet()
    run = bench.upload(f"/api/worksheets/{number}/runs", bench.export()).json()["id"]

    answer = bench.door["eve"].get(path.format(number=number, run=run))

    assert answer.status_code == 404
    assert bench.door["eve"].get("/api/worksheets").json()["total"] == 0


def test_another_laboratory_can_neither_import_nor_take_samples(bench: Bench) -> None:
    number = bench.worksheet()
    with bench.lims.work(system_actor(), Action.SET_UP) as session:
        _authorise(session, "eve")

    assert bench.upload(f"/api/worksheets/{number}/runs", bench.export(), who="eve").status_code == 404
    assert bench.upload(f"/api/worksheets/{number}/preview", bench.export(), who="eve").status_code == 404
    assert bench.door["eve"].post("/api/worksheets", bench.worksheet_body()).status_code == 404


def test_a_technician_who_is_not_authorised_may_not_import(bench: Bench) -> None:
    number = bench.worksheet()

    answer = bench.upload(f"/api/worksheets/{number}/runs", bench.export(), who="bea")

    assert codes(answer) == ["run.not_authorised"]
