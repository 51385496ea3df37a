"""What one setting must be: each validator returns the value as it is used, and raises ValueError with what is wrong."""

import base64
import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from pydantic import AfterValidator, SecretStr

#: RFC 8032.
ED25519_BYTES = 32
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Capillary publishes no list of its clusters; the hosts of all documented ones end like this.
_CLUSTERS = (".capillarytech.com", ".capillarytech.cn.com")
_LAST_PORT = 65535


def prefixed(prefix: str) -> AfterValidator:
    """Return the validator of a token of Slack's that begins so."""

    def check(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        if secret.get_secret_value() == prefix:
            raise ValueError(f"must go on after {prefix}")
        return in_one_piece(secret)

    return AfterValidator(check)


def in_one_piece(secret: SecretStr) -> SecretStr:
    """Slack's tokens and secrets are ASCII; what was copied from a page may hold a space, a dash of print or an ellipsis."""
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("must be whole and in one piece: letters, digits and ASCII signs, without spaces")
    return secret


def _web(address: str) -> SplitResult:
    """Return the parts of a web address; raises ValueError if no secret may be sent there."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a web address") from None
    if (
        port == 0
        or parts.netloc.endswith(":")
        or not re.fullmatch(r"\S+", address)
        or not address.isprintable()
    ):
        raise ValueError("is not a web address")
    if parts.scheme not in ("https", "http") or not host or re.search("[?#]", address) or "@" in parts.netloc:
        raise ValueError("must be a plain https address, without login and query")
    if parts.scheme != "https" and host not in LOOPBACK:
        raise ValueError("must be https; only this machine may be spoken to by http")
    return parts


def slack_api(address: str) -> str:
    _web(address)
    # slack-sdk appends the method's name without a slash.
    return address.rstrip("/") + "/"


def public(address: str) -> str:
    """Also as it is told to Slack, with the path of the requests."""
    _web(address)
    return address.rstrip("/").removesuffix("/slack/events")


def cluster(address: str) -> str:
    parts = _web(address)
    host = parts.hostname or ""
    if parts.path.strip("/"):
        raise ValueError("must end with the host, without a path")
    named = re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z]+", host)
    if host not in LOOPBACK and not (named and f".{host}".endswith(_CLUSTERS)):
        raise ValueError(f"must be a host of {' or '.join(one[1:] for one in _CLUSTERS)}")
    return address.rstrip("/")


def zone(name: Any) -> Any:
    if not isinstance(name, str):
        return name
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone by its IANA name") from None


def region(code: str) -> str:
    import phonenumbers  # noqa: PLC0415 - few deployments set it

    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not a region by its two ISO letters")
    return code


def currency(code: str) -> str:
    if code not in Locale("en").currencies:
        raise ValueError("is not a currency by its three ISO letters")
    return code


def database(address: SecretStr) -> SecretStr:
    given = address.get_secret_value()
    if re.fullmatch(r"sqlite:///.+", given):
        _sqlite_file(given.removeprefix("sqlite:///"))
    elif re.fullmatch(r"postgres(ql)?://.+", given):
        _postgresql_address(given)
    else:
        raise ValueError("must start with sqlite:/// and a file, or with postgresql://")
    return address


def _sqlite_file(file: str) -> None:
    if file.startswith((":memory:", "file:")):
        raise ValueError(
            "must name a file: what is in memory is lost at each restart, and the ledger with it"
        )
    if "?" in file:
        raise ValueError("must be sqlite:/// and a file, without options after it")


def _postgresql_address(given: str) -> None:
    """As libpq reads it, which is what connects. What it says may quote the password, so that none of it is told."""
    import psycopg  # noqa: PLC0415 - only who uses PostgreSQL needs it
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        parts = conninfo_to_dict(given)
    except psycopg.Error as err:
        option = re.search(r'URI query parameter: "([A-Za-z_]{1,40})"', str(err))
        # A password that holds a ? may look like one.
        if option is not None and "@" not in given.partition("?")[2]:
            raise ValueError(f"has an option that libpq does not know: {option[1]}") from None
        raise ValueError(
            "cannot be read; in user and password, write every @ : / ? # and % as %40 %3A %2F %3F %23 %25"
        ) from None
    ports = str(parts.get("port") or "5432").split(",")
    if not all(port.isdecimal() and 0 < int(port) <= _LAST_PORT for port in ports if port):
        raise ValueError(
            f"must have a port of 1 to {_LAST_PORT}; an @ or : in user or password is written %40 or %3A"
        )
    if not str(parts.get("connect_timeout") or "1").lstrip("-").isdecimal():
        raise ValueError("must have a whole number of seconds for connect_timeout")


def metrics_port(written: str) -> str:
    host, separator, port = written.rpartition(":")
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > _LAST_PORT or (separator and not host):
        raise ValueError("must be a port, or host:port")
    if separator:
        host_name(without_brackets(host) if host.startswith("[") else host.replace(":", " "))
    return written


def host_name(written: str) -> str:
    """A name or an address; of an IPv6 one without the brackets that belong to web addresses."""
    try:
        ip_address(written)
    except ValueError:
        if not re.fullmatch(r"[\w-]+(?:\.[\w-]+)*", written):
            raise ValueError(
                "must be a name or an address of this machine, without scheme and port"
            ) from None
    return written


def without_brackets(host: str) -> str:
    return host.removeprefix("[").removesuffix("]")


def audit_key(key: SecretStr) -> SecretStr:
    try:
        whole = len(base64.b64decode(key.get_secret_value(), validate=True)) == ED25519_BYTES
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(
            "must be an Ed25519 private key: 32 random bytes in base64 (openssl rand -base64 32)"
        )
    return key
