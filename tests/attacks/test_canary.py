"""Random requests by the thousand: no answer holds the secret of the process's environment, each is as long as it says,
and the process lives."""

import random

from extent import SEED, by_extent
from wire import ask, exchange, read_answers, request

COUNT = by_extent(1000, 10_000)
PATIENCE = {"first_seconds": 0.05, "quiet_seconds": 0.01}
PATHS = ["/", "/index.html", "/app.js", "/style.css", "/echarts.min.js", "/icon.svg", "/healthz", "/metrics", "/.env"]
PATHS += ["/api/kpis", "/api/events", "/api/pages", "/api/meta", "/api/pipeline", "/api/live", "/api/lake", "/api/"]
PATHS += ["/api/nothing", "/nothing", "/login", "/logout", "/proc/self/environ", "/%2e%2e/.env", "//", "/a/../b"]
PARAMETERS = ["range=7d", "range=all", "from=2025-08-01&to=2025-08-02", "from=2025-99-99&to=x", "device=mobile"]
PARAMETERS += [
    "device=%00%ff",
    "campaign='%20or%201=1--",
    "q=%25%25",
    "q=<script>",
    "format=csv",
    "grain=hour",
    "a" * 99,
]
PARAMETERS += ["bots=include", "token=x", "range=", "=", "&&", "%zz", "q=" + "%F0%9F%98%80" * 20]
BYTES = b"\x00\r\n\t :;,=%/\\\"'()<>@\x7f\x80\xff0123456789abcXYZ"


def number(chance):
    return chance.choice([0, 1, 99, 4096, 1 << 20, 1 << 31, 1 << 63, chance.randrange(1 << 40), -1])


def range_value(chance):
    parts = [f"{number(chance)}-{number(chance)}", f"-{number(chance)}", f"{number(chance)}-", "0-0", "x"]
    return chance.choice(["bytes=", "bytes=", "items="]) + ",".join(chance.sample(parts, chance.randint(1, 3)))


def headers(chance):
    some = [
        ("Range", range_value(chance)),
        ("If-Range", '"x"'),
        ("If-None-Match", chance.choice(["*", '""', '"a", "b"', "W/", "x" * 500])),
        ("Accept-Encoding", chance.choice(["gzip", "gzip;q=0", "identity", "br, *;q=0.1", ",,,;;;"])),
        ("Authorization", chance.choice(["Bearer x", "Bearer", "bearer " + "y" * 300, "Basic OjoK"])),
        ("Cookie", chance.choice(["rcml_session=x", ";;;", "=" * 50, "a" * 3000])),
        ("Connection", chance.choice(["keep-alive", "close", "Upgrade", "x, y"])),
        ("Expect", "100-continue"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("X-" + "n" * chance.randint(1, 200), "v" * chance.randint(0, 400)),
        ("Content-Length", chance.choice(["0", "1", "-1", "x", "99999999999"])),
        ("Transfer-Encoding", "chunked"),
    ]
    return chance.sample(some, chance.randint(0, 4))


def target(chance):
    query = "&".join(chance.choices(PARAMETERS, k=chance.randint(0, 3)))
    return chance.choice(PATHS) + ("?" + query if query else "")


def one_request(chance):
    """(method, bytes). HEAD is the only method whose answer has another length, so it is sent in good form only."""
    method = chance.choice(["GET"] * 8 + ["HEAD", "POST", "PUT", "OPTIONS", "G\x00T"])
    if method == "HEAD":
        return method, request(target(chance), method, headers=[("Range", range_value(chance))])
    host = chance.choice(["localhost"] * 9 + ["evil.test", "localhost:80@evil.com", "", None])
    made = request(
        target(chance),
        method,
        host=host,
        headers=headers(chance),
        version=chance.choice(["HTTP/1.1"] * 9 + ["HTTP/1.0", "HTTP/9"]),
    )
    return method, mutated(chance, made) if chance.random() < 0.3 else made


def mutated(chance, made):
    """A few bytes replaced, put in, taken out, or the end cut off; the method keeps its letters."""
    made = bytearray(made)
    for _ in range(chance.randint(1, 4)):
        if len(made) < 10:
            break
        at = chance.randrange(5, len(made))
        deed = chance.randrange(4)
        if deed == 0:
            made[at] = chance.choice(BYTES)
        elif deed == 1:
            made[at:at] = bytes(chance.choices(BYTES, k=chance.randint(1, 20)))
        elif deed == 2:
            del made[at : at + chance.randint(1, 5)]
        else:
            del made[max(at, len(made) - 40) :]
    return bytes(made)


def several(chance):
    """(the first one's method, bytes): one to five requests in a row. HEAD comes first or not at all: what a mutation
    makes of the requests before it would shift its answer."""
    method, payload = one_request(chance)
    for _ in range(chance.choice([0, 0, 0, 1, 4])):
        other, made = one_request(chance)
        payload += b"" if other == "HEAD" else made
    return method, payload


def check(listener, raw, method, payload, repeat):
    """The statuses. As many answers as heads have an end, and one more for what is left over, are correct."""
    assert listener.canary not in raw, f"the secret was sent ({repeat})"
    answers, rest = read_answers(raw, [method])
    assert not rest, f"{len(rest)} bytes that are no answer: {rest[:80]!r} ({repeat})"
    most = payload.count(b"\r\n\r\n") + 1
    assert len(answers) <= most, f"{len(answers)} answers to at most {most} requests ({repeat})"
    return [answer.status for answer in answers]


def test_random_requests(listener, case):
    counts = {}
    with case.attack(listener):
        for turn in range(COUNT):
            chance = random.Random(f"{SEED} {listener.name} {turn}")
            method, payload = several(chance)
            found = exchange(listener.address, payload, methods=[method], **PATIENCE)
            for status in check(listener, found.raw, method, payload, f"seed {SEED}, turn {turn}"):
                counts[status] = counts.get(status, 0) + 1
            assert listener.is_alive(), f"the process ended (seed {SEED}, turn {turn})"
    case.outcome = f"{COUNT} times: {dict(sorted(counts.items()))}"
    assert not [status for status in counts if status >= 500 and status != 505]
    assert ask(listener.address, "/healthz").status == 200
