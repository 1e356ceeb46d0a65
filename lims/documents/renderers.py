"""One renderer with warm children for each installation of this process; it ends with the installation."""

import weakref
from threading import Lock, Thread
from typing import TYPE_CHECKING

from lims.runtime import Lims

if TYPE_CHECKING:
    from lims.documents.rendering import Renderer

_renderers: "weakref.WeakKeyDictionary[Lims, Renderer]" = weakref.WeakKeyDictionary()
_making = Lock()


def warm_renderer(lims: Lims) -> None:
    """Start the children of an installation before the first report asks for them, without waiting for them."""
    Thread(target=lambda: renderer_of(lims).warm(), name="lims-warm", daemon=True).start()


def renderer_of(lims: Lims) -> "Renderer":
    """The renderer of an installation in this process; made on first use."""
    from lims.documents.rendering import Renderer  # brings WeasyPrint, which is slow to load

    with _making:
        if lims not in _renderers:
            settings = lims.settings
            renderer = Renderer(settings.report_templates, settings.assets, processes=settings.render_processes)
            _renderers[lims] = renderer
            weakref.finalize(lims, renderer.close)
        return _renderers[lims]
