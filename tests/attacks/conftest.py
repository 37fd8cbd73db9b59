import itertools
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
pytest_plugins = ["attack_table"]

import listeners  # noqa: E402
import slow  # noqa: E402
import tokens  # noqa: E402
import viewer  # noqa: E402


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Marts, a spool and the secret; the listeners run in here."""
    made = tmp_path_factory.mktemp("attacks")
    listeners.make_marts(made)
    listeners.make_spool(made)
    return made


@pytest.fixture(scope="session", autouse=True)
def watches(request, folder):
    """For test_time_limits.py. They begin with the first test, so that nobody waits for them."""
    if not any(item.module.__name__ == "test_time_limits" for item in request.session.items):
        yield None
        return
    watching = slow.Watches(folder)
    yield watching
    watching.stop()


class Shared:
    """A listener that all tests attack in turn. One that has ended is replaced, so that each test stands by itself."""

    def __init__(self, start):
        self.start = start
        self.running = None

    def get(self):
        if self.running is None or not self.running.is_alive():
            self.running = self.start()
            viewer.warm_up(self.running)
        return self.running

    def stop(self):
        if self.running is not None:
            self.running.stop()


@pytest.fixture(scope="session")
def shared_page(folder):
    shared = Shared(lambda: listeners.start_page(folder, "--allow-host", "page.example"))
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def shared_metrics(folder):
    shared = Shared(lambda: listeners.start_metrics(folder))
    yield shared
    shared.stop()


@pytest.fixture
def page(shared_page):
    return shared_page.get()


@pytest.fixture
def metrics(shared_metrics):
    return shared_metrics.get()


@pytest.fixture(params=["page", "metrics"])
def listener(request):
    """Both, one after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def start_page(folder):
    """Pages of a test's own, stopped at its end."""
    started = []

    def start(*flags, **options):
        started.append(listeners.start_page(folder, *flags, **options))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def shared_token_page(folder):
    page = listeners.start_page(folder, env={"RCML_DASHBOARD_TOKEN": tokens.TOKEN})
    yield page
    page.stop()


@pytest.fixture(scope="session")
def client_hosts():
    return (f"127.9.{number}.1" for number in itertools.count(1))


@pytest.fixture
def token_page(shared_token_page, client_hosts):
    """One page for all; each test comes from another address, as wrong guesses are counted by address."""
    return shared_token_page.seen_from(next(client_hosts))
