"""What a new contest begins with (默认设置): events, score sheets, prizes. All of it is data to be changed.

Theory counts 30 % and operation 70 %, as in notices of such contests (2022, 2023); the split of operation, the points
of the sheets and the shares of the prizes are proposals.
"""

from typing import Any, Final

from lims.contests.rules import EventKind

SETTINGS: Final[dict[str, Any]] = {
    "theory_weight": "0.30",
    "fewest_judges": 2,
    "drop_from": 5,
    "difference": "10",
    "quota": 0,
    "team_by": "ct_by_region",
    "team_best": 2,
    "team_is_mean": False,
    "prizes": [
        {"name": "一等奖", "name_en": "First prize", "share": "0.10"},
        {"name": "二等奖", "name_en": "Second prize", "share": "0.20"},
        {"name": "三等奖", "name_en": "Third prize", "share": "0.30"},
    ],
    "team_prizes": [{"name": "优胜集体", "name_en": "Outstanding team", "share": "0.30"}],
    "honours": [
        {"name": "技术能手", "name_en": "Technical expert", "first": 1, "last": 3, "women_only": False},
        {"name": "巾帼标兵", "name_en": "Leading woman", "first": 1, "last": 1, "women_only": True},
    ],
    "ranks_by_stream": False,
    "excludes_winners": True,
    "appeal_hours": 24,
    "promoted": 3,
}


def _sheet(
    items: list[tuple[str, str, str]], deductions: list[tuple[str, str, str, int]], minutes: int
) -> dict[str, Any]:
    return {
        "items": [{"name": name, "name_en": english, "full": full, "weight": "1"} for name, english, full in items],
        "deductions": [
            {"name": name, "name_en": english, "points": points, "most": most}
            for name, english, points, most in deductions
        ],
        "time": {"limit_s": minutes * 60, "points": "1", "every_s": 60, "most": "10"},
    }


_SAMPLING = _sheet(
    [
        ("抽样方案与器具准备", "Sampling plan and equipment", "15"),
        ("布点与随机抽取", "Choice of points at random", "25"),
        ("样品量与缩分", "Amount and division of the sample", "20"),
        ("封样与标识", "Sealing and labels", "20"),
        ("抽样单填写", "Sampling sheet", "15"),
        ("现场整理", "Leaving the site tidy", "5"),
    ],
    [
        ("未佩戴手套或器具交叉污染", "No gloves, or equipment carries over", "3", 2),
        ("抽样单涂改不规范", "Sampling sheet corrected irregularly", "2", 3),
    ],
    40,
)
_PRETREATMENT = _sheet(
    [
        ("仪器试剂准备", "Instruments and reagents", "10"),
        ("称样与记录", "Weighing and its record", "15"),
        ("提取", "Extraction", "25"),
        ("净化", "Clean-up", "25"),
        ("浓缩与定容", "Concentration and final volume", "15"),
        ("安全与台面整理", "Safety and a tidy bench", "10"),
    ],
    [
        ("样品洒漏", "Sample spilt", "5", 2),
        ("移液操作不规范", "Pipette handled irregularly", "2", 3),
    ],
    90,
)
_INSTRUMENT = _sheet(
    [
        ("开机与仪器条件确认", "Start and check of conditions", "15"),
        ("标准曲线配制与进样", "Calibration standards and their injection", "25"),
        ("序列编辑与进样", "Sequence and injection", "20"),
        ("积分与数据处理", "Integration and data", "20"),
        ("原始记录与结果报告", "Original record and report of results", "15"),
        ("关机与整理", "Shutdown and tidying", "5"),
    ],
    [
        ("标准溶液标识不清", "Standard solutions labelled unclearly", "2", 2),
        ("原始记录涂改不规范", "Original record corrected irregularly", "2", 3),
    ],
    60,
)


def _event(code: str, title: str, english: str, kind: EventKind, share: str, sheet: Any = None) -> dict[str, Any]:
    return {"code": code, "title": title, "title_en": english, "kind": kind, "share": share, "sheet": sheet}


#: Share: within its part, theory or operation.
EVENTS: Final[tuple[dict[str, Any], ...]] = (
    _event("T", "理论知识", "Theory", EventKind.THEORY, "100"),
    _event("S", "抽样操作", "Sampling", EventKind.SAMPLING, "20", _SAMPLING),
    _event("P", "样品前处理", "Sample preparation", EventKind.PRETREATMENT, "30", _PRETREATMENT),
    _event("I", "上机检测", "Instrument work", EventKind.INSTRUMENT, "25", _INSTRUMENT),
    _event("R", "结果准确度", "Accuracy of results", EventKind.RESULTS, "25"),
)
