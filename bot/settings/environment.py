"""The only reader of the environment, of `.env` and of the policy file."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from bot.domain.errors import CannotStart
from bot.domain.policy import Policy
from bot.domain.policy_file import PolicyFault, parse_policy
from bot.env_file import read_env_file
from bot.settings import validators
from bot.settings.rules import RULES
from bot.settings.variables import OF_LIBRARIES, VARIABLES, Settings, told

#: By cluster: the zone of times that the engine gives without an offset. Other clusters' zones are not documented.
_ZONES = {"eu": "UTC", "apac": "Asia/Kolkata", "apac2": "Asia/Kolkata"}


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
    faults += [*field_faults, *(f for rule in RULES for f in rule(given, process)), *policy_faults]
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
            faults.append(told(name, "has quotes around it, which are part of it here: leave them out"))
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
        host = urlsplit(validators.cluster(address)).hostname or ""
    except ValueError:
        return "UTC"  # the address is reported as the fault, not the zone
    return "UTC" if host in validators.LOOPBACK else _ZONES.get(host.partition(".")[0])


def _settings(fields: Mapping[str, Any]) -> tuple[Settings | None, list[str]]:
    try:
        return Settings.model_validate({name.lower(): value for name, value in fields.items()}), []
    except ValidationError as err:
        faults = err.errors(include_url=False, include_input=False)
        return None, [told(str(fault["loc"][0]).upper(), _sentence(fault)) for fault in faults]


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


def _policy(given: Mapping[str, str]) -> tuple[Policy, str | None, list[str]]:
    """Return the policy, its text, and its faults."""
    if "POLICY" in given and "POLICY_FILE" in given:
        return Policy(), None, [told("POLICY_FILE", "must not be set beside POLICY: leave one of them out")]
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
        return Policy(), None, [told("POLICY_FILE", f"{path} {reason}")]


def _parsed(text: str, where: str) -> tuple[Policy, str | None, list[str]]:
    try:
        return parse_policy(text), text, []
    except PolicyFault as err:
        return Policy(), None, [f"{where}{fault}" for fault in err.faults]
