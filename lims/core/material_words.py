"""What tables and columns of materials and bench records are called where people read them; part of
`lims.core.record_words`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: By table.
MATERIAL_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "bench_record": mark("Bench record"),
        "equipment_use": mark("Equipment used"),
        "material": mark("Lot"),
        "material_source": mark("Source of a solution"),
        "material_use": mark("Lot used"),
    }
)
#: By column, or by table and column where one name means several things.
MATERIAL_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "bench_record_id": mark("Bench record"),
        "bench_record.temperature_c": mark("Room temperature (°C)"),
        "closed_on": mark("Used up or out of use on"),
        "closed_reason": mark("Why it is out of use"),
        "expires_on": mark("Expires on"),
        "humidity_percent": mark("Relative humidity (%)"),
        "lot": mark("Lot number"),
        "material.certificate": mark("Certificate number"),
        "material.code": mark("Number on the label"),
        "material.kind": mark("Kind of material"),
        "material_id": mark("Lot"),
        "opened_on": mark("Opened on"),
        "preparation": mark("Manner of preparation"),
        "prepared_by": mark("Prepared by"),
        "prepared_on": mark("Prepared on"),
        "received_on": mark("Delivered on"),
        "recorded_at": mark("Recorded at"),
        "recorded_by": mark("Recorded by"),
        "room": mark("Room"),
        "source_id": mark("Source"),
        "storage": mark("Storage conditions"),
        "strength": mark("Concentration or purity"),
        "strength_uncertainty": mark("Expanded uncertainty of the concentration"),
        "strength_unit": mark("Unit of the concentration"),
        "supplier": mark("Supplier"),
        "taken": mark("Amount taken"),
        "taken_unit": mark("Unit of the amount taken"),
        "used_on": mark("Day of use"),
    }
)
