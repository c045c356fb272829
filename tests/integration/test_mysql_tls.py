"""TLS with MySQL: whose certificate is believed, and whose is not."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from daybook.errors import ConfigError, UnreachableError
from daybook.mysql.connection import connect
from daybook.services import mariadb, mariadb_server

pytestmark = [
    pytest.mark.long,
    pytest.mark.usefixtures("mariadb_programs"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl"),
]


@dataclass(frozen=True)
class Secured:
    """A server with a certificate for 127.0.0.1.

    Attributes:
        url: A database of it.
        folder: Of its certificate authority, `ca.pem`, and of another.
    """

    url: str
    folder: Path

    def cipher(self, options: str = "", *, host: str = "127.0.0.1") -> str:
        """Connect; return how the session is encrypted, `""` if not."""
        text = options.replace("ca=", f"ca={quote(str(self.folder))}/")
        url = f"{self.url.replace('127.0.0.1', host)}?{text}"
        with (
            connect(url, variable="MOVIELENS_URL", plugin="test") as session,
            session.cursor() as cursor,
        ):
            cursor.execute("SHOW SESSION STATUS LIKE 'ssl_cipher'")
            return str((cursor.fetchone() or ("", ""))[1])


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(
        ["openssl", *words], cwd=folder, check=True, capture_output=True
    )


def make_certificates(folder: Path) -> None:
    for name in ("ca", "other"):
        openssl(
            folder,
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-keyout", f"{name}.key", "-out", f"{name}.pem"),
            *("-days", "2", "-subj", f"/CN=Daybook's tests, {name}"),
        )
    openssl(
        folder,
        *("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key"),
        *("-out", "server.csr", "-subj", "/CN=server"),
    )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(
        folder,
        *("x509", "-req", "-in", "server.csr", "-CA", "ca.pem"),
        *("-CAkey", "ca.key", "-CAcreateserial", "-days", "2"),
        *("-extfile", "names", "-out", "server.pem"),
    )


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    folder = Path(tempfile.mkdtemp(prefix="daybook-tests-"))
    make_certificates(folder)
    settings = (
        *mariadb_server._SETTINGS,
        f"--ssl-cert={folder / 'server.pem'}",
        f"--ssl-key={folder / 'server.key'}",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mariadb_server, "_SETTINGS", settings)
        try:
            urls = mariadb.up(folder, durable=False).urls
            yield Secured(urls["MOVIELENS_URL"], folder)
        finally:
            mariadb.delete(folder)
            shutil.rmtree(folder)


def test_tls_is_used_where_the_server_has_it(secured: Secured) -> None:
    assert secured.cipher()


def test_tls_can_be_left_out(secured: Secured) -> None:
    assert not secured.cipher("ssl-mode=DISABLED")


@pytest.mark.parametrize("mode", ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
def test_a_certificate_of_the_right_authority_is_taken(
    secured: Secured, mode: str
) -> None:
    assert secured.cipher(f"ssl-mode={mode}&ssl-ca=ca.pem")


@pytest.mark.parametrize(
    "options",
    [
        "ssl-mode=VERIFY_CA",
        "ssl-mode=VERIFY_CA&ssl-ca=other.pem",
        "ssl-mode=VERIFY_IDENTITY",
        "ssl-mode=VERIFY_IDENTITY&ssl-ca=other.pem",
        "ssl-ca=other.pem",
    ],
)
def test_a_certificate_of_another_authority_is_refused(
    secured: Secured, options: str
) -> None:
    with pytest.raises(UnreachableError) as caught:
        secured.cipher(options)
    assert "certificate verify failed" in caught.value.reason
    assert "ssl-ca" in caught.value.instruction


def test_a_certificate_for_another_name_is_no_identity(
    secured: Secured,
) -> None:
    with pytest.raises(UnreachableError, match="not valid for 'localhost'"):
        secured.cipher(
            "ssl-mode=VERIFY_IDENTITY&ssl-ca=ca.pem", host="localhost"
        )


def test_a_missing_file_is_named(secured: Secured) -> None:
    with pytest.raises(ConfigError, match=r"MOVIELENS_URL.*missing\.pem"):
        secured.cipher("ssl-mode=VERIFY_CA&ssl-ca=missing.pem")
