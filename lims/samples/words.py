"""The Chinese words of a sampling sheet: as its spreadsheet is filled in with them, and as a report prints them."""

from lims.samples.rules import BasisKind, Programme, SealState, Stage

PROGRAMME_WORDS = {
    Programme.ROUTINE: "例行监测",
    Programme.SURVEY: "普查",
    Programme.SPECIAL: "专项监测",
    Programme.SUPERVISION: "监督抽查",
    Programme.RETEST: "复检",
    Programme.EMERGENCY: "应急监测",
    Programme.COMMISSIONED: "委托检验",
}
STAGE_WORDS = {
    Stage.FARM: "生产基地",
    Stage.STORAGE: "收储运",
    Stage.SLAUGHTERHOUSE: "屠宰场",
    Stage.TRANSPORT: "运输车",
    Stage.WHOLESALE_MARKET: "批发市场",
    Stage.RETAIL_MARKET: "农贸市场",
    Stage.SUPERMARKET: "超市",
    Stage.ONLINE: "电商",
}
#: What happened on the day whose limits decide.
BASIS_WORDS = {
    BasisKind.PRODUCTION: "生产日期",
    BasisKind.HARVEST: "采收日期",
    BasisKind.PURCHASE: "购进日期",
    BasisKind.SLAUGHTER: "屠宰日期",
}
SEAL_WORDS = {SealState.INTACT: "封条完好", SealState.BROKEN: "封条破损", SealState.NONE: "未加封"}
