# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what with a file, and its labels: read from an old file, given to the one that takes its place.

The group bits of a file with an ACL are the ACL's mask. Copied without the ACL they become the group's own rights, and
in a folder with a default ACL they open the new file to whom that one names. So the ACL is copied, or taken off.
Where Python knows no extended attributes (everywhere but on Linux), mode and owner are all that is kept.
"""

from __future__ import annotations

import dataclasses
import errno
import grp
import os
import pwd
import typing as t

from ...module_utils._errors import FileError

_ACL = "system.posix_acl_access"
#: The kernel makes these from the content, or for a program.
_NOT_CARRIED = frozenset({"security.ima", "security.evm", "security.capability"})
_NONE_THERE = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


@dataclasses.dataclass(frozen=True)
class Rights:
    """The rights and labels of a file.

    Attributes:
        mode: its permission bits.
        user: its owner's id.
        group: its group's id.
        attributes: its extended attributes, the ACL and SELinux's label among them.
    """

    mode: int
    user: int
    group: int
    attributes: t.Mapping[str, bytes]


def rights_of(path: str) -> Rights | None:
    """Return the rights of the file ``path``, or None when there is none.

    Raises:
        FileError: they cannot be read.
    """
    try:
        status = os.stat(path)
        attributes = {name: value for name, value in _attributes(path).items() if name not in _NOT_CARRIED}
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(f"Cannot read {path}: {error.strerror}.") from error
    return Rights(status.st_mode & 0o7777, status.st_uid, status.st_gid, attributes)


def give(descriptor: int, rights: Rights, path: str) -> None:
    """Give an open file, which its owner alone may use until then, these rights: never more at any moment.

    Args:
        descriptor: the new file.
        rights: what the old file has.
        path: the old file, for the message.

    Raises:
        FileError: it cannot get them.
        OSError: its mode cannot be set.
    """
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (rights.user, rights.group):
        _give_away(descriptor, rights, path)
    _give_attributes(descriptor, rights.attributes, path)
    # An existing file's mode is its owner's choice: what is in it is encrypted.
    os.fchmod(descriptor, rights.mode)


def user_name(user: int) -> str:
    """Return the name of the user with this id, or the id where it has none."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _give_away(descriptor: int, rights: Rights, path: str) -> None:
    try:
        os.fchown(descriptor, rights.user, rights.group)
    except OSError as error:
        owner = user_name(rights.user)
        raise FileError(
            f"Cannot write {path}: {error.strerror}. It belongs to {owner}, group {_group_name(rights.group)}, and "
            f"only root can make a file that belongs to somebody else. Run the play as {owner}, or make the file "
            "your own first. Nothing was changed."
        ) from error


def _give_attributes(descriptor: int, wanted: t.Mapping[str, bytes], path: str) -> None:
    inherited = _attributes(descriptor)
    changes: dict[str, bytes | None] = {name: value for name, value in wanted.items() if inherited.get(name) != value}
    if _ACL in inherited and _ACL not in wanted:
        changes[_ACL] = None
    # The ACL last: it may leave the owner no right to set the others.
    for name in sorted(changes, key=lambda name: (name == _ACL, name)):
        value = changes[name]
        try:
            if value is None:
                os.removexattr(descriptor, name)
            else:
                os.setxattr(descriptor, name, value)
        except OSError as error:
            raise FileError(
                f"Cannot write {path}: {error.strerror}. A new file in its folder cannot have its {name}. Run the play "
                "as a user who may set that, or take it off the file. Nothing was changed."
            ) from error


def _attributes(file: str | int) -> dict[str, bytes]:
    if not hasattr(os, "listxattr"):
        return {}
    try:
        return {name: os.getxattr(file, name) for name in os.listxattr(file)}
    except OSError as error:
        if error.errno not in _NONE_THERE:
            raise
    return {}


def _group_name(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
