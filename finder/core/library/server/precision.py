"""How a library's vectors are kept on a server: as float32, or as float16, which takes half of the
memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.server.connection_test import has_float16
from finder.core.library.server.server_tables import VectorField
from finder.core.library.server.store_settings import Precision

if TYPE_CHECKING:
    from finder.core.library.server.server_library import ServerLibrary


def agreed_precision(library: ServerLibrary) -> Precision:
    """That of the library's vectors on the server, whatever the settings want; theirs where it has
    none yet. Raises FinderError where these want what the server does not have."""
    there = precision_there(library)
    if there is not None:
        return there
    wanted = library.settings.precision
    if wanted is Precision.FLOAT16 and not has_float16(library.client):
        address = library.client.address
        raise FinderError(
            tr("{server} cannot keep vectors as float16.").format(server=address.shown),
            tr("Keep them as float32, or use Milvus 2.4 or newer."),
        )
    return wanted


def precision_there(library: ServerLibrary) -> Precision | None:
    """As one of the library's collections has it; None if there is none but of hashes."""
    names = library.names.models(library.client.call("list_collections"))
    for name in names.values():
        field = VectorField.described(library.client.call("describe_collection", name))
        if not field.is_binary:
            return field.precision
    return None
