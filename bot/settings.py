"""Settings: the only reader of the environment, of `.env` and of the policy file."""

import base64
import os
import re
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.domain.errors import CannotStart
from bot.domain.policy import Policy
from bot.domain.policy_file import PolicyFault, parse_policy
from bot.env_file import read_env_file

#: RFC 8032.
ED25519_BYTES = 32
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Capillary publishes no list of its clusters; the hosts of all documented ones end like this.
_CLUSTERS = (".capillarytech.com", ".capillarytech.cn.com")
#: By cluster: the zone of times that the engine gives without an offset. Other clusters' zones are not documented.
_ZONES = {"eu": "UTC", "apac": "Asia/Kolkata", "apac2": "Asia/Kolkata"}

_LAST_PORT = 65535

_UPPER, _LOWER = BeforeValidator(lambda given: given.upper()), BeforeValidator(lambda given: given.lower())
_Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]

OAUTH = ("CAPILLARY_CLIENT_KEY", "CAPILLARY_CLIENT_SECRET")
BASIC = ("CAPILLARY_TILL", "CAPILLARY_TILL_PASSWORD")


def _prefixed(prefix: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        if secret.get_secret_value() == prefix:
            raise ValueError(f"must go on after {prefix}")
        return _in_one_piece(secret)

    return AfterValidator(check)


def _in_one_piece(secret: SecretStr) -> SecretStr:
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


def _slack_api(address: str) -> str:
    _web(address)
    # slack-sdk appends the method's name without a slash.
    return address.rstrip("/") + "/"


def _public(address: str) -> str:
    """Also as it is told to Slack, with the path of the requests."""
    _web(address)
    return address.rstrip("/").removesuffix("/slack/events")


def _cluster(address: str) -> str:
    parts = _web(address)
    host = parts.hostname or ""
    if parts.path.strip("/"):
        raise ValueError("must end with the host, without a path")
    named = re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z]+", host)
    if host not in LOOPBACK and not (named and f".{host}".endswith(_CLUSTERS)):
        raise ValueError(f"must be a host of {' or '.join(one[1:] for one in _CLUSTERS)}")
    return address.rstrip("/")


def _zone(name: Any) -> Any:
    if not isinstance(name, str):
        return name
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is not a time zone by its IANA name") from None


def _region(code: str) -> str:
    import phonenumbers  # noqa: PLC0415 - few deployments set it

    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("is not a region by its two ISO letters")
    return code


def _currency(code: str) -> str:
    if code not in Locale("en").currencies:
        raise ValueError("is not a currency by its three ISO letters")
    return code


def _database(address: SecretStr) -> SecretStr:
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


def _metrics_port(written: str) -> str:
    host, separator, port = written.rpartition(":")
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > _LAST_PORT or (separator and not host):
        raise ValueError("must be a port, or host:port")
    if separator:
        _host(_without_brackets(host) if host.startswith("[") else host.replace(":", " "))
    return written


def _host(written: str) -> str:
    """A name or an address; of an IPv6 one without the brackets that belong to web addresses."""
    try:
        ip_address(written)
    except ValueError:
        if not re.fullmatch(r"[\w-]+(?:\.[\w-]+)*", written):
            raise ValueError(
                "must be a name or an address of this machine, without scheme and port"
            ) from None
    return written


def _without_brackets(host: str) -> str:
    return host.removeprefix("[").removesuffix("]")


def _audit_key(key: SecretStr) -> SecretStr:
    try:
        whole = len(base64.b64decode(key.get_secret_value(), validate=True)) == ED25519_BYTES
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(
            "must be an Ed25519 private key: 32 random bytes in base64 (openssl rand -base64 32)"
        )
    return key


class Settings(BaseModel):
    """One field for each variable, of the same name in small letters, and the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    slack_bot_token: Annotated[SecretStr, _prefixed("xoxb-")]
    #: May be None with Socket Mode only.
    slack_signing_secret: Annotated[SecretStr, AfterValidator(_in_one_piece)] | None = None
    #: If set, the bot uses Socket Mode.
    slack_app_token: Annotated[SecretStr, _prefixed("xapp-")] | None = None
    slack_api_url: Annotated[str, AfterValidator(_slack_api)] = "https://slack.com/api/"
    #: Where Slack reaches the desk; only `doctor` tries it.
    public_url: Annotated[str, AfterValidator(_public)] | None = None
    capillary_url: Annotated[str, AfterValidator(_cluster)]
    #: Either this pair (OAuth) or the next one (Basic) is set.
    capillary_client_key: str | None = None
    capillary_client_secret: SecretStr | None = None
    capillary_till: str | None = None
    capillary_till_password: SecretStr | None = None
    capillary_attribution_till: str | None = None
    #: Zone of the engine's times without an offset, and of the limits' day.
    capillary_timezone: Annotated[ZoneInfo, BeforeValidator(_zone)]
    #: Limit of one engine call, all attempts included.
    capillary_timeout_seconds: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] = 10.0
    #: Of all instances on one ledger together.
    capillary_calls_per_minute: Annotated[int, Field(ge=30, le=1_000_000)] = 600
    #: From an unclear answer to the first look; each later look waits twice as long.
    reconcile_after_seconds: _Seconds = 5.0
    #: From an unclear answer until finding nothing counts as proof.
    reconcile_window_seconds: _Seconds = 900.0
    #: These two defaults are not checked at each start: it takes longer than reading all other settings.
    default_region: Annotated[str, _UPPER, AfterValidator(_region)] = Field("IN", validate_default=False)
    currency: Annotated[str, _UPPER, AfterValidator(_currency)] = Field("INR", validate_default=False)
    policy_file: Path = Path("policy.toml")
    #: Read from POLICY or from the file; without either nobody may do anything.
    policy: Policy = Policy()
    #: May hold a password.
    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///coupon-desk.db")
    #: Connections of one instance to PostgreSQL; who finds none free waits.
    database_pool: Annotated[int, Field(ge=1, le=1000)] = 5
    cache_seconds: _Seconds = 30.0
    #: After that names, last digits and notes of what has ended are blanked.
    retain_days: Annotated[int, Field(ge=1, le=36500)] = 400
    host: Annotated[str, AfterValidator(_host)] = "0.0.0.0"  # noqa: S104 - a container is reached from outside
    #: 0 takes any free port.
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    #: Where `/metrics` and `/status` are; None: nowhere.
    metrics_port: Annotated[str, AfterValidator(_metrics_port)] | None = None
    #: Seconds of serving on after SIGTERM, while `/readyz` says 503.
    stop_delay_seconds: Annotated[float, Field(ge=0, le=300)] = 0.0
    #: Seals of the audit log are signed with it.
    audit_key: Annotated[SecretStr, AfterValidator(_audit_key)] | None = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], _UPPER] = "INFO"
    log_format: Annotated[Literal["json", "console"], _LOWER] = "json"
    #: The policy's text; None if there is none.
    policy_text: str | None = None

    @property
    def metrics_at(self) -> tuple[str, int] | None:
        """Host and port of the metrics: this machine only, unless a host is written."""
        if self.metrics_port is None:
            return None
        host, _, port = self.metrics_port.rpartition(":")
        return _without_brackets(host) or "127.0.0.1", int(port)

    def secrets(self) -> list[str]:
        """Return the secret values, to be redacted from logs and from messages about failures."""
        held = (getattr(self, name) for name in type(self).model_fields)
        return [one.get_secret_value() for one in held if isinstance(one, SecretStr)]


#: The variables. `policy_text` is none: it is the text that `policy` was read from.
VARIABLES = tuple(name.upper() for name in Settings.model_fields if name != "policy_text")

#: Read by the libraries that call out, as everywhere; from `.env` they get them by `hand_on`.
OF_LIBRARIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE")

#: Shown with a fault where the default is not a good example.
EXAMPLES = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
    "SLACK_APP_TOKEN": "xapp-1-A0-1-abc",
    "PUBLIC_URL": "https://coupon-desk.example.com",
    "CAPILLARY_URL": "https://eu.api.capillarytech.com",
    "CAPILLARY_CLIENT_KEY": "key",
    "CAPILLARY_CLIENT_SECRET": "secret",
    "CAPILLARY_TILL": "till.code",
    "CAPILLARY_TILL_PASSWORD": "password",
    "CAPILLARY_ATTRIBUTION_TILL": "till.code",
    "CAPILLARY_TIMEZONE": "Asia/Kolkata",
    "DATABASE_URL": "postgresql://user:password@host/coupon_desk",
    "POLICY": "lookup.everyone = true",
    "METRICS_PORT": "9090",
    "HTTPS_PROXY": "http://proxy.example.com:3128",
    "HTTP_PROXY": "http://proxy.example.com:3128",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
    "AUDIT_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


class SettingsFault(CannotStart):
    """The bot cannot start with these settings."""

    wrong_configuration = True

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults

    @property
    def sentence(self) -> str:
        return "\n".join(("These settings are wrong:", *(f"  {fault}" for fault in self.faults)))


def load(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read the process's environment (or the one given), then `.env`. Raises SettingsFault with every fault at once."""
    process = _present(os.environ if environ is None else environ)  # noqa: TID251 - the one place
    written, faults = _from_file(env_file)
    given, quoted = _unquoted({**written, **process})
    faults += quoted
    fields: dict[str, Any] = {**_defaults(given), **{k: given[k] for k in VARIABLES if k in given}}
    policy, text, policy_faults = _policy(given)
    fields |= {"POLICY": policy, "POLICY_TEXT": text}
    settings, field_faults = _settings(fields)
    faults += [*field_faults, *(f for rule in _RULES for f in rule(given, process)), *policy_faults]
    if settings is None or faults:
        raise SettingsFault(tuple(faults))
    return settings


def hand_on(env_file: Path = Path(".env")) -> None:
    """Put what `.env` says of proxies and certificates where libraries look for it; the environment goes before."""
    for name, value in _from_file(env_file)[0].items():
        if name in OF_LIBRARIES:
            os.environ.setdefault(name, value)  # noqa: TID251 - written for others, not read


def withhold() -> None:
    """Take from the environment what Bolt 1.30 would read there, and warn of, beside what it is given."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        os.environ.pop(name, None)  # noqa: TID251 - taken from others, not read


def load_policy(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Policy | None:
    """
    Only the policy: of this file, or as it is set; None where there is none.

    Raises SettingsFault, in the words of `load`.
    """
    process = _present(os.environ if environ is None else environ)  # noqa: TID251 - beside `load`, the one place
    given = {**_from_file(Path(".env"))[0], **process} if file is None else {"POLICY_FILE": str(file)}
    policy, text, faults = _policy(given)
    if faults:
        raise SettingsFault(tuple(faults))
    return policy if text is not None else None


def _present(environ: Mapping[str, str | None]) -> dict[str, str]:
    """Return the variables that are set; a blank value counts as not set."""
    return {name: value.strip() for name, value in environ.items() if value and value.strip()}


#: What may stand around a value that is quoted.
_QUOTES = ('""', "''", "“”", "‘’")


def _unquoted(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the values without quotes around them, and a fault for each: Docker's --env-file, for one, keeps them."""
    bare, faults = dict(given), []
    for name in (*VARIABLES, *OF_LIBRARIES):
        value = given.get(name, "")
        inner = value[1:-1].strip()
        if value[:1] + value[-1:] in _QUOTES and inner and not set(value[:1] + value[-1:]) & set(inner):
            bare[name] = inner
            faults.append(_told(name, "has quotes around it, which are part of it here: leave them out"))
    return bare, faults


def _from_file(path: Path | None) -> tuple[dict[str, str], list[str]]:
    """Return the variables of the file, and what is wrong in it."""
    values, faults = read_env_file(path, (*VARIABLES, *OF_LIBRARIES))
    return _present(values), faults


def _defaults(given: Mapping[str, str]) -> dict[str, str]:
    """Return the defaults that depend on the cluster or the terminal."""
    zone = _zone_of(given.get("CAPILLARY_URL", ""))
    known = {"CAPILLARY_TIMEZONE": zone} if zone else {}
    return known | {"LOG_FORMAT": "console" if sys.stderr.isatty() else "json"}


def _zone_of(address: str) -> str | None:
    """Return the cluster's zone; None if it must be set."""
    try:
        host = urlsplit(_cluster(address)).hostname or ""
    except ValueError:
        return "UTC"  # the address is reported as the fault, not the zone
    return "UTC" if host in LOOPBACK else _ZONES.get(host.partition(".")[0])


def _settings(fields: Mapping[str, Any]) -> tuple[Settings | None, list[str]]:
    try:
        return Settings.model_validate({name.lower(): value for name, value in fields.items()}), []
    except ValidationError as err:
        faults = err.errors(include_url=False, include_input=False)
        return None, [_told(str(fault["loc"][0]).upper(), _sentence(fault)) for fault in faults]


def _sentence(fault: Mapping[str, Any]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return "is required"
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    if kind.endswith("_parsing"):
        return f"must be a {'whole ' if kind.startswith('int') else ''}number"
    return str(fault["msg"]).replace("Input should", "must")


def _told(variable: str, wrong: str) -> str:
    example = EXAMPLES.get(variable) or Settings.model_fields[variable.lower()].default
    return f"{variable}: {wrong}; example: {variable}={example}"


_Rule = Callable[[Mapping[str, str], Mapping[str, str]], Iterator[str]]


def _engine_login(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    oauth, basic = (any(name in given for name in pair) for pair in (OAUTH, BASIC))
    if not oauth and not basic:
        yield _told(OAUTH[0], f"is required together with {OAUTH[1]} (or, instead, {' and '.join(BASIC)})")
    if oauth and basic:
        yield _told(
            BASIC[0], f"must not be set beside {OAUTH[0]}: leave out {' and '.join(BASIC)}, or the other pair"
        )
    for pair in (OAUTH, BASIC):
        for name, other in (pair, pair[::-1]):
            if name not in given and other in given:
                yield _told(name, f"is required together with {other}")


def _attribution(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    name = "CAPILLARY_ATTRIBUTION_TILL"
    if name in given and any(k in given for k in BASIC) and not any(k in given for k in OAUTH):
        yield _told(name, f"works with OAuth only: with {BASIC[0]}, redemptions are booked on that till")


def _slack_way_in(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    if "SLACK_SIGNING_SECRET" not in given and "SLACK_APP_TOKEN" not in given:
        yield _told("SLACK_SIGNING_SECRET", "is required unless SLACK_APP_TOKEN is set")


def _no_installation(_given: Mapping[str, str], process: Mapping[str, str]) -> Iterator[str]:
    # If both are in the environment, Bolt 1.30 switches to OAuth installation and ignores the token.
    if "SLACK_CLIENT_ID" in process and "SLACK_CLIENT_SECRET" in process:
        yield (
            "SLACK_CLIENT_ID: must not be set together with SLACK_CLIENT_SECRET, SLACK_BOT_TOKEN would be ignored; "
            "example: unset SLACK_CLIENT_ID SLACK_CLIENT_SECRET"
        )


def _kept_database(given: Mapping[str, str], process: Mapping[str, str]) -> Iterator[str]:
    if "DYNO" in process and given.get("DATABASE_URL", "sqlite:").startswith("sqlite:"):
        wrong = "must be PostgreSQL here: a dyno's disk is lost at each restart, and the ledger with it"
        yield _told("DATABASE_URL", wrong)


#: Seconds; a redemption may be booked minutes after its call timed out.
SHORTEST_WINDOW = 300.0


def _window(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    """A window below the minimum is allowed only for an engine on this machine, whose records are never late."""
    name = "RECONCILE_WINDOW_SECONDS"
    try:
        short = float(given.get(name, SHORTEST_WINDOW)) < SHORTEST_WINDOW
        host = urlsplit(given.get("CAPILLARY_URL", "")).hostname or ""
    except ValueError:
        return  # reported by the field's own check
    if short and host not in LOOPBACK:
        yield _told(
            name, f"must be {SHORTEST_WINDOW:.0f} or more: what is booked late would be called not redeemed"
        )


def _proxies(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    """What is wrong here would look like a neighbour that is down."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        try:
            parts = urlsplit(given.get(name, EXAMPLES[name]))
            fine = parts.scheme == "http" and bool(parts.hostname) and bool(parts.port)
        except ValueError:
            fine = False
        if not fine:
            yield _told(name, "must be an address of a proxy that is spoken to by http, with its port")


def _authorities(given: Mapping[str, str], _process: Mapping[str, str]) -> Iterator[str]:
    name = "SSL_CERT_FILE"
    try:
        if name in given:
            ssl.create_default_context(cafile=given[name])
    except OSError as err:
        reason = "does not exist" if isinstance(err, FileNotFoundError) else "holds no certificates (PEM)"
        yield _told(name, reason)


_RULES: tuple[_Rule, ...] = (
    _proxies,
    _authorities,
    _slack_way_in,
    _no_installation,
    _engine_login,
    _attribution,
    _kept_database,
    _window,
)


def _policy(given: Mapping[str, str]) -> tuple[Policy, str | None, list[str]]:
    """Return the policy, its text, and its faults."""
    if "POLICY" in given and "POLICY_FILE" in given:
        return Policy(), None, [_told("POLICY_FILE", "must not be set beside POLICY: leave one of them out")]
    if "POLICY" in given:
        return _parsed(given["POLICY"], "POLICY: ")
    path = Path(given.get("POLICY_FILE", "policy.toml"))
    if "POLICY_FILE" not in given and not path.exists():
        return Policy(), None, []
    try:
        return _parsed(path.read_text(encoding="utf-8-sig"), f"POLICY_FILE: {path}, ")
    except (OSError, UnicodeDecodeError) as err:
        missing = isinstance(err, FileNotFoundError)
        reason = "does not exist" if missing else f"cannot be read ({type(err).__name__})"
        return Policy(), None, [_told("POLICY_FILE", f"{path} {reason}")]


def _parsed(text: str, where: str) -> tuple[Policy, str | None, list[str]]:
    try:
        return parse_policy(text), text, []
    except PolicyFault as err:
        return Policy(), None, [f"{where}{fault}" for fault in err.faults]
