"""快速检测方法: which test methods only screen. Their results are no verdicts, and no retest may use them. Pure."""

from lims.library.facts import Method

#: In the title or the technique of a method that screens.
_WORDS = ("快速检测", "快速测定", "快速筛查", "速测", "酶抑制", "胶体金", "试纸", "酶联免疫")
#: Methods of residues on vegetables by the inhibition of an enzyme, whose titles do not always say so.
_CODES = frozenset({"GB/T 5009.199", "NY/T 448"})
#: The series of rapid methods (快检) of the market authority.
_SERIES = "KJ"


def is_rapid(code: str, method: Method | None) -> bool:
    """Is a method one of rapid detection (快速检测)?

    Args:
        code: the method as the laboratory calls it.
        method: the same in the library; None where the library does not know it.
    """
    bare = code.strip()
    undated = bare.rpartition("-")[0] if bare[-4:].isdigit() and "-" in bare else bare
    if undated in _CODES or (bare.startswith(_SERIES) and bare[len(_SERIES) :][:4].isdigit()):
        return True
    told = f"{method.title} {method.technique}" if method is not None else ""
    return any(word in told for word in _WORDS)
