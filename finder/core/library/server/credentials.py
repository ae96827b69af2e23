"""The secret for a server: the password of a user, or a token where there is no user (Zilliz).

It is kept in the system's keyring, and nowhere else. Where there is none, it comes from the
environment (IMAGE_FINDER_TOKEN), or is asked for, and may be held until the program ends.
"""

from __future__ import annotations

import logging
import os
import re
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote

from finder.core.errors import FinderError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.library.server.server_address import ServerAddress

log = logging.getLogger(__name__)

VARIABLE: Final = "IMAGE_FINDER_TOKEN"
_SERVICE = "Image Finder"
_MAX_LENGTH = 4_000
"""Characters: gRPC sends at most 8 KiB of headers."""
_HIDDEN = "•••"
_BASE64 = re.compile(r"[A-Za-z0-9+/]+")


class Secret:
    """A text that is not shown: neither by `str` nor by `repr`, nor in a pickle. Empty for a server
    that asks for nothing."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        text = text.strip("\r\n")
        if len(text) > _MAX_LENGTH or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in text):
            raise FinderError(
                tr("This cannot be a password or token of a server."),
                tr("Copy it again, without line breaks."),
            )
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the client and the keyring only."""
        return self._text

    def token(self, user: str) -> str:
        """What the server is sent."""
        return f"{user}:{self._text}" if user and self._text else self._text

    def hide_in(self, text: str) -> str:
        """The text without the secret, plain or as it is sent: for what others have written."""
        if not self._text:
            return text
        text = _BASE64.sub(self._hidden_code, text)
        for form in (self._text, quote(self._text, safe="")):
            text = text.replace(form, _HIDDEN)
        return text

    def _hidden_code(self, code: re.Match[str]) -> str:
        """Base64 may begin anywhere in a word, such as behind a slash."""
        for start in range(4):
            digits = code[0][start:] + "AAA"
            if self._text.encode() in b64decode(digits[: len(digits) // 4 * 4]):
                return _HIDDEN
        return code[0]

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class _NoKeyring(Exception):
    """There is no keyring, or it fails or is locked."""


Ask = Callable[["ServerAddress"], str]
"""Asks the user for the secret of a server."""


class _Questions:
    """How the user is asked, and what was answered in this process."""

    ask: Ask | None = None
    answers: Final[dict[ServerAddress, Secret]] = {}


def ask_with(ask: Ask | None) -> None:
    """From now on the user of this process is asked so, once for each server, where it has users
    and neither the keyring nor the environment has the password."""
    _Questions.ask = ask
    _Questions.answers.clear()


def secret_of(address: ServerAddress, ask: Ask | None = None) -> Secret:
    """The secret for this server: the one that is held, else from the keyring, else from the
    environment, else what `ask` returns. An empty one where there is none.

    ask: called only where none of them has one; without it, see `ask_with`.
    """
    if held := _held.get(_account(address)):
        return held
    with suppress(_NoKeyring):
        if kept := _use_keyring("get_password", address):
            return Secret(kept)
    if given := os.environ.get(VARIABLE):
        return Secret(given)
    if ask is not None:
        return Secret(ask(address))
    if _Questions.ask is not None and address.user and address not in _Questions.answers:
        _Questions.answers[address] = Secret(_Questions.ask(address))
    return _Questions.answers.get(address, Secret())


def keep_secret(address: ServerAddress, secret: Secret) -> bool:
    """Keep it in the system's keyring. False where there is no keyring that can keep it."""
    if not secret:
        return forget_secret(address)
    try:
        _use_keyring("set_password", address, secret.reveal())
        return bool(_use_keyring("get_password", address) == secret.reveal())
    except _NoKeyring:
        return False


def forget_secret(address: ServerAddress) -> bool:
    """Remove it from the keyring. False where there is no keyring, or it may still be there."""
    try:
        if _use_keyring("get_password", address) is not None:
            _use_keyring("delete_password", address)
        return _use_keyring("get_password", address) is None
    except _NoKeyring:
        return False


def hold_secret(address: ServerAddress, secret: Secret) -> None:
    """Hold it in memory until the program ends, for where no keyring keeps it. An empty one is
    forgotten."""
    if secret:
        _held[_account(address)] = secret
    else:
        _held.pop(_account(address), None)


_held: dict[str, Secret] = {}


def has_keyring() -> bool:
    """Whether the system has a keyring; it may still be locked."""
    return _keyring() is not None


def _keyring() -> Any:
    """The system's keyring, or None. One with a priority below 1 keeps nothing, or keeps it in
    files that anyone can read."""
    try:
        import keyring

        found = keyring.get_keyring()
        return found if found.priority >= 1 else None
    except Exception as error:  # backends raise anything, from D-Bus to the operating system
        log.info("There is no keyring (%s)", type(error).__name__)
        return None


def _use_keyring(method: str, address: ServerAddress, *arguments: str) -> str | None:
    """Its errors are neither kept nor logged: they might quote what they were passed."""
    found = _keyring()
    if found is None:
        raise _NoKeyring
    try:
        answer = getattr(found, method)(_SERVICE, _account(address), *arguments)
    except Exception as error:
        log.warning("The keyring failed (%s)", type(error).__name__)
        raise _NoKeyring from None
    return None if answer is None else str(answer)


def _account(address: ServerAddress) -> str:
    """With the scheme: what was given for TLS is not sent without."""
    return f"{address.user}@{address.uri}" if address.user else address.uri
