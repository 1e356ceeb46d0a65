"""The last few previews, for the charts that are asked for one after the other; what is too old is made anew."""

from collections import OrderedDict
from threading import Lock

from lims.runs.preview_views import ShownPreview


class RecentPreviews:
    """Remembers as many previews as it is told to."""

    def __init__(self, most: int) -> None:
        self._kept: OrderedDict[tuple[object, ...], ShownPreview] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def keep(self, key: tuple[object, ...], shown: ShownPreview) -> ShownPreview:
        """Remember a preview."""
        with self._lock:
            self._kept[key] = shown
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return shown

    def find(self, key: tuple[object, ...]) -> ShownPreview | None:
        """A remembered preview."""
        with self._lock:
            return self._kept.get(key)
