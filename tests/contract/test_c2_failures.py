"""The table *Failures to expect*, row by row, over real sockets: what it means, what is repeated, what may have been done."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from adapter_clients import CI, Naps, c2_at, category, quick, wire_ci
from scripted_server import (
    Reply,
    ScriptedServer,
    answer,
    c2_data,
    c2_refusal,
    cut,
    dripping_body,
    dripping_headers,
    page,
    raw,
    reset,
    silence,
)

from syncsvc.adapters.c2 import C2Client, C2Endpoints
from syncsvc.adapters.c2.definitions import SYSTEM_FIELDS
from syncsvc.domain.errors import (
    CredentialsError,
    MissingRightError,
    NetworkError,
    ProtocolError,
    RateLimitedError,
    RefusedError,
    RemoteError,
    ServerError,
)
from syncsvc.domain.records import ConfigurationItem, NewCI

Serve = Callable[..., ScriptedServer]

LOGIN = (
    "Invalid user name or password.",
    "Username not found",
    "Authentication failed",
    "Nom d'utilisateur invalide.",
    "Nom d\u2019utilisateur ou mot de passe invalide.",
    "Échec de l'authentification",
)
RIGHTS = (
    "You do not have the permission to edit this CI.",
    "You are not allowed to edit this CI.",
    "Accès refusé",
    "Vous n'avez pas les droits requis.",
    "Vous n'êtes pas autorisé à modifier « Prix ».",
    "Action non autorisée.",
    "Autorisation insuffisante.",
    "L'agent n'est pas habilité.",
    "Unauthorized",
)
PASSING: dict[str, tuple[Callable[[], Reply], type[RemoteError]]] = {
    "408": (lambda: answer({}, 408), NetworkError),
    "429": (lambda: answer({}, 429), RateLimitedError),
    "500": (lambda: answer({}, 500), ServerError),
    "502": (lambda: page(502), ServerError),
    "503": (lambda: answer({}, 503), ServerError),
    "504": (lambda: answer({}, 504), ServerError),
    "302": (lambda: answer({}, 302, Location="/Account/Login?ReturnUrl=x"), ProtocolError),
    "page": (page, ProtocolError),
    "cut": (cut, NetworkError),
    "half": (lambda: raw(200, b'{"Status": 0, "Data": ['), ProtocolError),
    "empty": (lambda: raw(200, b""), ProtocolError),
    "reset": (reset, NetworkError),
}


def write(c2: C2Client) -> ConfigurationItem:
    return c2.set_active(CI, active=False, fields=())


def create(c2: C2Client) -> ConfigurationItem:
    return c2.create_ci(NewCI(category().cmdb_id, category().id, None, "ci", {}), ())


def cmdb_list() -> Reply:
    return c2_data([])


def written() -> Reply:
    return c2_data(wire_ci(Id=CI))


# -- credentials and rights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", LOGIN)
def test_a_login_refused_on_a_read_stops_everything_after_one_request(serve: Serve, message: str) -> None:
    server = serve(c2_refusal(message))
    with c2_at(server) as c2:
        with pytest.raises(CredentialsError) as first:
            c2.cmdbs()
        with pytest.raises(CredentialsError) as second:
            write(c2)
    assert len(server.asked) == c2.requests == 1
    assert message in first.value.message == second.value.message
    assert "SYNCSVC_C2__USERNAME" in first.value.hint
    assert "SYNCSVC_C2__PASSWORD" in first.value.hint


def test_a_login_refused_on_the_first_call_counts_on_a_write_too(serve: Serve) -> None:
    with c2_at(serve(c2_refusal(LOGIN[0]))) as c2, pytest.raises(CredentialsError):
        write(c2)


def test_a_record_that_speaks_of_a_password_is_no_login_once_a_call_has_succeeded(serve: Serve) -> None:
    server = serve(cmdb_list(), c2_refusal("Le champ « Mot de passe » est requis."), cmdb_list(), c2_refusal(LOGIN[0]))
    with c2_at(server) as c2:
        c2.cmdbs()
        with pytest.raises(RefusedError, match="Mot de passe"):
            write(c2)
        c2.cmdbs()
        with pytest.raises(CredentialsError):
            c2.cmdbs()


def test_401_means_wrong_credentials_and_403_a_missing_right(serve: Serve) -> None:
    with c2_at(serve(cmdb_list(), answer({}, 403), answer({}, 401))) as c2:
        c2.cmdbs()
        with pytest.raises(MissingRightError) as right:
            write(c2)
        with pytest.raises(CredentialsError):
            write(c2)
        assert c2.requests == 3
    assert not right.value.may_have_been_done


def test_wrong_credentials_are_tried_once_even_by_several_threads(serve: Serve) -> None:
    server = serve(c2_refusal(LOGIN[0]))

    def refused(_number: int) -> bool:
        with pytest.raises(CredentialsError):
            c2.cmdbs()
        return True

    with c2_at(server) as c2, ThreadPoolExecutor(8) as pool:
        assert all(pool.map(refused, range(16)))
    assert len(server.asked) == 1


@pytest.mark.parametrize("message", RIGHTS)
def test_a_missing_right_is_said_and_reading_goes_on(serve: Serve, message: str) -> None:
    with c2_at(serve(c2_refusal(message), cmdb_list())) as c2:
        with pytest.raises(MissingRightError) as error:
            write(c2)
        assert c2.cmdbs() == []
    assert message in error.value.message
    assert not error.value.may_have_been_done


@pytest.mark.parametrize("status", [400, 403, 422, 500, 503])
def test_a_login_refused_under_an_http_error_is_tried_once_too(serve: Serve, status: int) -> None:
    server = serve(answer({"Status": 1, "Data": None, "Message": LOGIN[3]}, status))
    with c2_at(server) as c2:
        for _ in range(2):
            with pytest.raises(CredentialsError, match="utilisateur"):
                c2.cmdbs()
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [{"Message": "Trop long."}, {"Status": 7, "Message": "Trop long."}])
def test_what_c2_says_under_an_http_error_is_passed_on(serve: Serve, body: dict[str, object]) -> None:
    with c2_at(serve(cmdb_list(), answer({"Status": 1} | body, 400))) as c2:
        c2.cmdbs()
        with pytest.raises(RefusedError, match=r"HTTP 400: Trop long\."):
            write(c2)
    with c2_at(serve(cmdb_list(), answer({"Status": 1, "Message": "Le mot de passe est requis."}, 500))) as c2:
        c2.cmdbs()
        with pytest.raises(ServerError, match="requis") as error:
            write(c2)  # it is about the record
    assert error.value.may_have_been_done


ABOUT_THE_RECORD = (
    "La valeur « 12 » n'est pas autorisée pour ce champ.",
    "La valeur n'est pas autorisée.",
    "Value not allowed to be empty",
    "Le champ « Droits d'auteur » est requis.",
    "Droits d'auteur est requis.",
    "Le champ 'Permission' est requis.",
    'The field "Access denied until" is required.',
    "The field “Unauthorized” is required.",
    "Numéro de série déjà utilisé: réhabilitation",
)


@pytest.mark.parametrize("message", ABOUT_THE_RECORD)
def test_words_about_a_value_are_no_missing_right(serve: Serve, message: str) -> None:
    with c2_at(serve(cmdb_list(), c2_refusal(message))) as c2:
        c2.cmdbs()
        with pytest.raises(RefusedError) as error:
            write(c2)
    assert message in error.value.message


@pytest.mark.parametrize(
    "message", ["Aucun élément pour ces identifiants.", "La catégorie « Ordinateurs / Logon » est introuvable."]
)
def test_words_about_what_was_asked_for_are_no_refused_login(serve: Serve, message: str) -> None:
    with c2_at(serve(c2_refusal(message))) as c2, pytest.raises(RefusedError):
        c2.cmdbs()


@pytest.mark.parametrize("ask", [write, C2Client.cmdbs])
def test_any_other_refusal_has_the_servers_message_and_is_not_repeated(serve: Serve, ask: Callable[[C2Client], object]) -> None:
    server = serve(c2_refusal("La valeur\n est trop longue."))
    with c2_at(server) as c2, pytest.raises(RefusedError, match="La valeur est trop longue") as error:
        ask(c2)
    assert not error.value.may_have_been_done
    assert len(server.asked) == 1


# -- passing failures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", PASSING)
def test_a_read_is_tried_again_after_a_passing_failure(serve: Serve, what: str) -> None:
    reply, _ = PASSING[what]
    naps = Naps()
    server = serve(reply(), c2_data([{"Id": "A", "Name": "Inventaire"}]))
    with c2_at(server, naps) as c2:
        assert [cmdb.id for cmdb in c2.cmdbs()] == ["a"]
    assert (len(server.asked), len(naps)) == (2, 1)


@pytest.mark.parametrize("what", [what for what in PASSING if what != "500"])
def test_a_read_that_never_succeeds_ends_after_its_attempts(serve: Serve, what: str) -> None:
    reply, kind = PASSING[what]
    naps = Naps()
    server = serve(reply())
    with c2_at(server, naps, retry=quick(4)) as c2, pytest.raises(kind) as error:
        c2.cmdbs()
    assert (len(server.asked), naps) == (4, [1.0, 2.0, 4.0])
    assert not error.value.may_have_been_done
    assert "API/CIFolder/Retrieve" in error.value.message
    assert error.value.hint


@pytest.mark.parametrize("what", [what for what in PASSING if what != "429"])
def test_a_write_is_never_repeated_after_an_unclear_failure(serve: Serve, what: str) -> None:
    reply, kind = PASSING[what]
    server = serve(cmdb_list(), reply(), written())
    with c2_at(server) as c2:
        c2.cmdbs()
        with pytest.raises(kind) as error:
            write(c2)
    assert len(server.asked) == 2
    assert error.value.may_have_been_done


def test_a_creation_is_repeated_when_the_server_was_asked_too_often(serve: Serve) -> None:
    naps = Naps()
    server = serve(answer({}, 429, Retry_After="7"), c2_data({"Id": CI}))
    with c2_at(server, naps) as c2:
        assert create(c2).id == CI
    assert (len(server.asked), naps) == (2, [7.0])


def test_an_update_that_was_put_off_is_left_to_whoever_can_look_at_the_record_again(serve: Serve) -> None:
    naps = Naps()
    server = serve(answer({}, 429, Retry_After="7"), cmdb_list())
    with c2_at(server, naps, retry=quick(4)) as c2:
        with pytest.raises(RateLimitedError) as error:
            write(c2)
        assert (len(server.asked), naps, error.value.repeats) == (1, [], 3)
        c2.cmdbs()  # the look waits as the server asked
    assert naps == pytest.approx([7.0], abs=1)


@pytest.mark.parametrize("status", [400, 404, 405, 413, 422])
def test_a_write_refused_by_its_status_was_not_done_and_is_not_repeated(serve: Serve, status: int) -> None:
    server = serve(answer({}, status))
    with c2_at(server) as c2, pytest.raises(RemoteError) as error:
        write(c2)
    assert (len(server.asked), error.value.may_have_been_done) == (1, False)


@pytest.mark.parametrize(("ask", "requests"), [(create, 3), (write, 1)])
def test_a_connection_that_was_never_made_is_tried_again_for_a_creation_too(
    ask: Callable[[C2Client], object], requests: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    naps = Naps()
    with c2_at(f"http://127.0.0.1:{port}", naps, retry=quick(3)) as c2, pytest.raises(NetworkError) as error:
        ask(c2)
    assert (c2.requests, len(naps), error.value.may_have_been_done) == (requests, requests - 1, False)
    assert "SYNCSVC_C2__URL" in error.value.hint


def test_an_answer_that_does_not_come_in_time_is_a_network_error(serve: Serve) -> None:
    server = serve(silence(0.3))
    with c2_at(server, timeout=0.1, retry=quick(1)) as c2:
        with pytest.raises(NetworkError) as read_error:
            c2.cmdbs()
        with pytest.raises(NetworkError) as write_error:
            write(c2)
    assert not read_error.value.may_have_been_done
    assert write_error.value.may_have_been_done
    assert "SYNCSVC_C2__TIMEOUT" in write_error.value.hint


@pytest.mark.parametrize("drip", [dripping_body, dripping_headers])
def test_an_answer_that_only_drips_ends_after_its_total_time(serve: Serve, drip: Callable[[float], Reply]) -> None:
    with c2_at(serve(drip(1)), timeout=0.15, retry=quick(1)) as c2, pytest.raises(NetworkError) as error:
        write(c2)
    assert error.value.may_have_been_done


@pytest.mark.parametrize(
    ("header", "wait"),
    [("3", 3.0), ("600", 60.0), ("Sat, 21 Nov 2026 10:00:20 GMT", 20.0), ("Sat, 21 Nov 2026 09:00:00 GMT", 1.0), ("soon", 1.0)],
)
def test_the_wait_that_a_server_asks_for_is_kept_up_to_the_longest(serve: Serve, header: str, wait: float) -> None:
    naps = Naps()
    busy = answer({}, 503, Retry_After=header, Date="Sat, 21 Nov 2026 10:00:00 GMT")
    with c2_at(serve(busy, cmdb_list()), naps) as c2:
        c2.cmdbs()
    assert naps == [wait]


# -- answers that are none -----------------------------------------------------------------------------------------------


def test_a_web_page_is_named_by_its_type_and_first_words(serve: Serve) -> None:
    with c2_at(serve(page(text="Ouvrez une session &amp; entrez")), retry=quick(1)) as c2, pytest.raises(ProtocolError) as error:
        c2.cmdbs()
    assert "text/html" in error.value.message
    assert "Ouvrez une session & entrez" in error.value.message
    assert "SYNCSVC_C2__URL" in error.value.hint


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    server = serve(answer({}, 302, Location="/Account/Login"))
    with c2_at(server, retry=quick(1)) as c2, pytest.raises(ProtocolError):
        c2.cmdbs()
    assert [asked.path for asked in server.asked] == ["/API/CIFolder/Retrieve"]


def test_a_path_that_is_not_there_names_the_setting_that_holds_it(serve: Serve) -> None:
    server = serve(page(404))
    with c2_at(server, endpoints=C2Endpoints(retrieve_cis="/api/x")) as c2, pytest.raises(ProtocolError) as error:
        c2.cis(category(), ())
    assert "SYNCSVC_C2__ENDPOINTS__RETRIEVE_CIS" in error.value.hint
    assert [asked.path for asked in server.asked] == ["/api/x"]


def test_a_base_address_keeps_its_path_and_loses_its_slashes(serve: Serve) -> None:
    server = serve(cmdb_list())
    with c2_at(server.url + "/c2atom//") as c2:
        c2.cmdbs()
    assert server.asked[0].path == "/c2atom/API/CIFolder/Retrieve"


@pytest.mark.parametrize(
    "body", [b"[]", b'"x"', b'{"Data": []}', b'{"Status": "ok", "Data": []}', b'{"Status": 0, "Data": {}}', b"[" * 9999]
)
def test_json_that_is_no_envelope_breaks_the_contract_at_once(serve: Serve, body: bytes) -> None:
    server = serve(raw(200, body))
    with c2_at(server) as c2, pytest.raises(ProtocolError):
        c2.cmdbs()
    assert len(server.asked) == 1


def test_a_byte_order_mark_does_no_harm(serve: Serve) -> None:
    with c2_at(serve(raw(200, b'\xef\xbb\xbf{"Status": 0, "Data": []}'))) as c2:
        assert c2.cmdbs() == []


@pytest.mark.parametrize("data", [None, {}, {"CINumber": "1"}, []])
def test_an_answer_to_a_creation_without_an_id_leaves_open_whether_it_was_done(serve: Serve, data: object) -> None:
    server = serve(c2_data(data))
    with c2_at(server) as c2, pytest.raises(ProtocolError) as error:
        c2.create_ci(NewCI("a", "b", None, "x"), ())
    assert (len(server.asked), error.value.may_have_been_done) == (1, True)


def test_an_answer_about_another_ci_than_the_one_written_is_not_believed(serve: Serve) -> None:
    with c2_at(serve(c2_data(wire_ci(7)))) as c2, pytest.raises(ProtocolError) as error:
        write(c2)
    assert error.value.may_have_been_done


def test_a_refusal_of_the_second_half_of_a_name_says_that_the_first_was_written(serve: Serve) -> None:
    with c2_at(serve(written(), c2_refusal("non"))) as c2, pytest.raises(RefusedError) as error:
        c2.update_ci(CI, SYSTEM_FIELDS[0], "x", ())
    assert "Only one of the two names was written, not the FrenchName." in error.value.message
    assert not error.value.may_have_been_done
