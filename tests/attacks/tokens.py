"""How a viewer signs in and out, for the tests."""

import secrets

from wire import ask

TOKEN = "attacks-" + secrets.token_hex(16)
WRONG = "a-guess-" + "0" * 32
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def login(page, token=TOKEN, headers=()):
    return post(page, "/login", f"token={token}", headers)


def post(page, target, body, headers=()):
    parts = [FORM, ("Content-Length", len(body)), ("Connection", "close"), *headers]
    return ask(page.address, target, "POST", headers=parts, body=body.encode())


def session_of(answer):
    """The cookie as a browser sends it back."""
    cookies = [cookie for cookie in answer.all("Set-Cookie") if cookie.startswith("rcml_session=")]
    assert len(cookies) == 1, f"{answer.status}, cookies {answer.all('Set-Cookie')}"
    return cookies[0].partition(";")[0]


def attributes_of(answer):
    session_of(answer)
    return {word.strip().lower() for word in answer.header("Set-Cookie").split(";")[1:]}


def kpis(page, *headers):
    return ask(page.address, "/api/kpis", headers=list(headers)).status
