from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from syncsvc.domain.errors import SettingsError
from syncsvc.domain.records import Client, Field, Level
from syncsvc.domain.values import Kind
from syncsvc.settings import Settings, conventions, is_loopback, load_settings, variable
from syncsvc.shipped import shipped

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g"
TOKEN = "0123456789abcdef-._~+/=="
SECRET = "pa$$ w0rd-•-{x}"
SYSTEMS = {
    "SYNCSVC_C2__URL": "https://tenant.p03.c2atom.com/c2atom/",
    "SYNCSVC_C2__USERNAME": "svc",
    "SYNCSVC_C2__PASSWORD": SECRET,
    "SYNCSVC_HECTOR__URL": "https://tenant.hectorassetmanager.com",
    "SYNCSVC_HECTOR__TOKEN": SECRET,
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.upper().startswith("SYNCSVC_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def _load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings(secrets_dir=tmp_path / "no-secrets")


def _fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **variables: str) -> SettingsError:
    with pytest.raises(SettingsError) as error:
        _load(monkeypatch, tmp_path, **variables)
    assert SECRET not in repr(error.value) + str(error.value) + error.value.hint
    assert error.value.__cause__ is error.value.__context__ is None
    return error.value


# -- what is read, and from where ----------------------------------------------------------------------------------------


def test_without_any_variable_everything_has_its_default(tmp_path: Path) -> None:
    settings = load_settings(secrets_dir=tmp_path / "none")
    assert settings == Settings()
    assert (settings.c2.credentials_in, settings.c2.time_zone, settings.c2.locale) == ("body", "America/Toronto", "fr-CA")
    assert (settings.c2.page_size, settings.c2.max_concurrency, settings.c2.timeout) == (500, 8, 60)
    assert (settings.hector.page_size, settings.hector.max_concurrency, settings.hector.timeout) == (500, 8, 60)
    assert settings.database_url.get_secret_value() == "sqlite:///data/syncsvc.db"
    assert settings.rules == Path("config/sync.yaml")
    assert (settings.smtp.is_on, settings.smtp.security) == (False, "starttls")
    assert (settings.console.host, settings.console.port) == ("127.0.0.1", 8080)
    assert (settings.log.level, settings.log.format) == ("info", "auto")
    assert (settings.retry.attempts, settings.retry.max_wait) == (6, 60)
    assert settings.c2.endpoints.given() == settings.hector.endpoints.given() == {}


def test_every_variable_reaches_its_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = _load(
        monkeypatch,
        tmp_path,
        **SYSTEMS,
        SYNCSVC_C2__CREDENTIALS_IN="query",
        SYNCSVC_C2__TIME_ZONE="Europe/Paris",
        SYNCSVC_C2__LOCALE="en_CA",
        SYNCSVC_C2__PAGE_SIZE="100",
        SYNCSVC_C2__MAX_CONCURRENCY="2",
        SYNCSVC_C2__TIMEOUT="12.5",
        SYNCSVC_C2__ENDPOINTS__RETRIEVE_CIS="API/X/Retrieve",
        SYNCSVC_HECTOR__PAGE_SIZE="200",
        SYNCSVC_HECTOR__ENDPOINTS__ASSETS="api/v2/assets",
        SYNCSVC_DATABASE_URL="postgresql+psycopg://user:password@host/db",
        SYNCSVC_RULES="/etc/sync.yaml",
        SYNCSVC_SMTP__HOST="smtp.example.org",
        SYNCSVC_SMTP__PORT="465",
        SYNCSVC_SMTP__SECURITY="TLS",
        SYNCSVC_SMTP__FROM="sync@example.org",
        SYNCSVC_CONSOLE__HOST="0.0.0.0",
        SYNCSVC_CONSOLE__USERNAME="admin",
        SYNCSVC_CONSOLE__PASSWORD_HASH=HASH,
        SYNCSVC_CONSOLE__API_TOKEN=TOKEN,
        SYNCSVC_LOG__LEVEL="DEBUG",
        SYNCSVC_LOG__FORMAT="json",
        SYNCSVC_RETRY__ATTEMPTS="3",
        SYNCSVC_RETRY__MAX_WAIT="5",
        SYNCSVC_ALLOW_HTTP="true",
    )
    assert settings.c2.url == "https://tenant.p03.c2atom.com/c2atom"
    assert settings.c2.password.get_secret_value() == settings.hector.token.get_secret_value() == SECRET
    assert (settings.c2.credentials_in, settings.c2.time_zone, settings.c2.locale) == ("query", "Europe/Paris", "en-CA")
    assert (settings.c2.page_size, settings.c2.max_concurrency, settings.c2.timeout) == (100, 2, 12.5)
    assert settings.c2.endpoints.given() == {"retrieve_cis": "API/X/Retrieve"}
    assert settings.hector.endpoints.given() == {"assets": "api/v2/assets"}
    assert (settings.rules, settings.allow_http) == (Path("/etc/sync.yaml"), True)
    assert (settings.smtp.is_on, settings.smtp.port, settings.smtp.security) == (True, 465, "tls")
    assert settings.smtp.sender == "sync@example.org"
    assert settings.console.may_be_served
    assert (settings.log.level, settings.retry.attempts, settings.retry.max_wait) == ("debug", 3, 5)
    assert {SECRET, "password", HASH, TOKEN} == set(settings.secrets())


def test_the_environment_wins_over_the_file_and_the_file_over_the_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "syncsvc_c2__username").write_text("of the secret\n")
    (secrets / "SYNCSVC_C2__PASSWORD").write_text(f"{SECRET}\n")
    (secrets / "syncsvc_hector__token").write_text("of the secret")
    (secrets / "other_secret").write_text("x")
    (tmp_path / ".env").write_text("SYNCSVC_C2__USERNAME=of the file\nSYNCSVC_C2__PAGE_SIZE=20\nSYNCSVC_C2__TIMEOUT=\nOTHER=1\n")
    monkeypatch.setenv("SYNCSVC_C2__PAGE_SIZE", "30")
    settings = load_settings(secrets_dir=secrets)
    assert (settings.c2.username, settings.c2.page_size, settings.c2.timeout) == ("of the file", 30, 60)
    assert settings.c2.password.get_secret_value() == SECRET
    assert settings.hector.token.get_secret_value() == "of the secret"


def test_another_file_can_be_named_or_none_at_all(tmp_path: Path) -> None:
    (tmp_path / "my.env").write_text("SYNCSVC_LOG__LEVEL=error\n")
    (tmp_path / ".env").write_text("SYNCSVC_LOG__LEVEL=debug\n")
    assert load_settings(tmp_path / "my.env", secrets_dir=tmp_path / "none").log.level == "error"
    assert load_settings(None, secrets_dir=tmp_path / "none").log.level == "info"


def test_settings_made_from_arguments_do_not_look_at_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in SYSTEMS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text("SYNCSVC_LOG__LEVEL=error\n")
    settings = Settings(c2={"url": "http://127.0.0.1:1/c2atom", "username": "a", "password": "b"})  # type: ignore[arg-type] - pydantic reads it
    assert (settings.c2.username, settings.hector.url, settings.log.level) == ("a", "", "info")
    with pytest.raises(ValidationError):
        Settings(databse_url="x")  # type: ignore[call-arg] - the misspelling is the point


def test_the_example_file_names_every_variable_and_is_accepted(tmp_path: Path) -> None:
    lines = shipped("config/.env.example").read_text(encoding="utf-8").splitlines()
    switched_on = [line.removeprefix("#") for line in lines if line.removeprefix("#").startswith("SYNCSVC_")]
    (tmp_path / "all.env").write_text("\n".join(switched_on), encoding="utf-8")
    settings = load_settings(tmp_path / "all.env", secrets_dir=tmp_path / "none")
    assert settings.smtp.is_on
    named = {line.split("=")[0] for line in switched_on}
    for group, model in (
        ("c2", settings.c2),
        ("hector", settings.hector),
        ("smtp", settings.smtp),
        ("console", settings.console),
    ):
        for name, info in type(model).model_fields.items():
            assert name in {"endpoints", "names"} or variable(group, info.alias or name) in named
    text = "\n".join(lines)
    assert all(name.upper() in text for model in (settings.c2, settings.hector) for name in type(model.endpoints).model_fields)


def test_a_heartbeat_s_address_is_a_secret_and_so_is_what_follows_its_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = "https://monitor.example.org/ping/0b1c2d3e-4f50?token=abcdefghijkl"
    settings = _load(monkeypatch, tmp_path, SYNCSVC_HEARTBEAT_URL=url, SYNCSVC_RETENTION__LOGS="0", SYNCSVC_SILENT_AFTER="50.5")
    assert settings.heartbeat_url.get_secret_value() == url
    assert (settings.retention.logs, settings.retention.changes, settings.silent_after) == (0, 365, 50.5)
    assert {url, "ping/0b1c2d3e-4f50", "token=abcdefghijkl"} <= set(settings.secrets())
    assert "0b1c" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgresql://u:hunter2@h/d", {"hunter2"}),
        ("postgresql://u:a/hunter2#b?c@h/d", {"a/hunter2#b?c"}),
        ("postgresql://u:[hunter2@h/d", {"[hunter2"}),
        ("postgresql://u:hunter%402@h/d", {"hunter@2", "hunter%402"}),
        ("postgresql://u@h/d?password=hunter%2F2&sslpassword=other", {"hunter/2", "hunter%2F2", "other"}),
        ("postgresql://h/d?password=hunter@2", {"hunter@2"}),
        ("postgresql://h:5432/d?host=/run/postgresql", set()),
        ("sqlite:///data/syncsvc.db", set()),
    ],
)
def test_a_database_s_passwords_are_secrets_wherever_its_url_has_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, secrets: set[str]
) -> None:
    assert set(_load(monkeypatch, tmp_path, SYNCSVC_DATABASE_URL=url).secrets()) == secrets


@pytest.mark.parametrize(
    "url", ["monitor.example.org", "ftp://host/ping", "https:///ping", "https://host/a b", "https://[::1", "http://h:x/"]
)
def test_an_unusable_heartbeat_is_refused_without_being_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    error = _fault(monkeypatch, tmp_path, SYNCSVC_HEARTBEAT_URL=url)
    assert "SYNCSVC_HEARTBEAT_URL must be an absolute URL" in str(error)
    assert url not in str(error)


# -- faults --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SYNCSVC_C2__URL", "tenant.c2atom.com", "must be an absolute URL; write it like https://"),
        ("SYNCSVC_C2__URL", "ftp://tenant", "must be an absolute URL"),
        ("SYNCSVC_C2__URL", "https://", "must be an absolute URL"),
        ("SYNCSVC_C2__URL", "https://a b", "must be an absolute URL"),
        ("SYNCSVC_C2__URL", "https://host:port", "is no URL"),
        ("SYNCSVC_C2__URL", "https://[::1", "is no URL"),
        ("SYNCSVC_C2__URL", "https://svc:hunter2@tenant", "must not hold a user name or password"),
        ("SYNCSVC_C2__URL", "https://hunter2@tenant", "must not hold a user name or password"),
        ("SYNCSVC_C2__URL", "https://tenant/?password=hunter2", "must not hold a “?”"),
        ("SYNCSVC_C2__URL", "http://tenant.c2atom.com", "must begin with https://"),
        ("SYNCSVC_HECTOR__URL", "http://127.0.0.1.example.org", "must begin with https://"),
        ("SYNCSVC_C2__CREDENTIALS_IN", "header", "must be 'body' or 'query'"),
        ("SYNCSVC_C2__TIME_ZONE", "America/Montrea", "is no time zone; did you mean America/Montreal?"),
        ("SYNCSVC_C2__TIME_ZONE", "../../etc", "is no time zone; write it like America/Toronto"),
        ("SYNCSVC_C2__LOCALE", "xx-YY", "is no locale that is known; write it like fr-CA"),
        ("SYNCSVC_C2__LOCALE", "fr/CA", "is no locale"),
        ("SYNCSVC_C2__PAGE_SIZE", "many", "must be a whole number"),
        ("SYNCSVC_C2__PAGE_SIZE", "2.5", "must be a whole number"),
        ("SYNCSVC_C2__PAGE_SIZE", "5", "must be at least 10"),
        ("SYNCSVC_C2__TIMEOUT", "0", "must be more than 0"),
        ("SYNCSVC_C2__TIMEOUT", "nan", "must be"),
        ("SYNCSVC_C2__TIMEOUT", "x", "must be a number"),
        ("SYNCSVC_C2__MAX_CONCURRENCY", "65", "must be at most 64"),
        ("SYNCSVC_C2__ENDPOINTS__RETRIEVE_CIS", "https://elsewhere/x", "must be a path below"),
        ("SYNCSVC_C2__ENDPOINTS__RETRIEVE_CIS", "//elsewhere/x", "must be a path below"),
        ("SYNCSVC_HECTOR__ENDPOINTS__USERS", "/", "must be a path below"),
        ("SYNCSVC_HECTOR__ENDPOINTS__ASSETS", "api/v1/assets?tenant=5", "without ? and #"),
        ("SYNCSVC_C2__ENDPOINTS__SAVE_CI", "API/CI/Save#x", "without ? and #"),
        ("SYNCSVC_SMTP__PORT", "70000", "must be at most 65535"),
        ("SYNCSVC_SMTP__SECURITY", "ssl", "must be 'starttls', 'tls' or 'none'"),
        ("SYNCSVC_LOG__LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("SYNCSVC_RETRY__ATTEMPTS", "0", "must be at least 1"),
        ("SYNCSVC_DATABASE_URL", "sqlite://", "must name a file"),
        ("SYNCSVC_DATABASE_URL", "sqlite:///", "must name a file"),
        ("SYNCSVC_DATABASE_URL", " sqlite+pysqlite:///:memory:?x=hunter2", "must name a file"),
        ("SYNCSVC_DATABASE_URL", "hunter2", "is not a database URL; write sqlite:///"),
        ("SYNCSVC_DATABASE_URL", "mysql://u:hunter2@h/d", "names a database that syncsvc does not work with"),
        ("SYNCSVC_DATABASE_URL", "postgresql://u:hunter2@h", "names no database on its server"),
        ("SYNCSVC_DATABASE_URL", "sqlite://hunter2.db", "has too few slashes; write sqlite:///"),
        ("SYNCSVC_DATABASE_URL", "postgresql+psycopg://u:a@hunter2/b@127.0.0.1:1/d", "holds more than one “@”"),
        ("SYNCSVC_DATABASE_URL", "postgresql://u:a@hunter2/b@h/d?x=1", "write @ as %40"),
        ("SYNCSVC_DATABASE_URL", "postgresql://u:a@b/hunter2?b@h/d", "holds a “?” that no options follow; in a name"),
        ("SYNCSVC_DATABASE_URL", "postgresql://u:a@b/hunter2?b=c@h/d", "holds a “?” that no options follow"),
        ("SYNCSVC_CONSOLE__PASSWORD_HASH", "hunter2", "must be an argon2 hash"),
        ("SYNCSVC_CONSOLE__PASSWORD_HASH", "$argon2id$hunter2", "must be an argon2 hash"),
        ("SYNCSVC_CONSOLE__PASSWORD_HASH", f"{HASH}\nhunter2", "must be an argon2 hash"),
        ("SYNCSVC_CONSOLE__API_TOKEN", "hunter2", "must be at least 20 letters"),
        ("SYNCSVC_CONSOLE__API_TOKEN", "hunter2 and some other words", "openssl rand -hex 24"),
        ("SYNCSVC_ALLOW_HTTP", "perhaps", "must be true or false"),
    ],
)
def test_a_fault_names_the_variable_and_what_to_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, says: str
) -> None:
    error = _fault(monkeypatch, tmp_path, **{name: value})
    assert str(error).startswith(f"{name} ")
    assert says in str(error)
    assert len(str(error).splitlines()) == 1
    assert "?." not in str(error)
    assert "hunter2" not in str(error) + repr(error)
    assert ".env.example" in error.hint


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SYNCSVC_C2__PASSWROD", "did you mean SYNCSVC_C2__PASSWORD?"),
        ("SYNCSVC_C2_URL", "did you mean SYNCSVC_C2__URL?"),
        ("SYNCSVC_HECTOR__ENDPOINTS__ASSET", "did you mean SYNCSVC_HECTOR__ENDPOINTS__ASSETS?"),
        ("SYNCSVC_SMTP__SENDER", "did you mean SYNCSVC_SMTP__"),
        ("SYNCSVC_C2", "SYNCSVC_C2 is no setting"),
        ("syncsvc_databaseurl", "SYNCSVC_DATABASEURL is no setting; did you mean SYNCSVC_DATABASE_URL?"),
        ("SYNCSVC_C2__NAMES__NAM", "did you mean SYNCSVC_C2__NAMES__NAME?"),
        ("SYNCSVC_QQQQQQQQQQQQ", "remove it"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, meant: str
) -> None:
    error = _fault(monkeypatch, tmp_path, **{name: SECRET})
    assert meant in str(error)
    assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("where", [".env", "secrets"])
def test_an_unknown_variable_is_refused_wherever_it_stands(tmp_path: Path, where: str) -> None:
    (tmp_path / "secrets").mkdir()
    if where == ".env":
        (tmp_path / ".env").write_text(f"SYNCSVC_C2__PASSWROD={SECRET}\n", encoding="utf-8")
    else:
        (tmp_path / "secrets" / "syncsvc_c2__passwrod").write_text(SECRET, encoding="utf-8")
    with pytest.raises(SettingsError, match="did you mean SYNCSVC_C2__PASSWORD") as error:
        load_settings(secrets_dir=tmp_path / "secrets")
    assert SECRET not in str(error.value)


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = {"SYNCSVC_C2__URL": "x", "SYNCSVC_C2__PAGE_SIZE": "x", "SYNCSVC_C2__PASSWROD": SECRET, "SYNCSVC_LOG__LEVEL": "x"}
    error = _fault(monkeypatch, tmp_path, **wrong)
    assert {line.split()[0] for line in str(error).splitlines()} == set(wrong)


def test_both_addresses_and_the_mail_s_sender_are_checked_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = {"SYNCSVC_C2__URL": "http://a.example", "SYNCSVC_HECTOR__URL": "http://b.example", "SYNCSVC_SMTP__HOST": "smtp"}
    lines = str(_fault(monkeypatch, tmp_path, **wrong)).splitlines()
    assert [line.split()[0] for line in lines] == ["SYNCSVC_C2__URL", "SYNCSVC_HECTOR__URL", "SYNCSVC_SMTP__FROM"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]", "c2.localhost"])
def test_plain_http_is_for_loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str) -> None:
    assert _load(monkeypatch, tmp_path, SYNCSVC_C2__URL=f"http://{host}:8080/c2").c2.url == f"http://{host}:8080/c2"


def test_plain_http_elsewhere_has_to_be_allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = {"SYNCSVC_C2__URL": "http://10.0.0.1", "SYNCSVC_ALLOW_HTTP": "true"}
    assert _load(monkeypatch, tmp_path, **variables).c2.url == "http://10.0.0.1"


@pytest.mark.parametrize("name", [".env", "no-secrets/syncsvc_c2__username"])
def test_a_file_that_is_not_utf8_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "no-secrets").mkdir()
    (tmp_path / name).write_bytes(b"SYNCSVC_C2__USERNAME=\xe9\n")
    with pytest.raises(SettingsError, match=f"{name} is not UTF-8"):
        load_settings(secrets_dir=tmp_path / "no-secrets")


def test_a_value_in_the_file_is_what_is_written_there(tmp_path: Path) -> None:
    lines = ["SYNCSVC_C2__USERNAME=a${HOME}b$HOME", "SYNCSVC_C2__PASSWORD='pa${x}$$ #w'", 'SYNCSVC_HECTOR__TOKEN="${HOME:-x}"']
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    settings = load_settings(secrets_dir=tmp_path / "none")
    assert settings.c2.username == "a${HOME}b$HOME"
    assert settings.c2.password.get_secret_value() == "pa${x}$$ #w"
    assert settings.hector.token.get_secret_value() == "${HOME:-x}"


def test_a_line_that_cannot_be_read_is_refused_with_its_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = [
        "# first",
        "",
        "SYNCSVC_LOG__LEVEL=debug",
        "SYNCSVC_C2__PASSWORD hunter2",
        "",
        "hunter2",
        "SYNCSVC_HECTOR__TOKEN='hunter2",
    ]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_settings(secrets_dir=tmp_path / "none")
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == [
        ".env, line 4, cannot be read",
        ".env, line 6, has no value",
        ".env, line 7, cannot be read",
    ]
    assert "hunter2" not in str(error.value)
    assert error.value.__context__ is None
    assert caplog.text == ""


def test_a_directory_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match=r"\.env is a directory; a file of lines NAME=value is expected\."):
        load_settings(secrets_dir=tmp_path / "none")


def test_a_byte_order_mark_belongs_to_no_value(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "syncsvc_c2__password").write_text(f"{SECRET}\n", encoding="utf-8-sig")
    (tmp_path / ".env").write_text("SYNCSVC_C2__USERNAME=svc\n", encoding="utf-8-sig")
    settings = load_settings(secrets_dir=tmp_path / "secrets")
    assert (settings.c2.username, settings.c2.password.get_secret_value()) == ("svc", SECRET)


def test_what_is_missing_to_speak_with_the_systems_is_named_in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        Settings().require_systems()
    assert [line.split()[0] for line in str(error.value).splitlines()] == list(SYSTEMS)
    complete = _load(monkeypatch, tmp_path, **SYSTEMS)
    complete.require_systems()
    for name, value in SYSTEMS.items():
        monkeypatch.setenv(name, "")
        with pytest.raises(SettingsError, match=f"^{name} is missing.$"):
            load_settings(secrets_dir=tmp_path / "none").require_systems()
        monkeypatch.setenv(name, value)


def test_secrets_show_in_no_form_of_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = {
        "SYNCSVC_SMTP__PASSWORD": SECRET,
        "SYNCSVC_CONSOLE__USERNAME": "admin",
        "SYNCSVC_CONSOLE__PASSWORD_HASH": HASH,
        "SYNCSVC_DATABASE_URL": "postgresql+psycopg://u:hunter2@h/db",
    }
    settings = _load(monkeypatch, tmp_path, **SYSTEMS, **held)
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert SECRET not in shown
        assert "w0rd" not in shown
        assert "argon2" not in shown
        assert "hunter2" not in shown


def test_settings_made_from_arguments_show_no_secret_when_they_are_refused() -> None:
    with pytest.raises(ValidationError) as error:
        Settings(c2={"password": SECRET, "page_size": "x"}, hector={"url": f"https://u:{SECRET}@h"})  # type: ignore[arg-type] - as above
    assert "w0rd" not in str(error.value)


@pytest.mark.parametrize(
    ("host", "hashed", "served"),
    [("127.0.0.1", "", True), ("::1", "", True), ("0.0.0.0", "", False), ("0.0.0.0", HASH, True)],
)
def test_without_a_password_the_console_is_for_this_machine(host: str, hashed: str, served: bool) -> None:  # noqa: FBT001 - parametrised
    settings = Settings(console={"host": host, "username": "admin", "password_hash": hashed})  # type: ignore[arg-type] - pydantic reads it
    assert settings.console.may_be_served is served


def test_a_password_without_a_name_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = _fault(monkeypatch, tmp_path, SYNCSVC_CONSOLE__PASSWORD_HASH=HASH)
    assert str(error).startswith("SYNCSVC_CONSOLE__USERNAME is missing")


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1:8080/", "http://[::1]:8080", "HTTP://LocalHost"])
def test_without_a_password_the_console_s_address_is_this_machine_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    assert _load(monkeypatch, tmp_path, SYNCSVC_CONSOLE__URL=url).console.url == url.rstrip("/").replace("HTTP:", "http:")
    error = _fault(monkeypatch, tmp_path, SYNCSVC_CONSOLE__URL="https://sync.example.org")
    assert str(error).startswith("SYNCSVC_CONSOLE__PASSWORD_HASH is missing: SYNCSVC_CONSOLE__URL names an address")


def test_the_console_s_address_has_no_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = _fault(monkeypatch, tmp_path, SYNCSVC_CONSOLE__URL="http://localhost:8080/syncsvc")
    assert str(error).startswith("SYNCSVC_CONSOLE__URL must not hold a path")


@pytest.mark.parametrize("scheme", ["HTTP", "Http"])
def test_plain_http_is_plain_http_in_any_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str) -> None:
    assert "must begin with https://" in str(_fault(monkeypatch, tmp_path, SYNCSVC_C2__URL=f"{scheme}://tenant.example.com"))


def test_loopback_is_told_from_look_alikes() -> None:
    assert all(is_loopback(host) for host in ("localhost", "LocalHost", "127.0.0.1", "::1"))
    assert not any(is_loopback(host) for host in ("", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "0.0.0.0"))


# -- the tenant's ways ---------------------------------------------------------------------------------------------------


def _tenant(locale: str, **more: str) -> Settings:
    return Settings(c2={"locale": locale, **more})  # type: ignore[arg-type] - pydantic reads it


@pytest.mark.parametrize(
    ("locale", "number", "day"),
    [
        ("fr-CA", "1 234,56 $", date(2018, 7, 4)),
        ("en-CA", "1,234.56", date(2018, 4, 7)),
        ("en-US", "1,234.56", date(2018, 4, 7)),
        ("en-GB", "1,234.56", date(2018, 7, 4)),
        ("fr-FR", "1\u202f234,56 €", date(2018, 7, 4)),
        ("de-DE", "1.234,56", date(2018, 7, 4)),
        ("de-CH", "1\u2019234.56", date(2018, 7, 4)),
    ],
)
def test_conventions_come_from_the_tenant_s_locale(locale: str, number: str, day: date) -> None:
    tenant = conventions(_tenant(locale), "fr")
    text = Field("a", "A", Kind.TEXT, Level.ASSET)
    assert tenant.convert(number, text, Field("b", "B", Kind.NUMBER, Level.CI)) == Decimal("1234.56")
    assert tenant.convert("04/07/2018", text, Field("b", "B", Kind.DATE, Level.CI)) == day


def test_conventions_carry_zone_language_and_clients() -> None:
    tenant = conventions(_tenant("fr-CA", time_zone="America/Halifax"), "en", [Client("1", "Marie", "marie@x")])
    assert str(tenant.time_zone) == "America/Halifax"
    assert tenant.language == "en"
    assert tenant.clients.by_id("1") is not None
