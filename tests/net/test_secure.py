"""Pictures and models over TLS, with certificates that the test makes itself."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from model_servers import CONTENT, SHA256, ServedFile, publish, remote_file
from serving import PICTURE, Site, answer, redirect, serving

from finder.core.errors import FinderError
from finder.core.web.download import download
from finder.core.web.fetch import fetch_picture
from finder.core.web.partial_file import partial_file_size

fetch = partial(fetch_picture, allow_private=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For localhost, self-signed. Its key is in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    both, key = folder / "certificate.pem", folder / "key.pem"
    how = "-x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ("-addext", "subjectAltName=DNS:localhost")
    files = ("-keyout", str(key), "-out", str(both))
    subprocess.run([openssl, "req", *how.split(), *names, *files], check=True, capture_output=True)
    with both.open("ab") as file:
        file.write(key.read_bytes())
    return both


@pytest.fixture
def secure(certificate: Path) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(tls=context) as site:
        site.pages["/a.png"] = answer()
        yield site


@pytest.fixture
def _trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_an_untrusted_certificate_is_refused(secure: Site) -> None:
    with pytest.raises(
        FinderError, match="The identity of localhost could not be verified"
    ) as caught:
        fetch(f"https://localhost:{secure.port}/a.png")
    assert "self" in caught.value.sentence
    assert caught.value.hint
    assert secure.seen == []


@pytest.mark.usefixtures("_trusted")
def test_a_trusted_certificate_is_accepted(secure: Site) -> None:
    assert fetch(f"https://localhost:{secure.port}/a.png") == PICTURE


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_of_another_host_is_refused(secure: Site) -> None:
    with pytest.raises(FinderError, match=r"The identity of 127\.0\.0\.1 could not be verified"):
        fetch(f"https://127.0.0.1:{secure.port}/a.png")
    assert secure.seen == []


@pytest.mark.usefixtures("_trusted")
def test_a_redirect_to_http_is_not_followed(secure: Site, site: Site) -> None:
    secure.pages["/away"] = redirect(f"{site.root}/a.png")
    with pytest.raises(FinderError, match="not safe to follow"):
        fetch(f"https://localhost:{secure.port}/away")
    assert site.seen == []


@pytest.mark.usefixtures("_trusted")
def test_a_redirect_from_http_is_followed(secure: Site, site: Site) -> None:
    site.pages["/a"] = redirect(f"https://localhost:{secure.port}/a.png")
    assert fetch(f"{site.root}/a") == PICTURE


def test_a_server_without_tls_is_reported(site: Site) -> None:
    with pytest.raises(FinderError, match="secure connection to localhost cannot be made"):
        fetch(f"https://localhost:{site.port}/a.png")
    assert site.seen == []


# Models


def load(url: str, folder: Path) -> None:
    list(download(remote_file(url), folder))


def test_a_models_server_needs_a_trusted_certificate(secure: Site, tmp_path: Path) -> None:
    with pytest.raises(
        FinderError, match="The identity of localhost could not be verified: self"
    ) as caught:
        load(f"https://localhost:{secure.port}/model.onnx", tmp_path)
    assert caught.value.hint
    assert secure.seen == []


@pytest.mark.usefixtures("_trusted")
def test_a_model_is_downloaded_over_tls(secure: Site, tmp_path: Path) -> None:
    load(publish(secure, ServedFile()).replace("127.0.0.1", "localhost"), tmp_path)
    assert partial_file_size(tmp_path, SHA256) == len(CONTENT)


@pytest.mark.usefixtures("_trusted")
def test_a_models_redirect_to_http_is_not_followed(
    secure: Site, site: Site, tmp_path: Path
) -> None:
    publish(site, ServedFile())
    secure.pages["/away"] = redirect(f"{site.root}/model.onnx")
    with pytest.raises(FinderError, match="localhost redirects to an address that is not safe"):
        load(f"https://localhost:{secure.port}/away", tmp_path)
    assert site.seen == []


def test_a_models_server_without_tls_is_reported(site: Site, tmp_path: Path) -> None:
    with pytest.raises(FinderError, match="secure connection to localhost cannot be made"):
        load(f"https://localhost:{site.port}/model.onnx", tmp_path)
    assert site.seen == []
