"""What a browser says of itself, in a few words: people recognise their own devices by it."""

#: In the order of looking: a browser also names those that it descends from.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_label(user_agent: str) -> str:
    """For instance "Firefox, Windows"; what is not known is left out, and nothing of what was sent is repeated."""
    found = [
        next((name for mark, name in known if mark in user_agent), None) for known in (_BROWSERS, _SYSTEMS)
    ]  # fmt: skip
    return ", ".join(name for name in found if name) or "?"
