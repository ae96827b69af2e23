"""No module of the package imports itself through others, not even inside a function."""

from graphlib import CycleError, TopologicalSorter

import grimp


def test_no_import_cycles() -> None:
    graph = grimp.build_graph("finder")
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None
