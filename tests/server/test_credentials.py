"""Where secrets are kept, and where they are never seen."""

from __future__ import annotations

import copy
import logging
import pickle
from base64 import b64encode
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked
from memory_keyring import MemoryKeyring

from finder.core.errors import FinderError
from finder.core.library.server.credentials import (
    VARIABLE,
    Secret,
    ask_with,
    forget_secret,
    has_keyring,
    hold_secret,
    keep_secret,
    secret_of,
)
from finder.core.library.server.server_address import ServerAddress, parse

SECRET = "hunter2-geheim"
NAS = parse("https://nas", user="ann")


class FailingKeyring(MemoryKeyring):
    """Quotes what it was passed, as a careless one may."""

    error: Exception = KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._fail(username)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail(username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._fail(username)

    def _fail(self, *arguments: str) -> None:
        raise type(self.error)(f"{self.error} {arguments}")


class PlainTextKeyring(MemoryKeyring):
    priority = 0.5  # type: ignore[assignment]


class NoPriority(MemoryKeyring):
    @property
    def priority(self) -> float:  # type: ignore[override]
        raise RuntimeError("no D-Bus")


class Forgetful(MemoryKeyring):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


@pytest.fixture(autouse=True)
def own_keyring() -> Iterator[MemoryKeyring]:
    """Never the one of whoever runs the tests."""
    mine = MemoryKeyring()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]


UNUSABLE = [FailingKeyring, PlainTextKeyring, NoPriority, fail.Keyring, null.Keyring]


def ask(address: ServerAddress) -> str:
    return "asked"


def test_kept_in_the_keyring(own_keyring: MemoryKeyring) -> None:
    assert keep_secret(NAS, Secret(SECRET))
    assert list(own_keyring.kept.values()) == [SECRET]
    assert secret_of(NAS, ask) == Secret(SECRET)
    assert forget_secret(NAS)
    assert own_keyring.kept == {}
    assert forget_secret(NAS)


def test_each_server_and_user_has_its_own(own_keyring: MemoryKeyring) -> None:
    """What was given for TLS is not sent without."""
    others = (
        *(parse("https://nas"), parse("https://nas", user="bob"), parse("https://other")),
        *(parse("http://nas:443", user="ann"), parse("https://nas:444", user="ann")),
    )
    keep_secret(NAS, Secret(SECRET))
    for other in others:
        assert not secret_of(other)
    assert secret_of(parse("https://nas/archive", user="ann", library="b")) == Secret(SECRET)


def test_without_a_keyring_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret_of(NAS, ask) == Secret("asked")
    assert secret_of(NAS) == Secret("")
    monkeypatch.setenv(VARIABLE, SECRET + "\n")
    assert secret_of(NAS, ask) == Secret(SECRET)


def test_held_until_the_program_ends(own_keyring: MemoryKeyring) -> None:
    hold_secret(NAS, Secret(SECRET))
    assert own_keyring.kept == {}
    assert secret_of(NAS, ask) == Secret(SECRET)
    assert secret_of(parse("https://nas", user="bob"), ask) == Secret("asked")
    hold_secret(NAS, Secret())
    assert secret_of(NAS, ask) == Secret("asked")


def test_the_keyring_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "other")
    keep_secret(NAS, Secret(SECRET))
    assert secret_of(NAS) == Secret(SECRET)


def test_an_empty_secret_is_forgotten(own_keyring: MemoryKeyring) -> None:
    keep_secret(NAS, Secret(SECRET))
    assert keep_secret(NAS, Secret(""))
    assert own_keyring.kept == {}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_keyring_that_cannot_be_used_counts_as_none(
    kind: type[KeyringBackend], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    keyring.set_keyring(kind())
    assert not keep_secret(NAS, Secret(SECRET))
    assert not forget_secret(NAS)
    assert secret_of(NAS, ask) == Secret("asked")
    monkeypatch.setenv(VARIABLE, SECRET)
    assert secret_of(NAS) == Secret(SECRET)
    assert has_keyring() == (kind is FailingKeyring)
    assert getattr(keyring.get_keyring(), "kept", {}) == {}
    assert SECRET not in caplog.text


@pytest.mark.parametrize("error", [OSError("x"), RuntimeError("x"), KeyringLocked("x")])
def test_any_failure_of_a_keyring(error: Exception) -> None:
    broken = FailingKeyring()
    broken.error = error
    keyring.set_keyring(broken)
    assert not keep_secret(NAS, Secret(SECRET))


def test_a_keyring_that_keeps_nothing() -> None:
    keyring.set_keyring(Forgetful())
    assert not keep_secret(NAS, Secret(SECRET))


def test_keyring_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not has_keyring()
    assert not keep_secret(NAS, Secret(SECRET))
    assert secret_of(NAS, ask) == Secret("asked")


def test_a_secret_is_not_shown() -> None:
    secret = Secret(SECRET)
    shown = (repr(secret), str(secret), f"{secret}", repr([secret]), f"{secret!r:>9}")
    assert SECRET not in "".join(shown)
    for copier in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            copier(secret)
        assert SECRET not in str(caught.value)


def test_what_the_server_is_sent() -> None:
    assert Secret("a:b").token("ann") == "ann:a:b"
    assert Secret("key").token("") == "key"
    assert Secret("").token("ann") == ""
    assert not Secret("")


def test_hidden_in_foreign_text() -> None:
    secret = Secret("a/b c+geheim")
    encoded = b64encode(b"a/b c+geheim").decode()
    text = f"bad token a/b c+geheim ({encoded}, a%2Fb%20c%2Bgeheim)"
    assert secret.hide_in(text) == "bad token ••• (•••, •••)"
    assert Secret("").hide_in("text") == "text"


@pytest.mark.parametrize("text", ["a\nb", "\x00", "\ud800", "x" * 5_000, "a\x1b[0m"])
def test_impossible_secrets(text: str) -> None:
    with pytest.raises(FinderError) as caught:
        Secret(text)
    assert caught.value.hint
    assert text not in str(caught.value)


def test_the_user_is_asked_once_where_nobody_knows_it() -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    asked: list[str] = []

    def ask(address: ServerAddress) -> str:
        asked.append(address.user)
        return SECRET

    ask_with(ask)
    try:
        assert [secret_of(NAS).reveal() for _ in range(3)] == [SECRET] * 3
        assert asked == ["ann"]
        assert not secret_of(parse("http://nas")), "a server without users asks for nothing"
        assert asked == ["ann"]
    finally:
        ask_with(None)
    assert not secret_of(NAS)
