"""The variables: their types, defaults and examples."""

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from bot.domain.policy import Policy
from bot.settings import validators

_UPPER, _LOWER = BeforeValidator(lambda given: given.upper()), BeforeValidator(lambda given: given.lower())
_Seconds = Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)]


class Settings(BaseModel):
    """One field for each variable, of the same name in small letters, and the policy."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    slack_bot_token: Annotated[SecretStr, validators.prefixed("xoxb-")]
    #: May be None with Socket Mode only.
    slack_signing_secret: Annotated[SecretStr, AfterValidator(validators.in_one_piece)] | None = None
    #: If set, the bot uses Socket Mode.
    slack_app_token: Annotated[SecretStr, validators.prefixed("xapp-")] | None = None
    slack_api_url: Annotated[str, AfterValidator(validators.slack_api)] = "https://slack.com/api/"
    #: Where Slack reaches the desk; only `doctor` tries it.
    public_url: Annotated[str, AfterValidator(validators.public)] | None = None
    capillary_url: Annotated[str, AfterValidator(validators.cluster)]
    #: Either this pair (OAuth) or the next one (Basic) is set.
    capillary_client_key: str | None = None
    capillary_client_secret: SecretStr | None = None
    capillary_till: str | None = None
    capillary_till_password: SecretStr | None = None
    capillary_attribution_till: str | None = None
    #: Zone of the engine's times without an offset, and of the limits' day.
    capillary_timezone: Annotated[ZoneInfo, BeforeValidator(validators.zone)]
    #: Limit of one engine call, all attempts included.
    capillary_timeout_seconds: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] = 10.0
    #: Of all instances on one ledger together.
    capillary_calls_per_minute: Annotated[int, Field(ge=30, le=1_000_000)] = 600
    #: From an unclear answer to the first look; each later look waits twice as long.
    reconcile_after_seconds: _Seconds = 5.0
    #: From an unclear answer until finding nothing counts as proof.
    reconcile_window_seconds: _Seconds = 900.0
    #: These two defaults are not checked at each start: it takes longer than reading all other settings.
    default_region: Annotated[str, _UPPER, AfterValidator(validators.region)] = Field(
        "IN", validate_default=False
    )
    currency: Annotated[str, _UPPER, AfterValidator(validators.currency)] = Field(
        "INR", validate_default=False
    )
    policy_file: Path = Path("policy.toml")
    #: Read from POLICY or from the file; without either nobody may do anything.
    policy: Policy = Policy()
    #: May hold a password.
    database_url: Annotated[SecretStr, AfterValidator(validators.database)] = SecretStr(
        "sqlite:///coupon-desk.db"
    )
    #: Connections of one instance to PostgreSQL; who finds none free waits.
    database_pool: Annotated[int, Field(ge=1, le=1000)] = 5
    cache_seconds: _Seconds = 30.0
    #: After that names, last digits and notes of what has ended are blanked.
    retain_days: Annotated[int, Field(ge=1, le=36500)] = 400
    host: Annotated[str, AfterValidator(validators.host_name)] = "0.0.0.0"  # noqa: S104 - a container is reached from outside
    #: 0 takes any free port.
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    #: Where `/metrics` and `/status` are; None: nowhere.
    metrics_port: Annotated[str, AfterValidator(validators.metrics_port)] | None = None
    #: Seconds of serving on after SIGTERM, while `/readyz` says 503.
    stop_delay_seconds: Annotated[float, Field(ge=0, le=300)] = 0.0
    #: Seals of the audit log are signed with it.
    audit_key: Annotated[SecretStr, AfterValidator(validators.audit_key)] | None = None
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
        return validators.without_brackets(host) or "127.0.0.1", int(port)

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


def told(variable: str, wrong: str) -> str:
    """Return the fault of a variable, with an example."""
    example = EXAMPLES.get(variable) or Settings.model_fields[variable.lower()].default
    return f"{variable}: {wrong}; example: {variable}={example}"
