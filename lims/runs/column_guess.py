"""A first proposal of what the columns of a table may be, by their headings. A person looks at it and decides."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from lims.core.errors import LimsError
from lims.runs.cells import folded
from lims.runs.column_map import (
    DELIMITERS,
    OF_A_COMPOUND,
    ColumnMap,
    ColumnMeaning,
    Delimiter,
    MappedColumn,
    TableLayout,
)
from lims.runs.file_units import known_unit
from lims.runs.opened import OpenedFile
from lims.runs.readers.rows import name_and_unit
from lims.runs.reading import Container, Row

M = ColumnMeaning
_HEADINGS: Final[Mapping[ColumnMeaning, str]] = {
    M.NAME: "name, sample, sample name, sample id, injection, injection name, 样品, 样品名, 样品名称, 样品编号, 名称",
    M.DATA_FILE: "data file, file, file name, filename, 数据文件, 文件名",
    M.ACQUIRED_AT: "date, acq. date-time, acquisition date, acquired, date time, 日期, 采集时间, 进样时间",
    M.ACQUIRED_TIME: "time, 时间",
    M.TYPE: "type, sample type, 类型, 样品类型",
    M.LEVEL: "level, 级别, 浓度级别",
    M.VIAL: "vial, pos., position, vial number, 样品瓶, 位置, 瓶号",
    M.DILUTION: "dilution, dil., dilution factor, 稀释, 稀释倍数, 稀释因子",
    M.COMPOUND: "compound, compound name, component, component name, analyte, element, 化合物, 化合物名称, 组分, 元素",
    M.AREA: "area, peak area, 面积, 峰面积",
    M.HEIGHT: "height, peak height, 峰高",
    M.INTENSITY: "intensity, cps, counts, signal, 强度, 信号",
    M.ABSORBANCE: "absorbance, abs, abs., od, 吸光度",
    M.RETENTION_TIME: "rt, ret. time, retention time, 保留时间",
    M.FINAL_CONCENTRATION: "conc., conc, concentration, final conc., result, 浓度, 含量, 结果",
    M.NOMINAL_CONCENTRATION: "exp. conc., nominal, nominal conc., std. conc., 标准浓度, 理论浓度",
    M.UNIT: "unit, units, 单位",
    M.SIGNAL_TO_NOISE: "s/n, 信噪比",
    M.INTERNAL_STANDARD_RESPONSE: "is area, istd area, 内标面积, 内标峰面积",
    M.INTERNAL_STANDARD: "is name, istd, internal standard, 内标, 内标名称",
    M.ION_RATIO: "ion ratio, 离子比, 离子丰度比",
    M.ACCURACY: "accuracy, 准确度",
}
_BY_HEADING: Mapping[str, ColumnMeaning] = MappingProxyType(
    {folded(heading): meaning for meaning, headings in _HEADINGS.items() for heading in headings.split(",")}
)
#: The headings of a table stand in the first rows.
_SEARCHED = 60


def guessed_map(file: OpenedFile) -> ColumnMap:
    """The sheet or delimiter, the heading row and the meanings that the headings suggest; perhaps no column at all."""
    best = max(_tables(file), key=lambda one: one[0], default=None)
    if best is None:
        return ColumnMap(TableLayout.LONG, ())
    _, sheet, delimiter, row, before = best
    columns, of_compounds = _columns(row), _columns_of_compounds(row)
    layout = TableLayout.LONG
    if of_compounds and M.COMPOUND not in {column.meaning for column in columns}:
        layout = TableLayout.WIDE
        columns = [*(c for c in columns if c.meaning not in OF_A_COMPOUND), *of_compounds]
    heading = row.number - before
    return ColumnMap(layout, tuple(columns), heading, heading + 1, delimiter, sheet)


def _tables(file: OpenedFile) -> list[tuple[tuple[int, int], str, Delimiter, Row, int]]:
    """Rows that may be headings: how many are known and how many are written, with where they stand."""
    found = []
    if file.container is Container.TEXT:
        for delimiter, mark in DELIMITERS.items():
            try:
                rows = file.rows(mark)
            except LimsError:
                continue
            found += [(_score(row), "", delimiter, row, 0) for row in rows[:_SEARCHED]]
    for sheet in file.sheets:
        found += [(_score(row), sheet.name, Delimiter.COMMA, row, sheet.before) for row in sheet.rows[:_SEARCHED]]
    # Among equals the first.
    return sorted(found, key=lambda one: one[3].number)


def _score(row: Row) -> tuple[int, int]:
    written = [cell for cell in row.cells if cell.strip()]
    return sum(_meaning(cell) is not None for cell in written), len(written)


def _meaning(heading: str) -> ColumnMeaning | None:
    return _BY_HEADING.get(folded(heading)) or _BY_HEADING.get(folded(name_and_unit(heading)[0]))


def _columns(row: Row) -> list[MappedColumn]:
    found: dict[ColumnMeaning, MappedColumn] = {}
    for place, heading in enumerate(row.cells, start=1):
        meaning = _meaning(heading)
        if meaning is not None and meaning not in found:
            found[meaning] = MappedColumn(place, meaning, heading.strip())
    return list(found.values())


def _columns_of_compounds(row: Row) -> list[MappedColumn]:
    """Columns whose heading names compound and figure: Carbofuran Area."""
    found = []
    for place, heading in enumerate(row.cells, start=1):
        compound, meaning = _parted(heading)
        if compound and meaning is not None:
            found.append(MappedColumn(place, meaning, heading.strip(), compound, unit_in(heading)))
    return found


def _parted(heading: str) -> tuple[str, ColumnMeaning | None]:
    """A heading as a compound and a figure of it; no figure where it ends in none."""
    text = name_and_unit(heading)[0]
    if _meaning(heading) is not None:
        return "", None
    words = text.split(" ")
    for count in range(1, len(words)):
        meaning = _BY_HEADING.get(folded(" ".join(words[count:])))
        if meaning is not None and meaning in OF_A_COMPOUND:
            return " ".join(words[:count]).strip(" -_:,"), meaning
    return text, None


def compound_in(heading: str) -> str:
    """The compound that a heading names: without its figure and unit."""
    return _parted(heading)[0][:200]


def unit_in(heading: str) -> str:
    """The unit that a heading gives in brackets, where it is one of a concentration."""
    unit = known_unit(name_and_unit(heading)[1])
    return "" if unit is None else unit.value


def table_rows(file: OpenedFile, mapping: ColumnMap) -> tuple[Sequence[Row], int]:
    """The rows of the table's sheet or text and the number of rows before them; none where there are none."""
    if file.container is Container.TEXT:
        try:
            return file.rows(DELIMITERS[mapping.delimiter]), 0
        except LimsError:
            return (), 0
    wanted = folded(mapping.sheet)
    sheet = next((one for one in file.sheets if folded(one.name) == wanted or (not wanted and one.rows)), None)
    return ((), 0) if sheet is None else (sheet.rows, sheet.before)
