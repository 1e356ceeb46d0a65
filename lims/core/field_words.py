"""What fields inside a record's settings are called where people read them: they are no columns of their own."""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: Fields of forms that are no columns, as a refusal names them.
FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "analyte_aliases": mark("Names of compounds"),
        "county_code": mark("Short code"),
        "date_order": mark("Order of dates"),
        "decimal_mark": mark("Decimal mark"),
        "delimiter": mark("Cells are separated by"),
        "first_row": mark("First row of data"),
        "grouping_mark": mark("Thousands apart by"),
        "heading_row": mark("Row of the headings"),
        "how": mark("How was the recipient told?"),
        "internal_standard": mark("Internal standard of the calculation"),
        "internal_standards": mark("Internal standards"),
        "layout": mark("A row of the table is"),
        "mapping": mark("Columns of the table"),
        "meaning": mark("What the columns are"),
        "name_rules": mark("Types by name"),
        "prefecture_code": mark("Short code"),
        "province_code": mark("Short code"),
        "roles": mark("Roles"),
        "laboratories": mark("Laboratories"),
        "results": mark("Results"),
        "bracketing": mark("Bracketing standards"),
        "sigma": mark("Standard deviation for proficiency assessment"),
        "sigma_number": mark("Number for the standard deviation"),
        "until": mark("Until"),
        "values": mark("Values"),
        "set_up_code": mark("Set-up code"),
        "time_zone": mark("Time zone"),
        "type_mapping": mark("Sample types of the instrument"),
    }
)
