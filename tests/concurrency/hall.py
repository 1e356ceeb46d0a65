"""A hall of candidates at their browsers: a real server on loopback, a connection for each, all saving at once."""

import http.client
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.exams.tables import ExamAnswer, ExamCandidate
from lims.runtime import Lims

PLACES = 8


@dataclass(frozen=True)
class Sat:
    """How long each answer took, and all of them together, in seconds."""

    each: list[float]
    whole: float


def post(connection: http.client.HTTPConnection, path: str, cookie: str, **fields: Any) -> http.client.HTTPResponse:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", path, urlencode(fields), headers)
    answer = connection.getresponse()
    answer.read()
    return answer


def sit(address: str, codes: Sequence[str], answers: int) -> Sat:
    """Everybody comes in and begins; then all save so many answers, one by one, at the same moment."""
    where, start = urlsplit(address), Barrier(len(codes) + 1)

    def candidate(place: int, code: str) -> list[float]:
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
        admitted = post(connection, "/exam/admit", "", code=code)
        assert admitted.status == 303
        cookie = (admitted.getheader("set-cookie") or "").split(";")[0]
        assert post(connection, "/exam/begin", cookie).status == 303
        connection.close()  # the server lets go of who waits for the others; the next answer opens it anew
        start.wait(120)
        took = []
        for at in range(answers):
            before = perf_counter()
            one = {"place": at % PLACES + 1, "given": [given(place, at)], "serial": at + 1}
            saved = post(connection, "/exam/answers", cookie, answers=json.dumps({"answers": [one]}))
            assert saved.status == 200, saved.status
            took.append(perf_counter() - before)
        connection.close()
        return took

    with ThreadPoolExecutor(len(codes)) as pool:
        sitting = [pool.submit(candidate, place, code) for place, code in enumerate(codes)]
        start.wait(120)
        before = perf_counter()
        each = [took for one in sitting for took in one.result(300)]
        return Sat(each, perf_counter() - before)


def given(candidate: int, answer: int) -> str:
    """What a candidate gives: fill-in texts, so that a lost or mixed-up answer shows."""
    return f"{candidate}-{answer}"


def kept(lims: Lims) -> dict[str, dict[int, list[str]]]:
    """What is stored, by candidate and place."""
    with lims.read(system_actor(), Action.EXAM_READ) as session:
        keys: dict[UUID, str] = {one.id: one.candidate_key for one in session.exec(select(ExamCandidate)).all()}
        found: dict[str, dict[int, list[str]]] = {key: {} for key in keys.values()}
        for one in session.exec(select(ExamAnswer)).all():
            found[keys[one.candidate_id]][one.place] = one.given
    return found


def expected(count: int, answers: int) -> dict[str, dict[int, list[str]]]:
    """What must be stored: of several answers to one place the last."""
    return {
        f"K{candidate:03d}": {at % PLACES + 1: [given(candidate, at)] for at in range(answers)}
        for candidate in range(count)
    }
