"""What is found out about a server, and the sentences for accounts that may not do everything; on a
real one, with its faults made by a relay."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
from fault_relay import FaultRelay
from filelock import FileLock
from milvus_server import MilvusWithUsers, address_of, connected
from sharing import shared_folder

from finder.core.cancellation import Cancelled
from finder.core.library.server.connection_test import ServerFacts, try_connection
from finder.core.library.server.credentials import Secret
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_client import DataType, ServerClient
from finder.core.library.server.server_errors import ServerError, ServerUnavailable
from finder.core.library.server.server_names import Collections
from finder.core.library.server.server_problem import Problem


def client_of(
    uri: str,
    secret: str = "",
    timeout: float = 10,
    cancelled: Callable[[], bool] | None = None,
    **options: str,
) -> ServerClient:
    return ServerClient(parse(uri, **options), Secret(secret), timeout, cancelled)


def make_collection(client: ServerClient, name: str, dimension: int) -> None:
    def create(milvus: Any) -> None:
        schema = milvus.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        index = milvus.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="L2")
        milvus.create_collection(name, schema=schema, index_params=index)

    client.guarded(create, timeout=60)


def trials(uri: str, library: str, token: str = "") -> list[str]:
    with connected(uri, token=token) as client:
        return [name for name in client.list_collections() if name.startswith(f"{library}_trial")]


def test_collections_of_a_library() -> None:
    own = ["a__m_model_12345678", "a__places", "a__state"]
    other = ["a_b__m_model_12345678", "a_b__places", "ab__places", "a___places", "a", "a__other"]
    assert Collections("a").own([*other, *own]) == own
    assert Collections("a_b").own([*other, *own]) == ["a_b__m_model_12345678", "a_b__places"]
    assert Collections("c").own(other) == []


def test_facts_of_a_server(milvus_uri: str, library_name: str) -> None:
    with closing(client_of(milvus_uri, library=library_name)) as client:
        name = f"{library_name}__m_model_12345678"
        make_collection(client, name, 4)
        client.call("upsert", name, [{"id": n, "vector": [n] * 4} for n in range(3)])
        client.call("flush", name, timeout=60)
        facts = try_connection(client)
    assert facts.version.startswith("2.3.5")
    assert "default" in facts.databases
    assert facts.collections == {name: 3}
    assert 0 < facts.milliseconds < 5_000
    assert facts.may_write is None


def test_a_trial_leaves_nothing(milvus_uri: str, library_name: str) -> None:
    with closing(client_of(milvus_uri, library=library_name)) as client:
        facts = try_connection(client, thorough=True)
        assert facts.may_write is True
        assert facts.failure is None
    assert trials(milvus_uri, library_name) == []


def test_a_trial_that_is_cancelled_leaves_nothing(milvus_uri: str, library_name: str) -> None:
    """It is cancelled once its collection is there."""
    with connected(milvus_uri) as somebody:

        def is_created() -> bool:
            return any(name.startswith(library_name) for name in somebody.list_collections())

        client = client_of(milvus_uri, library=library_name, cancelled=is_created)
        with closing(client), pytest.raises(Cancelled):
            try_connection(client, thorough=True)
    assert trials(milvus_uri, library_name) == []


def test_another_dimension(milvus_uri: str, library_name: str) -> None:
    with closing(client_of(milvus_uri)) as client:
        make_collection(client, library_name, 4)
        client.call("upsert", library_name, [{"id": 1, "vector": [1.0] * 4}])
        short = [1.0] * 3
        row = {"id": 1, "vector": short}
        strong = {"consistency_level": "Strong"}
        assert problem_of(client, "upsert", library_name, [row]) is Problem.DIMENSION
        assert problem_of(client, "search", library_name, [short], **strong) is Problem.DIMENSION
        with pytest.raises(ServerError) as caught:
            make_collection(client, library_name, 3)
        assert caught.value.problem is Problem.OTHER_SCHEMA


def test_a_collection_that_somebody_released_or_dropped(milvus_uri: str, library_name: str) -> None:
    with closing(client_of(milvus_uri)) as client, connected(milvus_uri) as somebody:
        make_collection(client, library_name, 4)
        somebody.release_collection(library_name)
        assert list(client.call("query", library_name, filter="id > 0")) == [], "it is loaded again"
        somebody.drop_collection(library_name)
        assert problem_of(client, "query", library_name, filter="id > 0") is Problem.NO_COLLECTION
        assert problem_of(client, "truncate_collection", library_name) is Problem.UNKNOWN_CALL


def problem_of(client: ServerClient, method: str, *args: Any, **options: Any) -> Problem:
    with pytest.raises(ServerError) as caught:
        client.call(method, *args, **options)
    return caught.value.problem


# Accounts


@pytest.mark.parametrize(("user", "secret"), [("root", "wrong"), ("nobody", "x"), ("", "key")])
def test_wrong_credentials(milvus_with_users: MilvusWithUsers, user: str, secret: str) -> None:
    with closing(client_of(milvus_with_users.uri, secret, user=user)) as client:
        assert problem_of(client, "list_collections") is Problem.CREDENTIALS


def test_no_credentials(milvus_with_users: MilvusWithUsers) -> None:
    with closing(client_of(milvus_with_users.uri)) as client:
        with pytest.raises(ServerError, match="asks for a password") as caught:
            client.version()
        assert caught.value.problem is Problem.CREDENTIALS


def test_a_database_that_is_missing(milvus_with_users: MilvusWithUsers) -> None:
    server = milvus_with_users
    client = client_of(server.uri, server.password, user=server.user, database="no_such")
    with closing(client), pytest.raises(ServerError, match="“no_such”") as caught:
        try_connection(client)
    assert caught.value.problem is Problem.NO_DATABASE


@pytest.fixture
def one_at_a_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Milvus 2.3 may lose rights that two clients grant at the same time."""
    with FileLock(shared_folder(tmp_path_factory) / "accounts.lock"):
        yield


@contextmanager
def account(server: MilvusWithUsers, *rights: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """A user with these rights (of Milvus, and the kind of object), and the password."""
    user, password, role = (f"{kind}{secrets.token_hex(4)}" for kind in ("u", "p", "r"))
    granted = [
        {"object_type": kind, "privilege": right, "object_name": "*"} for right, kind in rights
    ]
    with connected(server.uri, token=server.token) as root:
        root.create_user(user, password)
        root.create_role(role)
        for each in granted:
            root.grant_privilege(role, **each)
        root.grant_role(user, role)
        try:
            yield user, password
        finally:
            for each in granted:
                root.revoke_privilege(role, **each)
            root.revoke_role(user, role)
            root.drop_role(role)
            root.drop_user(user)


_CREATE = [
    *((right, "Global") for right in ("CreateCollection", "DropCollection", "DescribeCollection")),
    *((right, "Collection") for right in ("CreateIndex", "IndexDetail", "Load")),
    ("GetLoadingProgress", "Collection"),
]
_UPSERT, _SEARCH = ("Upsert", "Collection"), ("Search", "Collection")


def facts_for_account(
    server: MilvusWithUsers, library: str, words: str, *rights: tuple[str, str]
) -> ServerFacts:
    """Once they are as expected: Milvus 2.3 knows of each right that was granted some seconds
    later. words: of the failure's sentence."""
    end = time.monotonic() + 20
    with ExitStack() as stack:
        user, password = stack.enter_context(account(server, *rights))
        client = client_of(server.uri, password, user=user, library=library)
        stack.enter_context(closing(client))
        while True:
            facts = try_connection(client, thorough=True)
            sentence = facts.failure.sentence if facts.failure else ""
            is_as_expected = words in sentence and bool(facts.left_over) == ("delete" in words)
            if is_as_expected or time.monotonic() > end:
                return facts
            time.sleep(0.1)


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ([], "may not create collections"),
        (_CREATE, "may not store"),
        ([*_CREATE, _UPSERT], "may not search"),
    ],
    ids=["nothing", "create", "store"],
)
@pytest.mark.usefixtures("one_at_a_time")
def test_an_account_that_may_not_do_everything(
    milvus_with_users: MilvusWithUsers,
    library_name: str,
    rights: list[tuple[str, str]],
    words: str,
) -> None:
    server = milvus_with_users
    facts = facts_for_account(server, library_name, words, *rights)
    assert facts.databases == ("default",)
    assert facts.may_write is False
    assert facts.left_over == ""
    assert facts.failure is not None
    assert facts.failure.problem is Problem.NO_RIGHT
    assert words in facts.failure.sentence


@pytest.mark.usefixtures("one_at_a_time")
def test_an_account_that_may_not_delete(
    milvus_with_users: MilvusWithUsers, library_name: str
) -> None:
    """What it leaves is named."""
    server = milvus_with_users
    rights = [right for right in _CREATE if right[0] != "DropCollection"]
    facts = facts_for_account(server, library_name, "may not delete", *rights, _UPSERT, _SEARCH)
    assert facts.may_write is False
    assert facts.failure is not None
    assert "may not delete" in facts.failure.sentence
    with connected(server.uri, token=server.token) as root:
        assert facts.left_over in root.list_collections()
        root.drop_collection(facts.left_over)


# Faults


@pytest.fixture
def relay(milvus_uri: str) -> Iterator[FaultRelay]:
    with FaultRelay(address_of(milvus_uri)) as made:
        yield made


def test_an_outage_in_between(relay: FaultRelay) -> None:
    with closing(client_of(relay.uri)) as client:
        client.version()
        relay.refuse()
        with pytest.raises(ServerUnavailable) as caught:
            client.call("list_collections", timeout=1)
        assert caught.value.problem in (Problem.REFUSED, Problem.CUT_SHORT)
        relay.restore()
        client.call("list_collections")


def test_a_connection_that_is_cut_is_made_again(relay: FaultRelay) -> None:
    with closing(client_of(relay.uri)) as client:
        client.version()
        relay.cut()
        client.call("list_collections")
        assert relay.accepted == 2


def test_a_server_that_hangs(relay: FaultRelay) -> None:
    with closing(client_of(relay.uri)) as client:
        client.version()
        relay.hang()
        begun = time.monotonic()
        with pytest.raises(ServerUnavailable) as caught:
            client.call("list_collections", timeout=0.5)
        assert caught.value.problem is Problem.TIME_OUT
        assert time.monotonic() - begun < 1
        relay.restore()
        client.call("list_collections")


def test_answers_that_are_cut_short(relay: FaultRelay) -> None:
    with closing(client_of(relay.uri)) as client:
        client.version()
        relay.cut_after(5)
        with pytest.raises(ServerUnavailable) as caught:
            client.call("list_collections", timeout=1)
        assert caught.value.problem in (Problem.CUT_SHORT, Problem.CLOSED)
        relay.restore()
        client.call("list_collections")


def test_a_slow_server_can_be_cancelled(relay: FaultRelay) -> None:
    stop = time.monotonic() + 1_000.0
    with closing(client_of(relay.uri, cancelled=lambda: time.monotonic() > stop)) as client:
        client.version()
        relay.delay(2)
        begun = time.monotonic()
        stop = begun + 0.2
        with pytest.raises(Cancelled):
            client.call("list_collections")
        assert time.monotonic() - begun < 0.45
