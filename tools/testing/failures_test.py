from failures import LINES_MAX, what_failed


def test_a_failure_is_named_however_much_is_printed_after_it():
    output = (
        "..F.\n    def test_a():\n>       assert 1 == 2\nE       assert 1 == 2\ntest_a.py:2: AssertionError\n"
        "fault: passed     0.1 s  b\nfault: failed     0.2 s  a\n"
        + "fault: passed     0.1 s  c\n" * 100
        + "FAILED test_a.py::test_a - assert 1 == 2\n1 failed, 101 passed in 1.00s\n"
    )
    assert what_failed(output) == [
        "E       assert 1 == 2",
        "fault: failed     0.2 s  a",
        "FAILED test_a.py::test_a - assert 1 == 2",
    ]


def test_google_test_and_node():
    output = (
        "3: [ RUN      ] A.B\n3: /x/a_test.cc:12: Failure\n3: [  FAILED  ] A.B (1 ms)\n3: [  FAILED  ] A.B\n"
        "ok 1 - fine\nnot ok 2 - the page\n    not ok 1 - inside\n"
    )
    assert what_failed(output) == [
        "3: /x/a_test.cc:12: Failure",
        "3: [  FAILED  ] A.B (1 ms)",
        "not ok 2 - the page",
        "    not ok 1 - inside",
    ]


def test_a_flood_keeps_the_names_at_its_end():
    output = "".join(f"E   line {n}\n" for n in range(1000)) + "FAILED the_one\n"
    assert len(what_failed(output)) == LINES_MAX
    assert what_failed(output)[-1] == "FAILED the_one"
