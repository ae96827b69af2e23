"""Which folders are on a network drive."""

from __future__ import annotations

from pathlib import Path

import pytest

from finder.core.system.mounts import kind_in_mountinfo, on_network

_MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:5 / /home rw - btrfs /dev/sdb rw
31 30 0:40 / /home/me/NAS rw shared:9 - nfs4 server:/pictures rw,vers=4.2
32 22 0:41 / /media/my\\040phone rw - fuse.sshfs me@phone:/ rw
33 22 0:42 / /srv rw - cifs //server/share rw
34 22 0:43 / /srv rw - ext4 /dev/sdc rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home/me", "btrfs"),
        ("/home/me/NAS", "nfs4"),
        ("/home/me/NAS/2024/05", "nfs4"),
        ("/home/me/NASA", "btrfs"),
        ("/media/my phone/x", "fuse.sshfs"),
        ("/srv/x", "ext4"),
    ],
)
def test_the_nearest_mount_counts(path: str, kind: str) -> None:
    assert kind_in_mountinfo(_MOUNTS, path) == kind


def test_what_cannot_be_read_is_unknown() -> None:
    assert kind_in_mountinfo("nonsense\n1 2 3 - x\n", "/home") == ""


def test_a_folder_here_is_not_in_the_network(tmp_path: Path) -> None:
    assert not on_network(str(tmp_path))
