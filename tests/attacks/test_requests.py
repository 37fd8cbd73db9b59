"""What is asked of a single request: method, target, host, length of the head."""

import pytest
from wire import CLOSE_SECONDS, ask, exchange, request

HEAD_BYTES_MAX = 16 * 1024
METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "GETX", "M" * 200]
TARGETS = {
    "absolute form": "http://localhost/healthz",
    "absolute form of another host": "http://evil.test/healthz",
    "absolute form, https": "https://localhost/healthz",
    "asterisk": "*",
    "authority form": "localhost:80",
    "no leading slash": "healthz",
    "query alone": "?a=b",
    "file": "file:///etc/passwd",
    "backslash": "\\healthz",
    "letter beyond ASCII": "/health\xe9",
    "control byte": "/health\x01z",
}
PATHS = {
    "dot-dot": "/../../etc/passwd",
    "dot-dot, encoded": "/%2e%2e/%2e%2e/.env",
    "dot-dot, encoded slash": "/..%2f..%2f.env",
    "dot-dot, backslash": "/..%5c.env",
    "own secret": "/.env",
    "two slashes": "//evil.test/healthz",
    "NUL, encoded": "/index.html%00.js",
    "half an escape": "/%",
    "fragment": "/healthz#a",
    "not hexadecimal": "/%zz",
    "long": "/" + "a" * 12_000,
    "dots in the API": "/api/../.env",
}
PARAMETERS = {
    "not UTF-8": "device=%ff",
    "half a letter": "campaign=%c3",
    "surrogate": "q=%ed%a0%80",
    "NUL": "device=%00",
    "NUL and not UTF-8": "device=%00%ff",
    "no such date": "from=2025-06-10&to=2025-99-99",
    "SQL": "device='%20or%201=1--",
    "unknown": "evil=1",
    "empty range": "range=",
}
HOSTS = ["evil.test", "evil.test:80", "localhost:80@evil.com", "localhost@evil.test", "user:password@localhost"]
HOSTS += ["[::1]evil", "[::1]:80evil", "[::1].evil.test", "[::1", "::1", "[localhost]", "[::1%lo]", "[]", "[::1]]"]
HOSTS += ["localhost:abc", "localhost:80x", "localhost:-1", "localhost:+80", "localhost:99999", "localhost:80:80"]
HOSTS += ["127.0.0.1.evil.test", "127.0.0.1evil", "127.0.0.256", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"]
HOSTS += ["127.0.0.1.", "localhost.", "localhost..", ".localhost", "localhost.evil.test", "evil.localhost"]
HOSTS += ["local host", "localhost evil.test", "localhost,evil.test", "localhost/evil", "localhost#a", "localhost?a"]
HOSTS += ["localhost\\evil", "localhost;a", "%6cocalhost", "localhost%00", "http://localhost", "", "*", "l\xf3calhost"]
HOSTS_ALLOWED = ["localhost", "LocalHost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"]
HOSTS_ALLOWED += ["10.1.2.3", "192.168.0.1:9464", "[fe80::1]", "[::ffff:127.0.0.1]", "  localhost  "]
HOSTS_OF_PAGE = ["page.example", "PAGE.example", "page.example:443"]


@pytest.mark.parametrize("method", METHODS, ids=[method[:10] for method in METHODS])
def test_method_is_not_taken(listener, method, case):
    with case.attack(listener):
        found = exchange(listener.address, request(method=method), quiet_seconds=CLOSE_SECONDS)
    case.outcome = found.said()
    answers, rest = found.answers()
    assert (len(answers), rest) == (1, b"")
    assert answers[0].status == 405, f"{answers[0].status}"
    assert {"GET", "HEAD"} <= {word.strip() for word in answers[0].header("Allow").split(",")}
    assert found.is_closed, "the connection was left open"


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_target_is_refused(listener, target, case):
    with case.attack(listener):
        found = exchange(listener.address, request(target))
    case.outcome = found.said()
    answers, rest = found.answers()
    assert (len(answers), rest) == (1, b"")
    assert answers[0].status == 400, f"{answers[0].status}"


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_path_leads_nowhere(listener, path, case):
    with case.attack(listener):
        found = exchange(listener.address, request(path))
    case.outcome = found.said()
    answers, rest = found.answers()
    assert (len(answers), rest) == (1, b"")
    assert answers[0].status in (400, 404, 414), f"{answers[0].status}"
    assert listener.canary not in found.raw


@pytest.mark.parametrize("parameters", PARAMETERS.values(), ids=PARAMETERS)
def test_parameter_is_the_viewers(page, parameters, case):
    """Whatever is wrong with it, it is no fault of the server."""
    with case.attack(page):
        answers = [ask(page.address, f"/api/{panel}?{parameters}") for panel in ("kpis", "events")]
    case.outcome = ", ".join(str(answer.status) for answer in answers)
    assert {answer.status for answer in answers} <= {200, 400}


@pytest.mark.parametrize("host", HOSTS)
def test_host_is_refused(listener, host, case):
    """On each route, /healthz included."""
    with case.attack(listener):
        answers = [ask(listener.address, target, host=host) for target in ("/healthz", "/metrics", "/api/kpis")]
    case.outcome = ", ".join(str(answer.status) for answer in answers)
    assert {answer.status for answer in answers} <= {400, 421}


@pytest.mark.parametrize("host", HOSTS_ALLOWED)
def test_host_is_allowed(listener, host, case):
    with case.attack(listener):
        answer = ask(listener.address, host=host, target="/healthz")
    case.outcome = str(answer.status)
    assert answer.status == 200


@pytest.mark.parametrize("host", HOSTS_OF_PAGE)
def test_named_host_is_allowed(page, host, case):
    with case.attack(page):
        answer = ask(page.address, "/api/kpis", host=host)
    case.outcome = str(answer.status)
    assert answer.status == 200


def fetched(page, target, site, mode):
    return ask(page.address, target, headers=[("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode)]).status


def test_another_sites_page_asks_nothing(page, case):
    """A link on it is followed all the same."""
    with case.attack(page):
        background = {fetched(page, "/api/kpis", "cross-site", mode) for mode in ("cors", "no-cors", "websocket")}
        link = fetched(page, "/", "cross-site", "navigate")
        own = {fetched(page, "/api/kpis", "same-origin", "cors"), fetched(page, "/api/kpis", "none", "navigate")}
    case.outcome = f"{background}, a link {link}, the page itself {own}"
    assert (background, link, own) == ({403}, 200, {200})


def test_hosts_beyond_loopback(start_page, case):
    """--allow-remote does not switch the check off."""
    page = start_page("--allow-remote", "--allow-host", "page.example", listen="0.0.0.0:0")
    with case.attack(page):
        refused = [ask(page.address, host=host).status for host in ("evil.test", "127.0.0.1.evil.test", "localhost:a")]
        allowed = [ask(page.address, host=host).status for host in ("page.example", "127.0.0.1", "10.0.0.1:80")]
    case.outcome = f"refused {refused}, allowed {allowed}"
    assert set(refused) <= {400, 421}
    assert set(allowed) == {200}


def head_of(size, headers=1):
    """A correct request whose head has exactly `size` bytes."""
    plain = len(request(headers=[(f"X-{index}", "") for index in range(headers)]))
    share, rest = divmod(size - plain, headers)
    values = [(f"X-{index}", "a" * (share + (rest if index == 0 else 0))) for index in range(headers)]
    made = request(headers=values)
    assert len(made) == size
    return made


@pytest.mark.parametrize("size", [1000, HEAD_BYTES_MAX - 100, HEAD_BYTES_MAX])
def test_head_is_taken(listener, size, case):
    with case.attack(listener):
        found = exchange(listener.address, head_of(size))
    case.outcome = found.said()
    answers, rest = found.answers()
    assert ([answer.status for answer in answers], rest) == ([200], b"")


@pytest.mark.parametrize("headers", [1, 100], ids=["one header", "100 headers"])
@pytest.mark.parametrize("size", [HEAD_BYTES_MAX + 1, HEAD_BYTES_MAX + 1000, 4 * HEAD_BYTES_MAX, 1 << 20])
def test_head_is_too_long(listener, size, headers, case):
    with case.attack(listener):
        found = exchange(listener.address, head_of(size, headers), quiet_seconds=CLOSE_SECONDS)
    case.outcome = found.said()
    answers, rest = found.answers()
    assert ([answer.status for answer in answers], rest) == ([431], b"")
    assert found.is_closed, "the connection was left open"
