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


def _sheet(items: list[tuple[str, str]], deductions: list[tuple[str, str, int]], minutes: int) -> dict[str, Any]:
    return {
        "items": [{"name": name, "full": full, "weight": "1"} for name, full in items],
        "deductions": [{"name": name, "points": points, "most": most} for name, points, most in deductions],
        "time": {"limit_s": minutes * 60, "points": "1", "every_s": 60, "most": "10"},
    }


_SAMPLING = _sheet(
    [("抽样方案与器具准备", "15"), ("布点与随机抽取", "25"), ("样品量与缩分", "20"), ("封样与标识", "20"),
     ("抽样单填写", "15"), ("现场整理", "5")],
    [("未佩戴手套或器具交叉污染", "3", 2), ("抽样单涂改不规范", "2", 3)],
    40,
)  # fmt: skip
_PRETREATMENT = _sheet(
    [("仪器试剂准备", "10"), ("称样与记录", "15"), ("提取", "25"), ("净化", "25"), ("浓缩与定容", "15"),
     ("安全与台面整理", "10")],
    [("样品洒漏", "5", 2), ("移液操作不规范", "2", 3)],
    90,
)  # fmt: skip
_INSTRUMENT = _sheet(
    [("开机与仪器条件确认", "15"), ("标准曲线配制与进样", "25"), ("序列编辑与进样", "20"), ("积分与数据处理", "20"),
     ("原始记录与结果报告", "15"), ("关机与整理", "5")],
    [("标准溶液标识不清", "2", 2), ("原始记录涂改不规范", "2", 3)],
    60,
)  # fmt: skip

#: Code, title, kind, share within its part, score sheet.
EVENTS: Final[tuple[dict[str, Any], ...]] = (
    {"code": "T", "title": "理论知识", "kind": EventKind.THEORY, "share": "100", "sheet": None},
    {"code": "S", "title": "抽样操作", "kind": EventKind.SAMPLING, "share": "20", "sheet": _SAMPLING},
    {"code": "P", "title": "样品前处理", "kind": EventKind.PRETREATMENT, "share": "30", "sheet": _PRETREATMENT},
    {"code": "I", "title": "上机检测", "kind": EventKind.INSTRUMENT, "share": "25", "sheet": _INSTRUMENT},
    {"code": "R", "title": "结果准确度", "kind": EventKind.RESULTS, "share": "25", "sheet": None},
)
