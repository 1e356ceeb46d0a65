"""Pure decisions about samples: their states, programmes and stages."""

from enum import StrEnum


class SampleStatus(StrEnum):
    """Where a sample is on its way."""

    REGISTERED = "registered"
    RECEIVED = "received"
    TESTED = "tested"
    REPORTED = "reported"


class TestStatus(StrEnum):
    """Where a test is on its way. VERIFIED: every analyte it needs has a verified result."""

    __test__ = False

    ASSIGNED = "assigned"
    RECORDED = "recorded"
    VERIFIED = "verified"


class Programme(StrEnum):
    """Why a sample is drawn (农产品质量安全监测管理办法, article 3)."""

    ROUTINE = "routine"  # 例行监测
    SURVEY = "survey"  # 普查
    SPECIAL = "special"  # 专项监测
    SUPERVISION = "supervision"  # 监督抽查
    RETEST = "retest"  # 复检
    EMERGENCY = "emergency"  # 应急监测
    COMMISSIONED = "commissioned"  # 委托检验


class Stage(StrEnum):
    """Where in the chain a sample is drawn."""

    FARM = "farm"  # 生产基地
    STORAGE = "storage"  # 收储运
    SLAUGHTERHOUSE = "slaughterhouse"  # 屠宰场
    TRANSPORT = "transport"  # 运输车
    WHOLESALE_MARKET = "wholesale_market"  # 批发市场
    RETAIL_MARKET = "retail_market"  # 农贸市场
    SUPERMARKET = "supermarket"  # 超市
    ONLINE = "online"  # 电商


class BasisKind(StrEnum):
    """What happened on the day whose limits decide."""

    PRODUCTION = "production"
    HARVEST = "harvest"
    PURCHASE = "purchase"
    SLAUGHTER = "slaughter"
