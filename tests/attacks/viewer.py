"""A person who looks at the page while it is attacked: a new connection for each request, and how long it took."""

import time

from wire import ask

PANELS = ("kpis", "timeseries", "devices", "campaigns", "cities", "pages", "heatmap", "funnel", "events", "visitors")
TARGETS = {"page": ("/", "/api/kpis", "/api/timeseries"), "metrics": ("/metrics",)}
BIG_TARGETS = {"page": "/echarts.min.js", "metrics": "/metrics"}
P95_MS_MAX = 100.0
SLOW_MS = 3000.0


def warm_up(listener):
    """What everybody asks first, so that its memory is there before anything is measured."""
    targets = [f"/api/{panel}" for panel in PANELS] if listener.name == "page" else []
    for target in [*targets, "/healthz", BIG_TARGETS[listener.name], *TARGETS[listener.name]]:
        answer = ask(listener.address, target)
        assert answer.status == 200, f"{target}: {answer.status} {answer.text[:200]}"


def waits_ms(listener, targets, count):
    """How long each of `count` requests took. A failed one counts as SLOW_MS; three of these end it: the rest would
    be no better."""
    waits = []
    for number in range(count):
        began = time.monotonic()
        try:
            answer = ask(listener.address, targets[number % len(targets)], seconds=SLOW_MS / 1000)
            waits.append((time.monotonic() - began) * 1000 if answer.status == 200 else SLOW_MS)
        except (AssertionError, OSError):
            waits.append(SLOW_MS)
        if waits.count(SLOW_MS) == 3:
            break
    return waits


def p95(waits):
    return sorted(waits)[int(0.95 * (len(waits) - 1))]


def quick_p95(listener, targets, count, turns=3):
    """The best of a few turns, as the machine may be busy with something else; a listener that is held up is so in
    each of them."""
    best = SLOW_MS
    for _ in range(turns):
        best = min(best, p95(waits_ms(listener, targets, count)))
        if best <= P95_MS_MAX:
            break
    return best
