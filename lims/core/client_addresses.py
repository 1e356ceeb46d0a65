"""What stands for the address of a client where requests are counted."""

from ipaddress import IPv6Address, ip_address, ip_network


def address_key(address: str) -> str:
    """What stands for an address: of IPv6 its network (/64), because one customer has all of it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address.lower()[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)
