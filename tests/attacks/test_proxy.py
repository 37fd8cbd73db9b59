"""Behind nginx, which keeps one connection to the listener for everybody: whatever one client sends, the next ones get
the answers to their own questions."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from forms import ENDED, NOT_CONTINUED, REFUSED, body_later, filled
from rcml_program import DEPS
from wire import ask, exchange, request

START_SECONDS = 10
STREAMED = "proxy_request_buffering off;"
HIDDEN = {"page": "/api/kpis", "metrics": "/metrics"}
# Asked one after the other behind each form. Their answers differ, and are the same each time.
QUESTIONS = {
    "page": ["/healthz", "/api/devices", "/nothing", "/style.css", "/api/funnel"],
    "metrics": ["/healthz", "/nothing", "/healthz", "/nothing"],
}
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; ignore_invalid_headers off; underscores_in_headers on;
  upstream listener {{ server 127.0.0.1:{port}; keepalive 1; }}
  server {{
    listen unix:{folder}/socket; {options}
    location / {{ proxy_pass http://listener; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host localhost; }}
  }}
}}
"""


class Proxy:
    def __init__(self, listener, options):
        self.folder = Path(tempfile.mkdtemp(prefix="rcml-nginx-"))
        self.address = str(self.folder / "socket")
        user = pwd.getpwuid(os.getuid()).pw_name
        configuration = CONFIGURATION.format(
            folder=self.folder,
            port=listener.address[1],
            options=options,
            user=f"user {user};" if os.getuid() == 0 else "",
        )
        (self.folder / "nginx.conf").write_text(configuration)
        words = [
            nginx(),
            "-p",
            str(self.folder),
            "-e",
            str(self.folder / "error.log"),
            "-c",
            str(self.folder / "nginx.conf"),
        ]
        libraries = ":".join(map(str, (DEPS / "nginx").glob("usr/lib/*")))
        self.process = subprocess.Popen(
            words, stderr=subprocess.DEVNULL, env={**os.environ, "LD_LIBRARY_PATH": libraries}
        )
        self.wait()

    def wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if Path(self.address).exists():
                return
            time.sleep(0.02)
        raise AssertionError(f"nginx does not listen: {(self.folder / 'error.log').read_text()[:500]}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder)


def nginx():
    found = DEPS / "nginx/usr/sbin/nginx"
    if not found.exists():
        pytest.fail("nginx is missing. Run: tools/setup.sh attacks")
    return str(found)


@pytest.fixture(scope="module", params=["page", "metrics"])
def behind(request):
    """(listener, an ordinary nginx, one that passes bodies on while they come)."""
    listener = request.getfixturevalue(f"shared_{request.param}").get()
    proxies = [Proxy(listener, options) for options in ("", STREAMED)]
    yield listener, *proxies
    for proxy in proxies:
        proxy.stop()


def form_of(answer):
    """The numbers in a health report change with time."""
    return answer.status, re.sub(rb"\d+", b"0", answer.body)


FORMS = {**REFUSED, **ENDED, **NOT_CONTINUED}


@pytest.mark.parametrize("streamed", [False, True], ids=["buffered", "streamed"])
def test_a_form_does_not_shift_answers(behind, streamed, case):
    """All forms one after the other, through one connection to the listener; a fault names the form before it."""
    listener, *proxies = behind
    proxy = proxies[streamed]
    questions = QUESTIONS[listener.name]
    wanted = [form_of(ask(listener.address, target)) for target in questions]
    shifted, answered = [], 0
    with case.attack(listener):
        for name, template in FORMS.items():
            payload = filled(template, request(HIDDEN[listener.name]).decode())
            exchange(proxy.address, body_later(payload), seconds=1, quiet_seconds=0.02)
            got = [ask(proxy.address, target, headers=[("Connection", "close")]) for target in questions]
            answered += len(got)
            if [form_of(answer) for answer in got] != wanted:
                shifted.append(name)
    case.outcome = f"{len(FORMS)} forms, {answered} answers, {len(shifted)} forms shifted them"
    assert not shifted, f"{shifted}"


def test_the_proxy_keeps_its_connection(behind, case):
    """Without this the other test would prove nothing."""
    listener, *proxies = behind
    seen = set()
    for _ in range(5):
        ask(proxies[0].address, "/healthz")
        seen |= ports_at(listener.address[1])
    case.outcome = f"{len(seen)} connections for 5 questions"
    assert len(seen) <= len(proxies)


def ports_at(port):
    """The other ends of the established connections to `port`."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[2] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
