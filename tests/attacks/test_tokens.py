"""Who may see the page: the token, the session a token opens, and how guesses are slowed."""

import re
import secrets
from pathlib import Path

import pytest
from tokens import FORM, TOKEN, WRONG, attributes_of, kpis, login, post, session_of
from wire import CLOSE_SECONDS, ask, connect, converse, exchange, request


def asked_by_file(start_page, folder, *flags):
    file = folder / f"token-{secrets.token_hex(4)}"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    return start_page("--token-file", file, *flags)


def asked_by_environment(start_page, folder, *flags):
    return start_page(*flags, env={"RCML_DASHBOARD_TOKEN": TOKEN})


@pytest.fixture(params=[asked_by_file, asked_by_environment], ids=["file", "environment"])
def any_page(request, start_page, folder):
    return request.param(start_page, folder)


def test_the_token_is_asked_for(any_page, case):
    with case.attack(any_page):
        statuses = [ask(any_page.address, target).status for target in ("/api/kpis", "/api/events", "/app.js")]
    case.outcome = f"{statuses}, /healthz {ask(any_page.address, '/healthz').status}"
    assert set(statuses) == {401}
    assert ask(any_page.address, "/healthz").status == 200


def test_the_token_is_not_on_the_command_line(any_page, case):
    words = Path(f"/proc/{any_page.pid}/cmdline").read_bytes()
    case.outcome = f"{len(words)} bytes without the token"
    assert TOKEN.encode() not in words
    assert TOKEN not in any_page.said()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_scheme_in_any_letter_case(token_page, scheme, case):
    with case.attack(token_page):
        case.outcome = str(kpis(token_page, ("Authorization", f"{scheme} {TOKEN}")))
    assert case.outcome == "200"


WRONG_HEADERS = {
    "guess": f"Bearer {WRONG}",
    "beginning of the token": f"Bearer {TOKEN[:-1]}",
    "token and more": f"Bearer {TOKEN}0",
    "token in capitals": f"Bearer {TOKEN.upper()}",
    "other scheme": f"Basic {TOKEN}",
    "no scheme": TOKEN,
    "empty": "Bearer ",
}


@pytest.mark.parametrize("value", WRONG_HEADERS.values(), ids=WRONG_HEADERS)
def test_wrong_authorization(token_page, value, case):
    with case.attack(token_page):
        case.outcome = str(kpis(token_page, ("Authorization", value)))
    assert case.outcome == "401"


COOKIES = {
    "as session": f"rcml_session={TOKEN}",
    "as the cookie of earlier versions": f"rcml_token={TOKEN}",
    "empty": "rcml_session=",
    "no value": "rcml_session",
    "guess": f"rcml_session={WRONG}",
}


@pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES)
def test_the_token_is_no_cookie(token_page, cookie, case):
    with case.attack(token_page):
        case.outcome = str(kpis(token_page, ("Cookie", cookie)))
    assert case.outcome == "401"


def test_the_link_opens_a_session(token_page, case):
    with case.attack(token_page):
        answer = ask(token_page.address, f"/?token={TOKEN}")
        session = session_of(answer)
        inside = kpis(token_page, ("Cookie", f"a=b; {session}; c=d"))
    case.outcome = f"{answer.status} to {answer.header('Location')}, then {inside}"
    assert (answer.status, answer.header("Location"), inside) == (303, "/", 200)
    attributes = attributes_of(answer)
    assert "httponly" in attributes and {"samesite=strict", "samesite=lax"} & attributes, f"{attributes}"
    assert "secure" not in attributes
    assert TOKEN not in answer.header("Set-Cookie")


LINKS = {
    "other parameters": "/?range=7d&token={}&device=mobile",
    "another site as parameter": "/?token={}&next=//evil.test/",
    "another site as path": "//evil.test/?token={}",
    "backslash": "/%5cevil.test/?token={}",
    "line break": "/?a=%0d%0aX:y&token={}",
    "name in escapes": "/?%74oken={}",
    "twice": "/?token={0}&token={0}",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_leads_into_the_page_without_the_token(token_page, link, case):
    with case.attack(token_page):
        answer = ask(token_page.address, link.format(TOKEN))
    location = answer.header("Location")
    case.outcome = f"{answer.status} {location.replace(TOKEN, 'TOKEN')}"
    assert TOKEN not in location, "the token stays in the address"
    assert not location or re.match(r"/(?![/\\])", location), "it leads elsewhere"


def test_each_session_has_its_own_cookie(token_page, case):
    with case.attack(token_page):
        sessions = {session_of(ask(token_page.address, f"/?token={TOKEN}")) for _ in range(20)}
    case.outcome = f"{len(sessions)} sessions, {min(map(len, sessions))} letters"
    assert len(sessions) == 20
    assert min(map(len, sessions)) >= len("rcml_session=") + 22, "fewer than 128 bits"


def test_login_and_logout(token_page, case):
    with case.attack(token_page):
        entered = login(token_page)
        cookie = ("Cookie", session_of(entered))
        inside = kpis(token_page, cookie)
        left = post(token_page, "/logout", "", [cookie])
        after = kpis(token_page, cookie)
    case.outcome = f"login {entered.status}, {inside}, logout {left.status}, then {after}"
    assert (entered.status, inside, after) == (303, 200, 401)
    assert left.status in (200, 204, 303)


def test_logout_ends_one_session_only(token_page, case):
    with case.attack(token_page):
        first, second = (("Cookie", session_of(login(token_page))) for _ in range(2))
        post(token_page, "/logout", "", [first])
        statuses = kpis(token_page, first), kpis(token_page, second)
    case.outcome = str(statuses)
    assert statuses == (401, 200)


LOGIN_BODIES = {
    "guess": f"token={WRONG}",
    "empty token": "token=",
    "empty": "",
    "other name": f"x={TOKEN}",
    "half an escape": "%",
    "not hexadecimal": "token=%zz",
    "separators": "&&&=",
}


@pytest.mark.parametrize("body", LOGIN_BODIES.values(), ids=LOGIN_BODIES)
def test_login_is_refused(token_page, body, case):
    with case.attack(token_page):
        answer = post(token_page, "/login", body)
    case.outcome = str(answer.status)
    assert 400 <= answer.status < 500
    assert not answer.all("Set-Cookie")


def test_secure_cookie(start_page, folder, case):
    page = asked_by_environment(start_page, folder, "--secure-cookie")
    with case.attack(page):
        found = attributes_of(ask(page.address, f"/?token={TOKEN}")), attributes_of(login(page))
    case.outcome = str(sorted(found[0]))
    assert all("secure" in attributes for attributes in found)


def test_a_proxy_is_believed_when_it_is_trusted(start_page, folder, case):
    https = ("X-Forwarded-Proto", "https")
    trusting = asked_by_environment(start_page, folder, "--trust-proxy", "127.0.0.1")
    other = asked_by_environment(start_page, folder, "--trust-proxy", "127.0.0.9")
    with case.attack(trusting, other):
        answers = [login(trusting, headers=[https]), login(trusting), login(other, headers=[https])]
    is_secure = ["secure" in attributes_of(answer) for answer in answers]
    case.outcome = f"Secure: {is_secure}"
    assert is_secure == [True, False, False]


def test_a_generated_token(start_page, case):
    """Nobody named one, and the page is open to the network: it is printed once, with its link."""
    page = start_page(listen="0.0.0.0:0")
    links = re.findall(r"http://\S+/\?token=([^\s&]+)", page.said())
    with case.attack(page):
        entered = ask(page.address, f"/?token={links[0] if links else ''}").status
        outside = ask(page.address, "/api/kpis").status
    case.outcome = f"{len(links)} links; with it {entered}, without 401"
    assert (len(links), entered, outside) == (1, 303, 401)
    assert page.said().count(links[0]) == 1 and len(links[0]) >= 22


LOGINS = {
    "too long": (413, [FORM, ("Content-Length", 4097)], b"token=" + b"a" * 4091),
    "CL.CL, equal": (400, [FORM, ("Content-Length", 6), ("Content-Length", 6)], b"token="),
    "CL.CL, different": (400, [FORM, ("Content-Length", 6), ("Content-Length", 60)], b"token="),
    "CL, comma list": (400, [FORM, ("Content-Length", "6, 6")], b"token="),
    "CL, plus sign": (400, [FORM, ("Content-Length", "+6")], b"token="),
    "chunked": (400, [FORM, ("Transfer-Encoding", "chunked")], b"6\r\ntoken=\r\n0\r\n\r\n"),
    "CL.TE": (400, [FORM, ("Content-Length", 6), ("Transfer-Encoding", "chunked")], b"0\r\n\r\n"),
}


@pytest.mark.parametrize("status, headers, body", LOGINS.values(), ids=LOGINS)
def test_login_body_of_wrong_form(token_page, status, headers, body, case):
    """Another 4xx than the usual one would do as well: what counts is one answer and the end."""
    hidden = request("/healthz")
    with case.attack(token_page):
        found = exchange(
            token_page.address, request("/login", "POST", headers=headers) + body + hidden, quiet_seconds=CLOSE_SECONDS
        )
    case.outcome = f"{found.said()}, {status} is usual"
    answers, rest = found.answers()
    assert (len(answers), rest) == (1, b"")
    assert 400 <= answers[0].status < 500
    assert found.is_closed, "the connection was left open"


def test_what_follows_a_login_is_a_request(token_page, case):
    """The body ends where it says: the bytes behind it are the next request, those inside it are none."""
    hidden = request("/healthz")
    body = b"token=" + TOKEN.encode() + b"&x=" + hidden
    headers = [FORM, ("Content-Length", len(body))]
    payload = request("/login", "POST", headers=headers) + body + request("/nothing")
    with case.attack(token_page), connect(token_page.address) as connection:
        found = converse(connection, payload)
    case.outcome = found.said()
    answers, rest = found.answers()
    assert not rest
    assert [answer.status for answer in answers] in ([303, 401], [303])
    assert found.is_closed or len(answers) == 2
