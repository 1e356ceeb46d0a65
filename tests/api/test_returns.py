"""Returns through the front door: from the laboratory that reports to the one above, each with its own database."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.canonical import canonical_bytes
from lims.core.clock import FixedClock
from lims.core.errors import Forbidden, LimsError, NotFound, RuleRefused
from lims.db.audit_tables import AuditEntry
from lims.documents.keys import SigningIdentity, development_identity
from lims.documents.log_forms import HeadBody, LogAct, sign_head
from lims.indicators import service
from lims.indicators.intake import Intake
from lims.indicators.return_file import Counts, Payload, ReturnPeriod, Sender, open_return, seal
from lims.indicators.rules import BatchVerdict, Period
from lims.indicators.tables import ReturnReceived, ReturnSent
from lims.reports import log
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.runtime import Lims
from tests import databases
from tests.factories import Cast, a_cast, a_network
from tests.unit.indicators.world import (
    PDF,
    a_record,
    a_report,
    a_sample,
    batches,
    booked,
    change_report,
    identity,
    laboratory_id,
    leaves,
    register_certificate,
    residents_and_targets,
    signed,
)

NOVEMBER = Period.parse("2026-11")
Client = Callable[[Actor | None], TestClient]


@pytest.fixture
def net(lims: Lims, cast: Cast) -> Actor:
    """The network manager of the prefecture, where LA's certificate is registered."""
    register_certificate(lims, "LA", identity(lims, "LA"))
    return cast.net


@pytest.fixture
def prefecture(shared: Path, tmp_path: Path, clock: FixedClock, lims: Lims, net: Actor) -> Iterator[Lims]:
    """A second installation, the prefecture's own, which knows LA by its certificate."""
    above = Lims(databases.sqlite_copy(databases.sqlite_template(shared), tmp_path / "above"), clock)
    a_network(above)
    register_certificate(above, "LA", identity(lims, "LA"))
    residents_and_targets(above)
    yield above
    above.close()


def refused_codes(lims: Lims, actor: Actor, data: bytes) -> list[str]:
    """Why the return is refused; nothing may have changed."""
    before = entries(lims)
    with pytest.raises(LimsError) as refused:
        service.import_return(lims, actor, data)
    assert entries(lims) == before
    return [r.code for r in refused.value.reasons]


def entries(lims: Lims) -> int:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        return session.exec(select(func.count()).select_from(AuditEntry)).one()


def test_what_a_laboratory_issued_is_counted_in_the_installation_above(
    lims: Lims, cast: Cast, prefecture: Lims, quick_passwords: None
) -> None:
    a_report(lims, a_sample(lims, number="S1"), "LA2026000001")
    a_report(lims, a_sample(lims, number="S2"), "LA2026000002", "fails", ["克百威"])
    boss = a_cast(prefecture).net

    data = service.export_return(lims, cast.max, NOVEMBER)
    intake = service.import_return(prefecture, boss, data)

    assert intake == Intake("LA-R20260001", "LA", "播州区检测中心", 2, 2, 0, 0, already_imported=False)
    table = service.indicator_table(prefecture, boss, service.Question(NOVEMBER, "520300"))
    assert (table.total.tally.conforming, table.total.tally.failing, table.total.pass_rate.shown) == (1, 1, "50.0")
    own = service.indicator_table(lims, cast.max, service.Question(NOVEMBER))
    assert own.total.tally == table.total.tally
    kept = booked(prefecture, "LP")
    assert [(b.origin_code, b.sample_number, b.failing, b.pdf_sha256) for b in kept] == [
        ("LA", "S1", None, PDF),
        ("LA", "S2", "克百威", PDF),
    ]


def test_a_prefecture_passes_on_what_it_received(lims: Lims, cast: Cast, net: Actor) -> None:
    register_certificate(lims, "LP", identity(lims, "LP"))
    batches(lims, "LP", 1, stem="own")
    service.import_return(lims, net, signed(lims, a_record()))
    above = replace(net, laboratory_id=laboratory_id(lims, "LQ"), visible_laboratories=None)

    intake = service.import_return(lims, above, service.export_return(lims, net, NOVEMBER))

    assert (intake.sender_code, intake.added) == ("LP", 2)
    assert {b.origin_code for b in booked(lims, "LQ")} == {"LA", "LP"}


@pytest.mark.both_databases
def test_a_return_imported_twice_is_imported_once(lims: Lims, net: Actor) -> None:
    data = signed(lims, a_record())
    service.import_return(lims, net, data)
    before = entries(lims)

    again = service.import_return(lims, net, json.dumps(json.loads(data), indent=2).encode())

    assert (again.already_imported, again.added, again.changed, again.unchanged) == (True, 0, 0, 1)
    assert entries(lims) == before


def test_a_return_signed_a_second_time_is_still_the_same(lims: Lims, net: Actor) -> None:
    data = signed(lims, a_record())
    again = signed(lims, a_record())  # ECDSA draws a new number each time
    service.import_return(lims, net, data)

    assert data != again
    assert service.import_return(lims, net, again).already_imported


def test_exporting_again_when_nothing_changed_gives_the_same_file(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    batches(lims, "LA", 3)
    first = service.export_return(lims, cast.max, NOVEMBER)
    clock.instant += timedelta(days=3)

    assert service.export_return(lims, cast.max, NOVEMBER) == first
    assert service.export_return(lims, cast.max, Period.parse("2026-Q4")) != first
    with lims.read(cast.max, Action.INDICATORS_READ) as session:
        assert session.exec(select(ReturnSent.number).order_by(col(ReturnSent.number))).all() == [
            "LA-R20260001",
            "LA-R20260002",
        ]


def test_an_empty_period_can_be_reported(lims: Lims, cast: Cast, net: Actor) -> None:
    intake = service.import_return(lims, net, service.export_return(lims, cast.max, NOVEMBER))

    assert (intake.records, intake.added) == (0, 0)


def test_a_correction_replaces_what_was_reported(
    lims: Lims, cast: Cast, prefecture: Lims, clock: FixedClock, quick_passwords: None
) -> None:
    sample = a_sample(lims, number="S1")
    first = a_report(lims, sample, "LA2026000001", "fails", ["克百威"])
    boss = a_cast(prefecture).net
    old = service.export_return(lims, cast.max, NOVEMBER)
    service.import_return(prefecture, boss, old)

    clock.instant += timedelta(days=1)
    a_report(lims, sample, "LA2026000002", replaces_id=first.id)
    change_report(lims, first.id, status=ReportStatus.REPLACED)
    intake = service.import_return(prefecture, boss, service.export_return(lims, cast.max, NOVEMBER))

    assert (intake.number, intake.added, intake.changed) == ("LA-R20260002", 0, 1)
    assert [(b.report_number, b.revision, b.verdict) for b in booked(prefecture, "LP")] == [
        ("LA2026000002", 2, BatchVerdict.CONFORMS)
    ]


def test_a_withdrawal_is_a_correction_too(lims: Lims, cast: Cast, net: Actor) -> None:
    report = a_report(lims, a_sample(lims, number="S1"), "LA2026000001")
    service.import_return(lims, net, service.export_return(lims, cast.max, NOVEMBER))

    change_report(lims, report.id, status=ReportStatus.WITHDRAWN)
    service.import_return(lims, net, service.export_return(lims, cast.max, NOVEMBER))

    assert [(b.withdrawn, b.revision) for b in booked(lims, "LP")] == [(True, 2)]


def test_an_older_return_that_comes_late_changes_nothing(lims: Lims, net: Actor) -> None:
    newer = a_record(revision=3, product_name="豇豆（更改）")
    service.import_return(lims, net, signed(lims, newer, number="LA-R20260002"))

    intake = service.import_return(lims, net, signed(lims, a_record(), number="LA-R20260001"))

    assert (intake.already_imported, intake.unchanged) == (False, 1)
    assert [(b.revision, b.product_name) for b in booked(lims, "LP")] == [(3, "豇豆（更改）")]


def test_the_same_revision_must_say_the_same(lims: Lims, net: Actor) -> None:
    service.import_return(lims, net, signed(lims, a_record()))
    other = signed(lims, a_record(verdict=BatchVerdict.FAILS, failing="克百威"), number="LA-R20260002")

    with pytest.raises(RuleRefused) as refused:
        service.import_return(lims, net, other)

    (why,) = refused.value.reasons
    assert (why.code, why.where.row) == ("return.contradicts", 1)
    assert "LA2026000001" in why.text
    assert "verdict, failing" in why.text


def test_a_report_without_its_pdf_holds_the_return_back(lims: Lims, cast: Cast) -> None:
    a_report(lims, a_sample(lims), "LA2026000001", pdf_sha256=None)

    with pytest.raises(RuleRefused) as refused:
        service.export_return(lims, cast.max, NOVEMBER)

    assert [r.code for r in refused.value.reasons] == ["return.undrawn"]
    assert "LA2026000001" in refused.value.reasons[0].text


def test_every_single_field_of_a_return_is_covered_by_the_signature(lims: Lims, net: Actor) -> None:
    failing = a_record(verdict=BatchVerdict.FAILS, failing="克百威", sample_number="LA-2026-000002")
    document = json.loads(signed(lims, a_record(), failing))
    paths = leaves(document)
    codes = set()

    for path in paths:
        altered = json.loads(canonical_bytes(document))
        part = altered
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = _other(part[path[-1]])
        codes.update(refused_codes(lims, net, canonical_bytes(altered)))

    assert len(paths) == 2 * 16 + 2 + 4 + 5 + 2 + 2
    assert booked(lims, "LP") == []
    assert "return.signature" in codes
    assert codes <= {"return.signature", "return.field", "return.unknown_sender", "return.foreign_certificate"}


def _other(value: Any) -> Any:
    """A value of the same kind that differs as little as may be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case None:
            return "克百威"
        case str() if value.endswith("Z") and value[4:5] == "-":
            return value.replace("2026-", "2025-", 1)
        case str() if len(value) == 10 and value[4] == "-":
            return "2026-11-02"
        case _:
            return value[:-1] + ("b" if value[-1:] != "b" else "c")


@pytest.mark.parametrize("part", ["add", "drop", "swap", "double"])
def test_a_return_with_other_records_is_refused(lims: Lims, net: Actor, part: str) -> None:
    document = json.loads(signed(lims, a_record(), a_record(sample_number="LA-2026-000002")))
    records = document["payload"]["records"]
    match part:
        case "add":
            records.append(records[0] | {"sample_number": "LA-2026-000003"})
        case "drop":
            records.pop()
        case "swap":
            records.reverse()
        case "double":
            records.append(records[0])

    assert refused_codes(lims, net, canonical_bytes(document)) == ["return.signature"]


def test_a_key_that_is_not_the_registered_one_signs_in_vain(lims: Lims, net: Actor, tmp_path: Path) -> None:
    stranger = development_identity(tmp_path / "stranger", "LA", "播州区检测中心", lims.clock)
    genuine = identity(lims, "LA")
    disguised = SigningIdentity(stranger.private_key, genuine.certificate, genuine.chain, is_development=True)

    assert refused_codes(lims, net, signed(lims, a_record(), signer=stranger)) == ["return.foreign_certificate"]
    assert refused_codes(lims, net, signed(lims, a_record(), signer=disguised)) == ["return.signature"]
    assert refused_codes(lims, net, signed(lims, a_record(), signer=identity(lims, "LB"))) == [
        "return.foreign_certificate"
    ]


def test_a_sender_must_be_known_below_the_receiver_and_have_a_certificate(lims: Lims, net: Actor, cast: Cast) -> None:
    def sent_by(code: str) -> bytes:
        return signed(lims, sender=Sender(code=code, name=code), number=f"{code}-R20260001")

    assert refused_codes(lims, net, sent_by("LX")) == ["return.unknown_sender"]
    assert refused_codes(lims, net, sent_by("LQ")) == ["return.not_subordinate"]
    assert refused_codes(lims, net, sent_by("LP")) == ["return.not_subordinate"]
    assert refused_codes(lims, net, sent_by("LB")) == ["return.no_certificate"]
    beside = replace(net, laboratory_id=laboratory_id(lims, "LB"))
    assert refused_codes(lims, beside, sent_by("LA")) == ["return.not_subordinate"]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"number": "LB-R20260001"}, "return.number"),
        ({"period": ReturnPeriod(starts_on=date(2026, 11, 30), ends_on=date(2026, 11, 1))}, "return.period"),
        ({"created_at": datetime(2026, 11, 24, tzinfo=UTC)}, "return.future"),
        ({"counts": Counts(records=1, conforming=0, failing=1, not_judged=0, withdrawn=0)}, "return.counts"),
        ({"counts": Counts(records=2, conforming=1, failing=0, not_judged=0, withdrawn=0)}, "return.counts"),
    ],
)
def test_a_return_that_contradicts_itself_is_refused(lims: Lims, net: Actor, what: dict[str, Any], code: str) -> None:
    assert code in refused_codes(lims, net, signed(lims, a_record(), **what))


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"origin": "LB"}, "return.origin"),
        ({"origin": "LP"}, "return.origin"),
        ({"region": "520399"}, "return.region_unknown"),
        ({"region": "520322"}, "return.region_foreign"),
        ({"region": "520300"}, "return.region_foreign"),
        ({"sampled_on": date(2026, 10, 31)}, "return.sampled_on"),
        ({"sampled_on": date(2026, 12, 1)}, "return.sampled_on"),
        ({"issued_at": datetime(2026, 11, 20, 1, tzinfo=UTC)}, "return.issued_at"),
        ({"issued_at": datetime(2026, 11, 8, tzinfo=UTC)}, "return.issued_at"),
        ({"failing": "克百威"}, "return.failing"),
        ({"verdict": BatchVerdict.FAILS}, "return.failing"),
        ({"pdf_sha256": None}, "return.pdf"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_its_number(
    lims: Lims, net: Actor, what: dict[str, Any], code: str
) -> None:
    fine, odd = a_record(), a_record(sample_number="LA-2026-000002", **what)

    with pytest.raises(RuleRefused) as refused:
        service.import_return(lims, net, signed(lims, fine, odd))

    told = {(why.code, why.where.row) for why in refused.value.reasons}
    assert (code, 2) in told
    assert {row for _, row in told} == {2}
    assert booked(lims, "LP") == []


def test_a_sample_stands_in_a_return_once(lims: Lims, net: Actor) -> None:
    assert refused_codes(lims, net, signed(lims, a_record(), a_record(revision=2))) == ["return.twice"]


def test_a_number_is_used_for_one_return(lims: Lims, net: Actor) -> None:
    service.import_return(lims, net, signed(lims, a_record()))

    assert refused_codes(lims, net, signed(lims, a_record(revision=2))) == ["return.number_used"]


def test_many_faults_are_told_in_part(lims: Lims, net: Actor) -> None:
    wrong = [a_record(sample_number=str(n), region="520322") for n in range(50)]

    assert refused_codes(lims, net, signed(lims, *wrong)) == ["return.region_foreign"] * 20


def test_returns_need_their_permissions_and_a_laboratory(lims: Lims, net: Actor, cast: Cast) -> None:
    for stranger in (cast.ann, cast.ian, cast.ada):
        with pytest.raises(Forbidden):
            service.export_return(lims, stranger, NOVEMBER)
    for stranger in (cast.max, cast.eve):
        with pytest.raises(Forbidden):
            service.import_return(lims, stranger, signed(lims, a_record()))
    with pytest.raises(RuleRefused) as refused:
        service.export_return(lims, system_actor(), NOVEMBER)
    assert [r.code for r in refused.value.reasons] == ["return.no_laboratory"]


def test_a_return_is_not_for_other_laboratories_to_read(lims: Lims, cast: Cast) -> None:
    service.export_return(lims, cast.max, NOVEMBER)

    assert open_return(service.return_bytes(lims, cast.ian, "LA-R20260001")).payload.number == "LA-R20260001"
    with pytest.raises(NotFound):
        service.return_bytes(lims, cast.eve, "LA-R20260001")


def test_returns_through_http(lims: Lims, cast: Cast, net: Actor, client: Client) -> None:
    batches(lims, "LA", 2)
    own, above = client(cast.max), client(net)

    sent = own.post("/api/returns/export", json={"period": "2026-11"})
    file = own.get("/api/returns/LA-R20260001/file")
    taken = above.post("/api/returns/import", files={"file": ("r.json", file.content)})
    lists = [above.get(path).json() for path in ("/api/returns", "/api/returns/received")]
    schema = own.get("/api/returns/schema")
    garbage = above.post("/api/returns/import", files={"file": ("r.json", b"{}")})
    refused = own.post("/api/returns/export", json={"period": "soon"})

    assert (sent.status_code, sent.json()["number"], sent.json()["records"]) == (200, "LA-R20260001", 2)
    assert open_return(file.content).sha256 == sent.json()["sha256"]
    assert file.headers["content-disposition"] == 'attachment; filename="LA-R20260001.json"'
    assert (taken.status_code, taken.json()["added"], taken.json()["already_imported"]) == (200, 2, False)
    assert [[item["number"] for item in page["items"]] for page in lists] == [["LA-R20260001"], ["LA-R20260001"]]
    assert lists[1]["items"][0]["received_by"] == "Net"
    assert schema.json()["$schema"].endswith("2020-12/schema")
    assert (garbage.status_code, {r["code"] for r in garbage.json()["reasons"]}) == (422, {"return.field"})
    assert refused.status_code == 422


records = st.lists(
    st.builds(
        a_record,
        sample_number=st.integers(1, 6).map(str),
        revision=st.integers(1, 3),
    ),
    unique_by=lambda record: record.key,
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records, min_size=1, max_size=4))
def test_in_whatever_order_and_however_often_returns_come_the_newest_revision_stays(
    lims: Lims, net: Actor, sent: list[Any]
) -> None:
    with lims.read(system_actor(), Action.INDICATORS_READ) as session:
        serial = session.exec(select(func.count()).select_from(ReturnReceived)).one()
    before = {batch.sample_number: batch.revision for batch in booked(lims, "LP")}
    files = [signed(lims, *part, number=f"LA-R2026{serial + n + 1:04}") for n, part in enumerate(sent)]

    for file in [*files, *reversed(files)]:
        service.import_return(lims, net, file)

    newest = dict(before)
    for record in (record for part in sent for record in part):
        newest[record.sample_number] = max(newest.get(record.sample_number, 0), record.revision)
    assert {batch.sample_number: batch.revision for batch in booked(lims, "LP")} == newest


# ── the transparency log on its way up ───────────────────────────────────────────────────────────────


def logged(lims: Lims, number: str) -> None:
    """One more batch, whose report is entered in the log of LA."""
    a_report(lims, a_sample(lims, number=number), f"LA{number}", verification_token=number, snapshot_sha256=PDF)
    with lims.work(system_actor(), Action.REPORT_APPROVE) as session:
        report = session.exec(select(Report).where(Report.number == f"LA{number}")).one()
        log.enter(session, report, LogAct.ISSUED)


def payload_of(data: bytes) -> Payload:
    return open_return(data).payload


def resealed(lims: Lims, data: bytes, **changed: Any) -> bytes:
    """The return with other words, signed by LA all the same, under a number that was never used."""
    number = f"LA-R2026{len(changed) + 7000}"
    return seal(payload_of(data).model_copy(update={"number": number, **changed}), identity(lims, "LA"))


@pytest.mark.both_databases
def test_a_return_carries_the_head_of_the_log_and_shows_that_it_went_on(lims: Lims, cast: Cast, net: Actor) -> None:
    files = []
    for number in ("0000000001", "0000000002", "0000000003"):
        logged(lims, number)
        files.append(service.export_return(lims, cast.max, NOVEMBER))
    first, second, third = (payload_of(data).log for data in files)
    assert first is not None
    assert second is not None
    assert third is not None

    taken = [service.import_return(lims, net, files[n]) for n in (0, 2, 1)]  # the second one comes late

    assert [payload_of(data).schema_version for data in files] == [2, 2, 2]
    assert [(log_.size, [step.size for step in log_.continues]) for log_ in (first, second, third)] == [
        (1, []),
        (2, [1]),
        (3, [2, 1]),
    ]
    assert not any(intake.already_imported for intake in taken)


def test_a_rewritten_log_is_refused_by_the_laboratory_above(lims: Lims, cast: Cast, net: Actor) -> None:
    logged(lims, "0000000001")
    service.import_return(lims, net, service.export_return(lims, cast.max, NOVEMBER))
    logged(lims, "0000000002")
    honest = service.export_return(lims, cast.max, NOVEMBER)
    said = payload_of(honest).log
    assert said is not None
    key = identity(lims, "LA")

    def forged(size: int, root: str, **more: Any) -> bytes:
        head = sign_head(HeadBody(laboratory="LA", size=size, root=root, at=said.at), key)
        return resealed(
            lims,
            honest,
            log=said.model_copy(update={"size": size, "root": root, "signature": head.signature, **more}),
        )

    assert refused_codes(lims, net, forged(2, "0" * 64)) == ["return.log_rewritten"]
    assert refused_codes(lims, net, forged(1, "0" * 64)) == ["return.log_rewritten"]
    assert refused_codes(lims, net, forged(2, said.root, continues=())) == ["return.log_unproven"]
    assert refused_codes(lims, net, resealed(lims, honest, log=None, schema_version=1)) == ["return.log_missing"]
    assert refused_codes(lims, net, resealed(lims, honest, log=None)) == ["return.log_version"]
    edited = said.model_copy(update={"root": "0" * 64})
    assert refused_codes(lims, net, resealed(lims, honest, log=edited)) == ["return.log_signature"]
    assert service.import_return(lims, net, honest).added == 1


def test_a_return_from_before_the_log_is_taken_in(lims: Lims, net: Actor) -> None:
    assert service.import_return(lims, net, signed(lims, a_record())).added == 1
