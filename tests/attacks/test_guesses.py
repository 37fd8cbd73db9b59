"""Guessed tokens are slowed, by address, and nobody else is."""

import itertools
import time

import pytest
from extent import IS_LONG, by_extent
from tokens import TOKEN, WRONG, kpis, login, session_of
from wire import ask

GUESSES = 10
ADDRESSES = by_extent(3000, 100_000)


def test_guesses_are_slowed(token_page, case):
    """Whoever has a session goes on; naming another address in a header helps nobody."""
    with case.attack(token_page):
        cookie = ("Cookie", session_of(login(token_page)))
        first = [login(token_page, WRONG).status for _ in range(GUESSES)]
        answers = [login(token_page, WRONG, [("X-Forwarded-For", f"10.0.0.{n}")]) for n in range(3)]
        answers += [ask(token_page.address, f"/?token={WRONG}")]
        answers += [ask(token_page.address, "/api/kpis", headers=[("Authorization", f"Bearer {WRONG}")])]
        inside = kpis(token_page, cookie)
    case.outcome = f"{first[0]} {GUESSES} times, then {[answer.status for answer in answers]}; the session {inside}"
    assert set(first) <= {401, 403}
    assert {answer.status for answer in answers} == {429}
    assert all(answer.header("Retry-After").isdigit() for answer in answers)
    assert inside == 200
    if IS_LONG:
        time.sleep(int(answers[-1].header("Retry-After")) + 1)
        assert login(token_page).status == 303, "the right token is refused after the wait"


def test_guesses_of_one_address_do_not_slow_another(token_page, shared_token_page, case):
    with case.attack(token_page):
        slowed = [login(token_page, WRONG).status for _ in range(GUESSES + 1)][-1]
        other = login(shared_token_page.seen_from("127.9.0.9")).status
    case.outcome = f"{slowed}; from another address {other}"
    assert (slowed, other) == (429, 303)


def test_asking_without_a_token_is_no_guess(token_page, case):
    with case.attack(token_page):
        statuses = {kpis(token_page) for _ in range(3 * GUESSES)}
        entered = login(token_page).status
    case.outcome = f"{statuses}, then login {entered}"
    assert (statuses, entered) == ({401}, 303)


@pytest.fixture
def page_behind_a_proxy(start_page):
    """The clients of these tests are the proxy, at 127.0.0.1."""
    return start_page("--trust-proxy", "127.0.0.1", env={"RCML_DASHBOARD_TOKEN": TOKEN})


def guess(page, *forwarded):
    return login(page, WRONG, [("X-Forwarded-For", value) for value in forwarded]).status


def test_guesses_behind_a_proxy_count_by_viewer(page_behind_a_proxy, case):
    page = page_behind_a_proxy
    with case.attack(page):
        slowed = [guess(page, "203.0.113.1") for _ in range(GUESSES + 1)][-1]
        other = login(page, TOKEN, [("X-Forwarded-For", "203.0.113.2")]).status
    case.outcome = f"{slowed}; another viewer {other}"
    assert (slowed, other) == (429, 303)


CHAINS = {
    "invented hops before": lambda number: [f"198.51.100.{number}, 203.0.113.1"],
    "invented line before": lambda number: [f"198.51.100.{number}", "203.0.113.1"],
    "invented loopback": lambda number: [f"127.0.0.1, 198.51.100.{number}, 203.0.113.1"],
    "letters": lambda number: [f"x{number}, 203.0.113.1"],
    "port": lambda number: [f"203.0.113.1:{4000 + number}"],
    "mapped to IPv6": lambda number: ["203.0.113.1" if number % 2 else "::ffff:203.0.113.1"],
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_an_invented_address_does_not_help(page_behind_a_proxy, chain, case):
    """The proxy appends the address it saw; what stands before it is the viewer's invention."""
    with case.attack(page_behind_a_proxy):
        statuses = [guess(page_behind_a_proxy, *chain(number)) for number in range(2 * GUESSES)]
    case.outcome = f"{statuses.index(429) if 429 in statuses else 'no'} guesses before 429"
    assert set(statuses[GUESSES:]) == {429}


def test_guesses_from_one_ipv6_network(page_behind_a_proxy, case):
    """Whoever has one IPv6 address has 2 to the 64th of them."""
    with case.attack(page_behind_a_proxy):
        statuses = [guess(page_behind_a_proxy, f"2001:db8:1:2::{number:x}") for number in range(2 * GUESSES)]
    case.outcome = f"{statuses.index(429) if 429 in statuses else 'no'} guesses before 429"
    assert set(statuses[GUESSES:]) == {429}


def test_guesses_from_many_addresses_are_not_kept(page_behind_a_proxy, case):
    with case.attack(page_behind_a_proxy):
        addresses = itertools.islice(itertools.product(range(256), repeat=3), ADDRESSES)
        statuses = {guess(page_behind_a_proxy, f"20.{a}.{b}.{c}") for a, b, c in addresses}
    case.outcome = f"{ADDRESSES} addresses: {statuses}"
    assert statuses <= {401, 429}


def test_many_sessions_are_not_kept(token_page, case):
    """Somebody with the token who never signs out."""
    with case.attack(token_page):
        cookies = [session_of(login(token_page)) for _ in range(by_extent(1000, 20_000))]
        last = kpis(token_page, ("Cookie", cookies[-1]))
    case.outcome = f"{len(cookies)} sessions; the last one {last}"
    assert last == 200
