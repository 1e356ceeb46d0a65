"""Standards that bind only whoever declares them (明示执行标准): organic, green food, a buyer's contract."""

from collections.abc import Sequence

from lims.core.reasons import Reason, Where, reason
from lims.library.rules import Library


def declared_faults(library: Library, families: Sequence[str], at: Where) -> list[Reason]:
    """Why families of standards cannot be declared for something: the library knows none of that name, or it is law."""
    known = library.declared_families
    unknown = [family for family in families if family not in known]
    if not known:
        said = "“{standard}” cannot be declared: no standard is loaded that binds whoever declares it."
        return [reason("standard.none_declarable", said, at=at, standard=family) for family in unknown]
    said = "“{standard}” cannot be declared; the standards that can be are {known}."
    listed = ", ".join(known)
    return [reason("standard.not_declarable", said, at=at, standard=family, known=listed) for family in unknown]
