"""Names of other machines' files are found where there is a mirror."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from shared_machine import Machine, MakeMachine

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.server.server_address import ServerAddress
from finder.use_cases.library.move_library import set_mirror
from finder.use_cases.library.removed_pictures import find_pictures, remove_pictures
from finder.use_cases.search.name_matches import find_names


def found(machine: Machine, text: str) -> list[str]:
    with closing(Catalogue(machine.home)) as catalogue:
        assert catalogue.words.wrong() == []
        return sorted(match.picture.paths[0] for match in find_names(catalogue, text))


def test_names_come_and_go_with_the_files_of_other_machines(
    machine: MakeMachine, birds: list[Path], address: ServerAddress
) -> None:
    one, two = machine("one"), machine("two")
    one.add(birds[0])
    two.add(*birds[1:3])
    for each in (one, two):
        each.index()
        each.use(address)
    assert found(one, birds[1].stem) == []
    one.sync()
    name = birds[1].stem
    assert found(one, name) == [f"two:{two.folder / birds[1].name}"]
    assert found(one, birds[0].stem) == [str(one.folder / birds[0].name)]

    (picture,) = find_pictures(one.home, found(one, birds[2].stem))
    remove_pictures(one.home, [picture], "a test")
    assert found(one, birds[2].stem) == []
    assert found(two, birds[2].stem) == [str(two.folder / birds[2].name)]

    set_mirror(one.home, False, "a test")
    assert found(one, name) == []
    assert found(one, birds[0].stem) == [str(one.folder / birds[0].name)]
    set_mirror(one.home, True, "a test")
    assert found(one, name) == [f"two:{two.folder / birds[1].name}"]
