"""Runs all tests, or those whose module is named, and says how many passed."""

import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).parent


def main(modules: list[str]) -> int:
    sys.path.insert(0, str(FOLDER))
    patterns = [f"{module}.py" for module in modules] or ["test_*.py"]
    loader = unittest.TestLoader()
    suite = unittest.TestSuite(loader.discover(str(FOLDER), pattern=pattern) for pattern in patterns)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"Python: {result.testsRun - failed} passed, {failed} failed", flush=True)
    return 0 if failed == 0 and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
