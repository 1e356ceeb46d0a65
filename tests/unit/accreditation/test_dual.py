"""双认证: both certificates on a day, and the rate of county laboratories."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.accreditation.dual import DualStatus, LaboratoryStatus, dual_rate, in_force_until, status_on
from lims.accreditation.rules import CertificateFacts, Scheme

DAY = date(2026, 11, 23)
CMA = CertificateFacts(Scheme.CMA, "232404090030", date(2023, 1, 1), date(2028, 12, 31))
CATL = CertificateFacts(Scheme.CATL, "x", date(2023, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("certificates", "status"),
    [
        ([CMA, CATL], DualStatus.BOTH),
        ([CMA], DualStatus.ONLY_CMA),
        ([CATL], DualStatus.ONLY_CATL),
        ([], DualStatus.NONE),
        ([CMA, replace(CATL, valid_until=date(2026, 11, 22))], DualStatus.ONLY_CMA),
        ([replace(CMA, suspended_on=DAY), CATL], DualStatus.ONLY_CATL),
    ],
)
def test_status_on_a_day(certificates: list[CertificateFacts], status: DualStatus) -> None:
    assert status_on(certificates, DAY) is status


@pytest.mark.parametrize(
    ("certificates", "until"),
    [
        ([CMA], date(2028, 12, 31)),
        ([replace(CMA, valid_until=date(2027, 1, 1)), replace(CMA, valid_from=date(2027, 1, 2))], date(2028, 12, 31)),
        ([replace(CMA, valid_until=date(2027, 1, 1)), replace(CMA, valid_from=date(2027, 1, 3))], date(2027, 1, 1)),
        ([replace(CMA, suspended_on=date(2027, 1, 1))], date(2026, 12, 31)),
        ([replace(CMA, suspended_on=DAY)], None),
        ([CATL], None),
    ],
)
def test_a_scheme_is_held_until_the_first_gap(certificates: list[CertificateFacts], until: date | None) -> None:
    assert in_force_until(certificates, Scheme.CMA, DAY) == until


def laboratory(status: DualStatus, days: int = 1000) -> LaboratoryStatus:
    cma = DAY + timedelta(days) if status in {DualStatus.BOTH, DualStatus.ONLY_CMA} else None
    catl = DAY + timedelta(2000) if status in {DualStatus.BOTH, DualStatus.ONLY_CATL} else None
    return LaboratoryStatus("L", "某县检测站", "520304", status, cma, catl)


def test_the_rate_keeps_its_denominator_and_warns_of_what_ends() -> None:
    found = [
        laboratory(DualStatus.BOTH, 90),
        laboratory(DualStatus.BOTH, 91),
        laboratory(DualStatus.BOTH, 181),
        laboratory(DualStatus.ONLY_CMA, 10),
        laboratory(DualStatus.ONLY_CATL),
        laboratory(DualStatus.NONE),
    ]

    rate = dual_rate("520300", found, DAY)

    assert (rate.both, rate.only_cma, rate.only_catl, rate.none, rate.county_laboratories) == (3, 1, 1, 1, 6)
    assert (rate.expiring_in_90_days, rate.expiring_in_180_days) == (1, 2)
    assert rate.percent == Decimal("50.0")


@pytest.mark.parametrize(
    ("both", "other", "percent", "reached"),
    [
        (4, 1, Decimal("80.0"), True),
        (7, 2, Decimal("77.7"), False),
        (799, 201, Decimal("79.9"), False),
        (7999, 2001, Decimal("79.9"), False),  # 79.99 % is never shown as 80.0
        (0, 0, None, False),
    ],
)
def test_the_rate_is_cut_and_never_rounded_up_to_its_target(
    both: int, other: int, percent: Decimal | None, reached: bool
) -> None:
    rate = dual_rate("520000", [laboratory(DualStatus.BOTH)] * both + [laboratory(DualStatus.NONE)] * other, DAY)

    assert rate.percent == percent
    assert rate.reaches(Decimal(80)) is reached


@given(st.lists(st.sampled_from(DualStatus), max_size=40))
def test_every_laboratory_is_counted_once(statuses: list[DualStatus]) -> None:
    rate = dual_rate("520000", [laboratory(s) for s in statuses], DAY)

    assert rate.both + rate.only_cma + rate.only_catl + rate.none == rate.county_laboratories == len(statuses)
