"""Files whose content was known already: renamed, moved to another folder, or copied."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from finder.core.pictures.scan import is_within_any


def sort_recognised(
    recognised: Mapping[str, int], gone: Mapping[str, int | None], followed: Collection[str]
) -> Counter[str]:
    """How many of these files were renamed, moved and copied, by the names of `Counts`.

    recognised: the files' pictures by path; gone: those of the paths that do not exist any more;
    followed: the new places of whole folders, whose files are not counted.
    """
    left = defaultdict[int, list[str]](list)
    for path, picture in gone.items():
        if picture is not None:
            left[picture].append(os.path.dirname(path))
    counts = Counter[str]()
    for path, picture in sorted(recognised.items()):
        if is_within_any(path, followed):
            continue
        folders = left[picture]
        if os.path.dirname(path) in folders:
            folders.remove(os.path.dirname(path))
            counts["renamed"] += 1
        elif folders:
            folders.pop()
            counts["moved"] += 1
        else:
            counts["copies"] += 1
    return counts
