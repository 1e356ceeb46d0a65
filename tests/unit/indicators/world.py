"""What tests of indicators and returns begin with: residents, targets, keys, batches and issued reports."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.work import insert_many, save
from lims.documents.keys import SigningIdentity, development_identity
from lims.indicators.return_file import Counts, Payload, ReturnPeriod, ReturnRecord, Sender, seal
from lims.indicators.rules import BatchVerdict
from lims.indicators.tables import ReportedBatch
from lims.limits.tables import Judgement
from lims.limits.verdicts import Overall
from lims.network.rules import Level, TargetKind
from lims.network.service import set_certificate
from lims.network.tables import Laboratory, Region, RegionPopulation, Target
from lims.people.tables import User
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.runtime import Lims
from lims.samples.rules import BasisKind, Programme, Stage
from lims.samples.tables import Sample

#: Residents by the seventh census (贵州省第七次全国人口普查公报; 2020中国人口普查分县资料).
RESIDENTS = {"520000": 38_562_148, "520300": 6_606_675, "520304": 761_491}
COWPEA = "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆"
PDF = "ab" * 32


def residents_and_targets(lims: Lims) -> None:
    """The census of 2020 and the two targets of the plan that are computed here."""
    people = [{"region_code": r, "year": 2020, "residents": n, "source": "census"} for r, n in RESIDENTS.items()]
    targets = [
        _target("T01", TargetKind.PASS_RATE, Decimal(98)),
        _target("T02", TargetKind.BATCHES_PER_THOUSAND, Decimal("1.5")),
    ]
    with lims.work(system_actor(), Action.SET_UP) as session:
        insert_many(session, RegionPopulation, people)
        insert_many(session, Target, targets)


def a_township(lims: Lims) -> None:
    """A township of 播州区."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        save(
            session,
            Region(code="520304101", name="某镇", level=Level.TOWNSHIP, kind="镇", parent_code="520304", source="test"),
        )


def _target(code: str, kind: TargetKind, value: Decimal) -> dict[str, Any]:
    return {
        "code": code,
        "item": code,
        "kind": kind,
        "comparison": ">=",
        "value": value,
        "unit": "",
        "scope": "province",
        "starts_on": date(2021, 1, 1),
        "ends_on": None,
        "source": "plan",
    }


def identity(lims: Lims, code: str) -> SigningIdentity:
    """The development key of a laboratory."""
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        laboratory = session.exec(select(Laboratory).where(Laboratory.code == code)).one()
    return development_identity(lims.settings.data / "keys", laboratory.code, laboratory.name, lims.clock)


def register_certificate(lims: Lims, code: str, signer: SigningIdentity) -> None:
    """What a superior does once for each laboratory below."""
    with lims.work(system_actor(), Action.NETWORK_EDIT) as session:
        set_certificate(session, code, signer.certificate_pem.decode())


def laboratory_id(lims: Lims, code: str) -> UUID:
    """The id of one of the network's laboratories."""
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        return session.exec(select(Laboratory.id).where(Laboratory.code == code)).one()


def batches(lims: Lims, code: str, count: int, **what: Any) -> None:
    """`count` batches that laboratory `code` tested and keeps; conforming tomatoes of 播州区 unless said otherwise."""
    origin = what.pop("origin_code", code)
    stem = what.pop("stem", uuid4().hex[:8])
    owner = laboratory_id(lims, code)
    rows = [
        {
            "laboratory_id": owner,
            "origin_code": origin,
            "sample_number": f"{stem}-{n:05}",
            "report_number": f"R{stem}-{n:05}",
            "region_code": "520304",
            "product_name": "番茄",
            "food": "蔬菜/茄果类蔬菜/番茄",
            "food_group": "蔬菜",
            "programme": Programme.ROUTINE,
            "stage": Stage.FARM,
            "sampled_on": date(2026, 11, 10),
            "issued_at": datetime(2026, 11, 15, 8, tzinfo=UTC),
            "verdict": BatchVerdict.CONFORMS,
            "pdf_sha256": PDF,
        }
        | ({"failing": "克百威"} if what.get("verdict") is BatchVerdict.FAILS else {})
        | what
        for n in range(count)
    ]
    with lims.work(system_actor(), Action.SET_UP) as session:
        insert_many(session, ReportedBatch, rows)


def a_sample(lims: Lims, code: str = "LA", **what: Any) -> Sample:
    """A registered sample of cowpeas."""
    number = what.pop("number", f"{code}-2026-{uuid4().hex[:6]}")
    fields: dict[str, Any] = {
        "laboratory_id": laboratory_id(lims, code),
        "number": number,
        "blind_code": uuid4().hex[:9],
        "product_name": "豇豆",
        "food": COWPEA,
        "programme": Programme.SUPERVISION,
        "stage": Stage.WHOLESALE_MARKET,
        "client": "播州区农业农村局",
        "inspected_party": "某合作社",
        "region_code": "520304",
        "place": "南白街道",
        "sampled_on": date(2026, 11, 12),
        "sampling_sheet_number": uuid4().hex,
        "samplers": "甲、乙",
        "quantity": Decimal(3),
        "quantity_unit": "kg",
        "basis_on": date(2026, 11, 12),
        "basis_kind": BasisKind.HARVEST,
        "registered_at": datetime(2026, 11, 13, tzinfo=UTC),
    }
    with lims.work(system_actor(), Action.SET_UP) as session:
        return save(session, Sample(**(fields | what)))


def a_report(
    lims: Lims, sample: Sample, number: str, verdict: str = "conforms", failing: Sequence[str] = (), **what: Any
) -> Report:
    """An issued report of a sample with its signed PDF; `verdict` and `failing` are what its snapshot says."""
    said = {
        "schema_version": 1,
        "verdict": verdict,
        "lines": [{"no": n, "parameter": name, "failing": True} for n, name in enumerate(failing, start=1)],
    }
    with lims.work(system_actor(), Action.SET_UP) as session:
        author = session.exec(select(User.id).limit(1)).one()
        judgement = save(
            session,
            Judgement(
                laboratory_id=sample.laboratory_id,
                sample_id=sample.id,
                serial=len(session.exec(select(Judgement.id).where(Judgement.sample_id == sample.id)).all()) + 1,
                judged_at=session.instant,
                library_sha256="0" * 64,
                basis_on=sample.basis_on,
                overall=Overall.CONFORMS,
                flags={},
            ),
        )
        fields: dict[str, Any] = {
            "laboratory_id": sample.laboratory_id,
            "sample_id": sample.id,
            "number": number,
            "status": ReportStatus.ISSUED,
            "judgement_id": judgement.id,
            "results_sha256": "0" * 64,
            "compiled_by": author,
            "compiled_at": session.instant,
            "issued_at": session.instant - timedelta(hours=1),
            "snapshot": json.dumps(said),
            "pdf_sha256": PDF,
        }
        return save(session, Report(**(fields | what)))


def change_report(lims: Lims, report_id: UUID, **what: Any) -> None:
    """What happens to a report later."""
    with lims.work(system_actor(), Action.REPORT_WITHDRAW) as session:
        report = session.exec(select(Report).where(Report.id == report_id)).one()
        for name, value in what.items():
            setattr(report, name, value)
        save(session, report)


def booked(lims: Lims, code: str) -> list[ReportedBatch]:
    """What a laboratory keeps."""
    owner = laboratory_id(lims, code)
    with lims.read(system_actor(), Action.INDICATORS_READ) as session:
        found = session.exec(select(ReportedBatch).where(ReportedBatch.laboratory_id == owner)).all()
    return sorted(found, key=lambda batch: (batch.origin_code, batch.sample_number))


def a_record(**what: Any) -> ReturnRecord:
    """A record of a return of LA for November 2026."""
    fields: dict[str, Any] = {
        "origin": "LA",
        "sample_number": "LA-2026-000001",
        "report_number": "LA2026000001",
        "revision": 1,
        "region": "520304",
        "product_name": "豇豆",
        "food": COWPEA,
        "food_group": "蔬菜",
        "programme": Programme.SUPERVISION,
        "stage": Stage.FARM,
        "sampled_on": date(2026, 11, 10),
        "issued_at": datetime(2026, 11, 15, 8, tzinfo=UTC),
        "verdict": BatchVerdict.CONFORMS,
        "withdrawn": False,
        "failing": None,
        "pdf_sha256": PDF,
    }
    return ReturnRecord(**(fields | what))


def a_payload(*records: ReturnRecord, **what: Any) -> Payload:
    """What LA reports of November 2026."""
    fields: dict[str, Any] = {
        "kind": "qianjian.return",
        "schema_version": 1,
        "sender": Sender(code="LA", name="播州区检测中心"),
        "number": "LA-R20260001",
        "period": ReturnPeriod(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)),
        "created_at": datetime(2026, 11, 20, tzinfo=UTC),
        "records": records,
        "counts": Counts.of(records),
    }
    return Payload(**(fields | what))


def signed(lims: Lims, *records: ReturnRecord, signer: SigningIdentity | None = None, **what: Any) -> bytes:
    """A return of LA, signed with its key."""
    return seal(a_payload(*records, **what), signer or identity(lims, "LA"))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every single value of a JSON document."""
    if isinstance(value, Mapping):
        return [leaf for key, part in value.items() for leaf in leaves(part, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, part in enumerate(value) for leaf in leaves(part, (*path, index))]
    return [path]
