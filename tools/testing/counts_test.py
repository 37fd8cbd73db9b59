from counts import Counts, read_counts


def test_google_test_counts_each_case_once():
    output = (
        "1: [ RUN      ] A.B\n1: [       OK ] A.B (0 ms)\n1: [  FAILED  ] A.C (2 ms)\n"
        "1: [  SKIPPED ] A.D (0 ms)\n1: [  FAILED  ] 1 test, listed below:\n1: [  FAILED  ] A.C\n"
    )
    assert read_counts(output, 8) == Counts(1, 1, 1)


def test_a_program_printed_twice_counts_once():
    twice = "3: [       OK ] A.B (0 ms)\n3: [  FAILED  ] A.C (1 ms)\n"
    assert read_counts(twice + "4: [       OK ] A.B (0 ms)\n" + twice, 8) == Counts(2, 1, 0)


def test_a_crash_without_a_failed_case_is_a_failure():
    assert read_counts("[       OK ] A.B (0 ms)\nSegmentation fault\n", 139) == Counts(1, 1, 0)


def test_pytest_errors_are_failures():
    assert read_counts("==== 1 failed, 3 passed, 2 skipped, 1 error in 1.20s ====\n", 1) == Counts(3, 2, 2)
    assert read_counts("5 passed in 0.02s\n", 0) == Counts(5, 0, 0)


def test_node_and_plain_summaries():
    assert read_counts("# tests 4\n# pass 3\n# fail 1\n# skipped 0\n", 1) == Counts(3, 1, 0)
    assert read_counts("all well\n7 passed, 0 failed, 1 skipped\n", 0) == Counts(7, 0, 1)


def test_a_silent_script_is_one_test():
    assert read_counts("", 0) == Counts(passed=1)
    assert read_counts("boom", 1) == Counts(failed=1)
    assert read_counts("no browser here", 77) == Counts(skipped=1)
