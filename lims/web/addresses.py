"""Addresses made of what people wrote: whatever stands in a name, it stays one step of the path."""

from urllib.parse import quote, urlencode


def address(path: str, /, *steps: str, **query: str) -> str:
    """The path with further steps and a query, both written so that nothing in them is taken for an address."""
    whole = "/".join([path, *(quote(step, safe="") for step in steps)])
    return f"{whole}?{urlencode(query)}" if query else whole
