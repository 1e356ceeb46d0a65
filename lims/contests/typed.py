"""What is typed on pages of contests: times of China, lists line by line, a whole plan."""

from datetime import datetime
from typing import Any

from lims.contests.schemas import ContestIn
from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.web.forms import Form


def instant_of(form: Form, name: str) -> datetime:
    """A day and time in China, as a browser sends it. Raises `BadInput`."""
    try:
        return datetime.fromisoformat(form.text(name)).replace(tzinfo=CHINA)
    except ValueError as error:
        sentence = "Write a day and time, such as 2026-12-31 17:00."
        raise BadInput(reason("contest.no_instant", sentence, at=Where(name))) from error


def shown_instant(at: datetime) -> str:
    """As the field of a browser shows it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")


def listed(text: str) -> list[str]:
    """Words apart by commas of either kind."""
    return [part for one in text.replace("，", ",").replace("、", ",").split(",") if (part := one.strip())]


def lines_of(form: Form, name: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows typed as lines, their fields apart by semicolons; empty fields are left out. Raises `BadInput`."""
    rows = []
    for number, line in enumerate(form.text(name).splitlines(), 1):
        cells = [cell.strip() for cell in line.replace("；", ";").split(";")]
        if not any(cells):
            continue
        if len(cells) > len(fields):
            said = "Line {row} has more than {count} fields."
            raise BadInput(reason("contest.line_fields", said, row=number, count=len(fields), at=Where(name)))
        rows.append({field: cell for field, cell in zip(fields, cells, strict=False) if cell})
    return rows


PRIZE_FIELDS = ("name", "share", "name_en")
HONOUR_FIELDS = ("name", "first", "last", "women_only", "name_en")
_PLAIN = ("title", "title_en", "season", "year")
_NUMBERS = (
    "theory_weight",
    "fewest_judges",
    "drop_from",
    "difference",
    "quota",
    "team_best",
    "appeal_hours",
    "promoted",
)
_TICKS = ("team_is_mean", "ranks_by_stream", "excludes_winners")


def plan_of(form: Form) -> dict[str, Any]:
    """The plan that a form says; `ContestIn` checks it."""
    settings: dict[str, Any] = {name: text for name in _NUMBERS if (text := form.text(name))}
    settings |= {name: form.text(name) == "true" for name in _TICKS}
    settings["team_by"] = form.text("team_by") or "ct_by_region"
    settings["prizes"] = lines_of(form, "prizes", PRIZE_FIELDS)
    settings["team_prizes"] = lines_of(form, "team_prizes", PRIZE_FIELDS)
    settings["honours"] = [
        {**one, "women_only": one.get("women_only", "") in {"女", "women", "true"}}
        for one in lines_of(form, "honours", HONOUR_FIELDS)
    ]
    return {
        "streams": listed(form.text("streams")),
        "entries_until": instant_of(form, "entries_until"),
        "settings": settings,
    }


def plan_values(found: Any) -> dict[str, Any]:
    """A plan as its form shows it; `found` is a `ContestOut` or `ContestIn`."""
    settings: dict[str, Any] = (
        found.settings if isinstance(found.settings, dict) else found.settings.model_dump(mode="json")
    )
    values: dict[str, Any] = {name: getattr(found, name) for name in _PLAIN}
    values |= {name: settings[name] for name in (*_NUMBERS, "team_by")}
    values |= {name: "true" if settings[name] else "" for name in _TICKS}
    values["streams"] = "、".join(found.streams)
    values["entries_until"] = shown_instant(found.entries_until)
    for name in ("prizes", "team_prizes"):
        values[name] = "\n".join(_line(one, PRIZE_FIELDS) for one in settings[name])
    honours = [{**one, "women_only": "女" if one["women_only"] else ""} for one in settings["honours"]]
    values["honours"] = "\n".join(_line(one, HONOUR_FIELDS) for one in honours)
    return values


def _line(one: dict[str, Any], fields: tuple[str, ...]) -> str:
    return "; ".join(str(one[name] or "") for name in fields)


def first_plan(year: int, until: datetime) -> dict[str, Any]:
    """What the form of a new contest shows."""
    values = plan_values(ContestIn(title="-", season="-", year=year, streams=["种植业产品"], entries_until=until))
    return {**values, "title": "", "season": ""}
