"""No module of the package imports itself through others, not even inside a function."""

from graphlib import CycleError, TopologicalSorter
from typing import Final

import grimp

FACTORIES: Final = {
    "finder.core.models.kinds",
    "finder.core.library.vectors.milvus_lite_backend",
    "finder.core.library.server.server_backend",
}
"""Modules that are light to import, and import what they make inside functions."""


def test_no_import_cycles() -> None:
    graph = grimp.build_graph("finder", exclude_type_checking_imports=True)
    imports = {
        name: graph.find_modules_directly_imported_by(name) for name in graph.modules - FACTORIES
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None
