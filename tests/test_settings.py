import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from bot.app import warn_without_policy
from bot.domain.policy import Policy
from bot.settings import OF_LIBRARIES, VARIABLES, Settings, SettingsFault, hand_on, load
from tests.tables import table

ROOT = Path(__file__).parents[1]

LEAST = {
    "SLACK_BOT_TOKEN": "xoxb-1-made-up",
    "SLACK_SIGNING_SECRET": "signing-made-up",
    "CAPILLARY_URL": "https://eu.api.capillarytech.com",
    "CAPILLARY_CLIENT_KEY": "key",
    "CAPILLARY_CLIENT_SECRET": "client-secret-made-up",
}
BASIC = {"CAPILLARY_TILL": "till", "CAPILLARY_TILL_PASSWORD": "till-password-made-up"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder, and none of the variables that the bot reads."""
    for name in {*VARIABLES, *OF_LIBRARIES, "DYNO", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"}:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def but(*without: str, **changes: str) -> dict[str, str]:
    return {k: v for k, v in {**LEAST, **changes}.items() if k not in without}


def faults(environ: dict[str, str], env_file: Path | None = None) -> dict[str, str]:
    """What is wrong, by variable; each may have one fault only."""
    with pytest.raises(SettingsFault) as caught:
        load(environ, env_file)
    told = [fault.partition(": ") for fault in caught.value.faults]
    assert len({name for name, _, _ in told}) == len(told), caught.value.faults
    return {name: wrong for name, _, wrong in told}


def test_the_least_that_is_required_is_enough() -> None:
    settings = load(LEAST, None)

    assert settings.slack_bot_token.get_secret_value() == "xoxb-1-made-up"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.capillary_timezone == ZoneInfo("UTC")
    assert (settings.capillary_timeout_seconds, settings.cache_seconds) == (10, 30)
    assert (settings.default_region, settings.currency) == ("IN", "INR")
    assert settings.database_url.get_secret_value() == "sqlite:///coupon-desk.db"
    assert (settings.host, settings.port, settings.log_level) == ("0.0.0.0", 3000, "INFO")  # noqa: S104
    assert settings.policy == Policy()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load(LEAST, None).port = 1  # type: ignore[misc]


def test_with_nothing_set_everything_required_is_told_at_once() -> None:
    told = faults({})

    assert told.keys() == {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CAPILLARY_URL", "CAPILLARY_CLIENT_KEY"}
    assert all(f"; example: {name}=" in wrong for name, wrong in told.items())


@table("name", sorted(LEAST))
def test_what_is_required_is_told_when_it_is_missing_or_blank(name: str) -> None:
    assert faults(but(name)).keys() == {name}
    assert faults(but(**{name: "  "})).keys() == {name}


@table(
    ("name", "value", "word"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1", "xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1", "xapp-"),
        ("SLACK_API_URL", "http://slack.com/api/", "https"),
        ("SLACK_API_URL", "slack.com", "https"),
        ("SLACK_API_URL", "https://slack.com:port/", "address"),
        ("CAPILLARY_URL", "http://eu.api.capillarytech.com", "https"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com.evil.example", "capillarytech.com"),
        ("CAPILLARY_URL", "https://evilcapillarytech.com", "capillarytech.com"),
        ("CAPILLARY_URL", "https://127.0.0.1.evil.example", "capillarytech.com"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com@evil.example", "login"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com/v2", "path"),
        ("CAPILLARY_URL", "eu.api.capillarytech.com", "https"),
        ("CAPILLARY_TIMEZONE", "Mars/Phobos", "IANA"),
        ("CAPILLARY_TIMEZONE", "../../etc/passwd", "IANA"),
        ("CAPILLARY_TIMEZONE", "Europe", "IANA"),
        ("CAPILLARY_TIMEOUT_SECONDS", "0", "greater than 0"),
        ("CAPILLARY_TIMEOUT_SECONDS", "nan", "number"),
        ("CAPILLARY_TIMEOUT_SECONDS", "inf", "number"),
        ("CACHE_SECONDS", "-1", "greater than 0"),
        ("CAPILLARY_CALLS_PER_MINUTE", "29", "greater than or equal to 30"),
        ("CACHE_SECONDS", "soon", "number"),
        ("DEFAULT_REGION", "ZZ", "region"),
        ("DEFAULT_REGION", "India", "region"),
        ("CURRENCY", "RUPEE", "currency"),
        ("CURRENCY", "XQX", "currency"),
        ("DATABASE_URL", "mysql://user:password@host/db", "postgresql"),
        ("DATABASE_URL", "postgresql+asyncpg://host/db", "postgresql"),
        ("DATABASE_URL", "sqlite:///", "file"),
        ("DATABASE_URL", "sqlite:///:memory:", "lost at each restart"),
        ("DATABASE_URL", "sqlite:///desk.db?mode=ro", "without options"),
        ("DATABASE_URL", "postgresql://user:p@ss:word@host/db", "%40"),
        ("DATABASE_URL", "postgresql://user:100%@host/db", "%25"),
        ("DATABASE_URL", "postgresql://host:54x2/db", "port"),
        ("DATABASE_URL", "postgresql://host:99999/db", "65535"),
        ("DATABASE_URL", "postgresql://host/db?colour=red", "colour"),
        ("DATABASE_URL", "postgresql://host/db?connect_timeout=soon", "connect_timeout"),
        ("DATABASE_POOL", "0", "greater than or equal to 1"),
        ("DATABASE_POOL", "many", "number"),
        ("PORT", "65536", "65535"),
        ("PORT", "-1", "0"),
        ("PORT", "3000.5", "number"),
        ("LOG_LEVEL", "LOUD", "DEBUG"),
        ("LOG_FORMAT", "xml", "console"),
        ("SLACK_BOT_TOKEN", "xoxb-", "go on after xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-…", "in one piece"),
        ("SLACK_BOT_TOKEN", "xoxb-1 2", "in one piece"),
        ("SLACK_APP_TOKEN", "xapp-1–2", "in one piece"),
        ("SLACK_SIGNING_SECRET", "0123 4567", "in one piece"),
        ("SLACK_SIGNING_SECRET", "“0123", "in one piece"),
        ("SLACK_API_URL", "https://slack.com:0/", "address"),
        ("SLACK_API_URL", "https://sla ck.com", "address"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com?", "query"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com#", "query"),
        ("CAPILLARY_URL", "https://:secret@eu.api.capillarytech.com", "login"),
        ("CAPILLARY_URL", "https://@eu.api.capillarytech.com", "login"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com:", "address"),
        ("CAPILLARY_URL", "https://eu.api.\ncapillarytech.com", "address"),
        ("CAPILLARY_URL", "https://\u200beu.api.capillarytech.com", "address"),
        ("CAPILLARY_URL", "https://еu.api.capillarytech.com", "capillarytech.com"),
        ("CAPILLARY_URL", "https://a..capillarytech.com", "capillarytech.com"),
        ("CAPILLARY_URL", "https://-.capillarytech.com", "capillarytech.com"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com.", "capillarytech.com"),
        ("CAPILLARY_TIMEOUT_SECONDS", "301", "less than or equal to 300"),
        ("CAPILLARY_TIMEOUT_SECONDS", "10s", "number"),
        ("RECONCILE_WINDOW_SECONDS", "1e308", "less than or equal to 86400"),
        ("RECONCILE_AFTER_SECONDS", "1e308", "less than or equal to 86400"),
        ("CACHE_SECONDS", "1e308", "less than or equal to 86400"),
        ("CAPILLARY_CALLS_PER_MINUTE", "9" * 40, "less than or equal to 1000000"),
        ("CAPILLARY_CALLS_PER_MINUTE", "600/min", "number"),
        ("RETAIN_DAYS", "400d", "number"),
        ("HOST", "0.0.0.0:3000", "without scheme and port"),
        ("HOST", "http://desk", "without scheme and port"),
        ("HOST", "[::]", "without scheme and port"),
        ("HOST", "a b", "without scheme and port"),
        ("METRICS_PORT", "9090/tcp", "host:port"),
        ("METRICS_PORT", "9" * 5000, "host:port"),
        ("METRICS_PORT", "٩٠٩٠", "host:port"),
        ("METRICS_PORT", "::1:9090", "without scheme and port"),
        ("METRICS_PORT", "a b:9090", "without scheme and port"),
        ("METRICS_PORT", "localhost:", "host:port"),
        ("POLICY_FILE", "nowhere.toml", "nowhere.toml does not exist"),
        ("POLICY_FILE", "/", "cannot be read"),
    ],
)
def test_a_wrong_value_is_told_by_variable_with_an_example(name: str, value: str, word: str) -> None:
    told = faults(but(**{name: value}))

    assert told.keys() == {name}
    assert word in told[name]
    assert f"; example: {name}=" in told[name]


@table(
    ("name", "value"),
    [
        ("SLACK_APP_TOKEN", "xapp-1"),
        ("SLACK_API_URL", "http://127.0.0.1:9000/slack/api"),
        ("CAPILLARY_URL", "http://localhost:9000"),
        ("CAPILLARY_URL", "http://[::1]:9000"),
        ("CAPILLARY_URL", "https://EU.api.capillarytech.com/"),
        ("CAPILLARY_TIMEOUT_SECONDS", "2.5"),
        ("DEFAULT_REGION", "gb"),
        ("CURRENCY", "usd"),
        ("DATABASE_URL", "sqlite:////data/desk.db"),
        ("DATABASE_URL", "postgresql:///desk?host=/run"),
        ("DATABASE_URL", "postgresql://one:5432,two:5433/desk?target_session_attrs=read-write"),
        ("DATABASE_URL", "postgresql://user:p%40ss@[::1]:5432/desk?options=-c%20work_mem%3D8MB"),
        ("DATABASE_URL", "postgres://user:password@host:5432/desk"),
        ("PORT", "0"),
        ("HOST", "::"),
        ("HOST", "desk-1.internal"),
        ("METRICS_PORT", "[::1]:9090"),
        ("METRICS_PORT", "localhost:9090"),
        ("CAPILLARY_URL", "HTTPS://EU.API.CAPILLARYTECH.COM"),
        ("CAPILLARY_URL", "https://eu.api.capillarytech.com:8443"),
        ("LOG_LEVEL", "debug"),
        ("LOG_FORMAT", "JSON"),
    ],
)
def test_a_right_value_is_taken(name: str, value: str) -> None:
    assert getattr(load(but(**{name: value}), None), name.lower()) is not None


@table(
    ("name", "value"),
    [
        ("SLACK_SIGNING_SECRET", '"0123"'),
        ("SLACK_BOT_TOKEN", "'xoxb-1'"),
        ("CAPILLARY_CLIENT_SECRET", "“made-up”"),
        ("HOST", '"0.0.0.0"'),
        ("RETAIN_DAYS", '"30"'),
        ("DATABASE_URL", '"sqlite:///desk.db"'),
        ("CAPILLARY_URL", '"https://eu.api.capillarytech.com"'),
        ("POLICY", "'lookup.everyone = true'"),
        ("HTTPS_PROXY", '"http://proxy.example.com:3128"'),
    ],
)
def test_quotes_that_an_env_file_kept_are_told_as_such_and_as_nothing_else(name: str, value: str) -> None:
    told = faults(but(**{name: value}))

    assert told.keys() == {name}
    assert told[name].startswith("has quotes around it")


def test_a_quote_inside_a_value_belongs_to_it() -> None:
    settings = load(but(SLACK_SIGNING_SECRET='"a"b"', POLICY='"lookup".groups = ["S0AGENTS"]'), None)

    assert settings.slack_signing_secret
    assert settings.slack_signing_secret.get_secret_value() == '"a"b"'
    assert settings.policy.lookup_groups == frozenset({"S0AGENTS"})


def test_where_slack_reaches_the_desk_may_be_written_with_the_path() -> None:
    written = but(PUBLIC_URL="https://desk.example.com/slack/events/")

    assert load(written, None).public_url == "https://desk.example.com"


def test_metrics_may_be_on_an_address_of_ipv6() -> None:
    assert load(but(METRICS_PORT="[::1]:9090"), None).metrics_at == ("::1", 9090)


@table(
    ("written", "told"),
    [
        ("RETAIN_DAY=5", "line 1: RETAIN_DAY is no setting; is it RETAIN_DAYS that is meant?"),
        (
            "\n# ours\nCAPILLARY_TIMEOUT=5",
            "line 3: CAPILLARY_TIMEOUT is no setting; is it CAPILLARY_TIMEOUT_SECONDS",
        ),
        ("retain_days=5", "line 1: retain_days is no setting; is it RETAIN_DAYS that is meant?"),
        ("RETAIN_DAYS\u200b=5", "line 1: 'RETAIN_DAYS\\u200b' is no setting"),
        (
            "RETAIN_DAYS=5\n\nRETAIN_DAYS=6",
            "line 3: RETAIN_DAYS is set in line 1, too; leave one of them out",
        ),
        ("HOST=desk\nRETAIN_DAYS: 5", "line 2: cannot be read; write NAME=value, with both quotes or none"),
        ("RETAIN_DAYS 5", "line 1: cannot be read"),
        ('RETAIN_DAYS="5', "line 1: cannot be read"),
        ("set RETAIN_DAYS=5", "line 1: cannot be read"),
        ("=5", "line 1: cannot be read"),
    ],
)
def test_a_line_of_the_file_that_sets_nothing_is_told(bare: Path, written: str, told: str) -> None:
    """What is not in force looks as if it were."""
    (bare / ".env").write_text(written + "\n", encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load(LEAST, Path(".env"))

    (fault,) = caught.value.faults
    assert fault.startswith(f".env, {told}")


@table(
    "written",
    [
        "RETAIN_DAYS=5\nRETAIN_DAYS=5",
        "\ufeffRETAIN_DAYS=5\r\n",
        "  export RETAIN_DAYS = 5   # days",
        "RETAIN_DAYS=5\nPOSTGRES_PASSWORD=x\nSLACK=1\nCAPILLARY=1\nDEBUG=1\nCAPILLARY_TENANT=7",
        "RETAIN_DAYS='5'\nCURRENCY=\nCURRENCY",
    ],
)
def test_what_others_read_and_what_changes_nothing_may_stand_in_the_file(bare: Path, written: str) -> None:
    (bare / ".env").write_text(written, encoding="utf-8")

    assert load(LEAST, Path(".env")).retain_days == 5


def test_a_folder_in_place_of_the_file_is_told(bare: Path) -> None:
    """Docker makes one where a file that it is to mount is not there."""
    (bare / ".env").mkdir()

    assert "cannot be read (IsADirectoryError)" in faults(LEAST, Path(".env"))[".env"]


def test_addresses_are_put_into_one_spelling() -> None:
    settings = load(but(CAPILLARY_URL="http://127.0.0.1:9/", SLACK_API_URL="http://127.0.0.1:9/api"), None)

    assert (settings.capillary_url, settings.slack_api_url) == (
        "http://127.0.0.1:9",
        "http://127.0.0.1:9/api/",
    )


def test_every_fault_is_told_at_once(bare: Path) -> None:
    (bare / "p.toml").write_text('[lookup]\ngroups = ["@a"]\n[lookups]\n', encoding="utf-8")
    with pytest.raises(SettingsFault) as caught:
        load(
            but("SLACK_SIGNING_SECRET", PORT="x", CURRENCY="?", POLICY_FILE="p.toml", DYNO="web.1", **BASIC),
            None,
        )

    told = [fault.partition(":")[0] for fault in caught.value.faults]
    assert sorted(told) == [
        "CAPILLARY_TILL",
        "CURRENCY",
        "DATABASE_URL",
        "POLICY_FILE",
        "POLICY_FILE",
        "PORT",
        "SLACK_SIGNING_SECRET",
    ]
    assert str(caught.value).splitlines() == list(caught.value.faults)


def test_socket_mode_needs_no_signing_secret() -> None:
    assert load(but("SLACK_SIGNING_SECRET", SLACK_APP_TOKEN="xapp-1"), None).slack_signing_secret is None


def test_basic_may_stand_instead_of_oauth() -> None:
    settings = load(but("CAPILLARY_CLIENT_KEY", "CAPILLARY_CLIENT_SECRET", **BASIC), None)

    assert (settings.capillary_till, settings.capillary_client_key) == ("till", None)


@table(
    ("environ", "name"),
    [
        (but(**BASIC), "CAPILLARY_TILL"),
        (but("CAPILLARY_CLIENT_KEY"), "CAPILLARY_CLIENT_KEY"),
        (but("CAPILLARY_CLIENT_SECRET"), "CAPILLARY_CLIENT_SECRET"),
        (
            {**but("CAPILLARY_CLIENT_KEY", "CAPILLARY_CLIENT_SECRET"), "CAPILLARY_TILL": "t"},
            "CAPILLARY_TILL_PASSWORD",
        ),
        (
            but("CAPILLARY_CLIENT_KEY", "CAPILLARY_CLIENT_SECRET", CAPILLARY_ATTRIBUTION_TILL="t", **BASIC),
            "CAPILLARY_ATTRIBUTION_TILL",
        ),
    ],
)
def test_the_engine_is_spoken_to_by_exactly_one_whole_pair(environ: dict[str, str], name: str) -> None:
    assert faults(environ).keys() == {name}


def test_an_installation_s_variables_are_refused_because_bolt_would_drop_the_token() -> None:
    assert faults(but(SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="x")).keys() == {"SLACK_CLIENT_ID"}
    assert load(but(SLACK_CLIENT_ID="1.2"), None)


@table(
    "address",
    [
        "postgresql://user:hunter2@ss:word@host/db",
        "postgresql://user:100%hunter2@host/db",
        "postgresql://user:hunter2@host:54x2/db",
    ],
)
def test_no_part_of_a_password_is_told(address: str) -> None:
    assert "hunter2" not in faults(but(DATABASE_URL=address))["DATABASE_URL"]


@table("environ", [but(DYNO="web.1"), but(DYNO="web.1", DATABASE_URL="sqlite:///desk.db")])
def test_a_dyno_refuses_a_ledger_on_its_disk(environ: dict[str, str]) -> None:
    assert "disk is lost" in faults(environ)["DATABASE_URL"]


def test_a_dyno_takes_postgresql() -> None:
    assert load(but(DYNO="web.1", DATABASE_URL="postgres://host/desk"), None)


@table(
    ("url", "zone"),
    [
        ("https://eu.api.capillarytech.com", "UTC"),
        ("https://apac.api.capillarytech.com", "Asia/Kolkata"),
        ("https://apac2.api.capillarytech.com", "Asia/Kolkata"),
        ("http://127.0.0.1:9000", "UTC"),
    ],
)
def test_the_zone_follows_from_the_cluster(url: str, zone: str) -> None:
    assert load(but(CAPILLARY_URL=url), None).capillary_timezone == ZoneInfo(zone)
    assert (
        load(but(CAPILLARY_URL=url, CAPILLARY_TIMEZONE="Asia/Dubai"), None).capillary_timezone.key
        == "Asia/Dubai"
    )


@table("host", ["us.api.capillarytech.com", "cn.api.capillarytech.cn.com"])
def test_other_clusters_need_their_zone(host: str) -> None:
    url = f"https://{host}"

    assert faults(but(CAPILLARY_URL=url)).keys() == {"CAPILLARY_TIMEZONE"}
    assert load(but(CAPILLARY_URL=url, CAPILLARY_TIMEZONE="America/Chicago"), None)


def test_no_secret_is_ever_shown() -> None:
    wrong = {name: f"hunter2-{name}" for name in VARIABLES}
    with pytest.raises(SettingsFault) as caught:
        load({**wrong, "POLICY_FILE": "policy.toml"}, None)
    right = load(but(DATABASE_URL="postgresql://user:hunter2@host/db"), None)

    assert (
        "hunter2"
        not in f"{caught.value}{caught.value!r}{caught.value.__cause__!r}{caught.value.__context__!r}"
    )
    assert not re.search("hunter2|made-up", f"{right}{right!r}")
    with pytest.raises(ValidationError) as direct:
        Settings.model_validate({"slack_bot_token": "hunter2"})
    assert "hunter2" not in str(direct.value)


def test_the_file_is_read_and_the_process_wins(bare: Path) -> None:
    env_file = bare / "some.env"
    env_file.write_text(
        "\n".join([f"{k}='{v}'" for k, v in LEAST.items()] + ["PORT=1", "HOST=file", "CURRENCY="])
    )
    settings = load({"PORT": "2", "HOST": " "}, env_file)

    assert (settings.port, settings.host, settings.currency) == (2, "file", "INR")


def test_a_dollar_in_a_secret_is_a_dollar(bare: Path) -> None:
    (bare / ".env").write_text("SLACK_SIGNING_SECRET='a${HOME}b'\n")

    settings = load(but("SLACK_SIGNING_SECRET"))
    assert settings.slack_signing_secret
    assert settings.slack_signing_secret.get_secret_value() == "a${HOME}b"


def test_a_file_that_is_no_text_is_a_fault(bare: Path) -> None:
    (bare / ".env").write_bytes(b"PORT=\xff\xfe")

    assert "UnicodeDecodeError" in faults(LEAST, Path(".env"))[".env"]


def test_without_a_mapping_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in LEAST.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)  # noqa: TID251 - that it stays as it is, is the claim

    assert load().capillary_client_key == "key"
    assert dict(os.environ) == before  # noqa: TID251


@pytest.mark.parametrize(("terminal", "expected"), [(True, "console"), (False, "json")])
def test_the_log_s_format_follows_the_terminal(
    terminal: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)

    assert load(LEAST, None).log_format == expected


def test_the_default_policy_file_is_read_when_there_is_one(bare: Path) -> None:
    (bare / "policy.toml").write_text('[lookup]\ngroups = ["S0AGENTS"]\n')

    assert load(LEAST, None).policy.lookup_groups == frozenset({"S0AGENTS"})


def test_the_policy_may_be_a_variable_itself() -> None:
    settings = load({**LEAST, "POLICY": '[lookup]\ngroups = ["S0AGENTS"]'}, None)

    assert settings.policy.lookup_groups == frozenset({"S0AGENTS"})
    assert settings.policy_text == '[lookup]\ngroups = ["S0AGENTS"]'


def test_a_fault_of_the_variable_names_its_line() -> None:
    assert faults({**LEAST, "POLICY": "[lookup]\ngroups = []\ngrops = []"})["POLICY"].startswith("line 3: ")


def test_a_policy_in_a_file_and_in_a_variable_is_a_fault() -> None:
    both = {**LEAST, "POLICY": "[lookup]\ngroups = []", "POLICY_FILE": str(ROOT / "policy.example.toml")}

    assert "beside POLICY" in faults(both)["POLICY_FILE"]


def test_a_desk_without_a_policy_says_so(bare: Path) -> None:
    with capture_logs() as lines:
        warn_without_policy(load(LEAST, None))
        warn_without_policy(load({**LEAST, "POLICY": "lookup.everyone = true"}, None))

    assert [(line["event"], line["log_level"]) for line in lines] == [("no_policy", "warning")]


def test_without_a_policy_nobody_may_do_anything(bare: Path) -> None:
    policy = load(LEAST, None).policy

    assert policy.lookup_groups == frozenset()
    assert not policy.redeem.groups


@table("seconds", ["299", "0.5"])
def test_a_window_that_is_too_short_to_prove_an_absence_is_a_fault(seconds: str) -> None:
    assert "300 or more" in faults({**LEAST, "RECONCILE_WINDOW_SECONDS": seconds})["RECONCILE_WINDOW_SECONDS"]


def test_an_engine_on_this_machine_may_have_a_short_window() -> None:
    settings = load({**LEAST, "CAPILLARY_URL": "http://127.0.0.1:9", "RECONCILE_WINDOW_SECONDS": "0.5"}, None)

    assert settings.reconcile_window_seconds == 0.5


def test_a_fault_of_the_policy_names_file_and_line(bare: Path) -> None:
    (bare / "policy.toml").write_text("[lookup]\ngroups = []\ngrops = []\n")

    assert faults(LEAST)["POLICY_FILE"].startswith("policy.toml, line 3: ")


def test_the_examples_of_the_files_load(bare: Path) -> None:
    settings = load({"POLICY_FILE": str(ROOT / "policy.example.toml")}, ROOT / ".env.example")

    assert settings.policy.lookup_groups == frozenset({"S0AGENTS"})


def test_the_example_file_has_every_variable_with_a_comment_and_only_what_is_required_in_force() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    found = re.findall(r"^# .+\n(# )?([A-Z_]+)=(.+)$", text, flags=re.MULTILINE)

    assert [name for _, name, _ in found] == [*VARIABLES, *OF_LIBRARIES]
    assert {name for comment, name, _ in found if not comment} == LEAST.keys()


@table("name", VARIABLES)
def test_the_example_of_every_variable_is_a_right_value(name: str) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    (value,) = re.findall(rf"^(?:# )?{name}=(.+)$", text, flags=re.MULTILINE)
    Path("policy.toml").write_text("lookup.everyone = true\n", encoding="utf-8")
    pair = name.startswith("CAPILLARY_TILL")
    base = but("CAPILLARY_CLIENT_KEY", "CAPILLARY_CLIENT_SECRET", **BASIC) if pair else LEAST

    assert load({**base, name: value}, None)


# What libraries read


@table(
    "wrong",
    ["proxy.example.com:3128", "https://proxy.example.com:3128", "http://proxy.example.com", "http://p:x"],
)
def test_a_proxy_that_cannot_be_used_is_told(wrong: str) -> None:
    told = faults(but(HTTPS_PROXY=wrong))

    assert told.keys() == {"HTTPS_PROXY"}
    assert "must be an address of a proxy" in told["HTTPS_PROXY"]


def test_certificates_that_are_not_there_are_told(bare: Path) -> None:
    (bare / "empty.pem").write_text("nothing", encoding="utf-8")

    assert "does not exist" in faults(but(SSL_CERT_FILE="nowhere.pem"))["SSL_CERT_FILE"]
    assert "holds no certificates" in faults(but(SSL_CERT_FILE="empty.pem"))["SSL_CERT_FILE"]


def test_libraries_are_given_what_the_file_says_of_them_and_nothing_else(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, other = "http://proxy.example.com:3128", "http://other.example.com:3128"
    (bare / ".env").write_text(f"HTTPS_PROXY={proxy}\nHTTP_PROXY={proxy}\nCURRENCY=EUR\n", encoding="utf-8")
    monkeypatch.setenv("HTTP_PROXY", other)
    # Set first: what the environment held before is put back at the end, whatever `hand_on` sets.
    monkeypatch.setenv("HTTPS_PROXY", other)
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("NO_PROXY", "")
    hand_on()

    environ = dict(os.environ)  # noqa: TID251 - looked at, not configured by
    assert (environ["HTTPS_PROXY"], environ["HTTP_PROXY"]) == (proxy, other)
    assert "CURRENCY" not in environ
