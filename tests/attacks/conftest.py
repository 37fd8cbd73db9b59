import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
pytest_plugins = ["attack_table"]

import listeners  # noqa: E402
import viewer  # noqa: E402


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Marts, a spool and the secret; the listeners run in here."""
    made = tmp_path_factory.mktemp("attacks")
    listeners.make_marts(made)
    listeners.make_spool(made)
    return made


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
