import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))


def pytest_report_header():
    import rcml_program

    return f"seed {rcml_program.SEED} (RCML_FAULT_SEED repeats it), {'full' if rcml_program.IS_FULL else 'short'}"
