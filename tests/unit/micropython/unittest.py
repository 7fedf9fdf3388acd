"""The part of unittest that the unit suite uses, for MicroPython, which has none of its own.

On CPython the real one is used. What is missing here fails loudly, as an AttributeError.
"""

import sys


class SkipTest(Exception):
    pass


class _Raises:
    # Both `with self.assertRaises(E) as caught:` and, through TestCase, the call form.

    def __init__(self, expected):
        self.expected = expected
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            raise AssertionError("%r not raised" % (self.expected,))
        self.exception = value
        return issubclass(kind, self.expected)


class _SubTest:
    # A failing row is noted and the next row goes on, as in the real one.

    def __init__(self, case, label):
        self.case = case
        self.label = label

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        if kind is None or not issubclass(kind, Exception) or issubclass(kind, SkipTest):
            return False
        self.case.failed_rows.append((self.label, value))
        return True


class TestCase:
    def __init__(self):
        self.failed_rows = []
        self.cleanups = []

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        pass

    def tearDown(self):
        pass

    def addCleanup(self, function, *arguments):
        self.cleanups.append((function, arguments))

    def skipTest(self, reason):
        raise SkipTest(reason)

    def subTest(self, msg="", **params):
        return _SubTest(self, "%s %s" % (msg, params) if params else msg)

    def fail(self, msg=None):
        raise AssertionError(msg or "failed")

    def _check(self, good, msg, text, *values):
        if not good:
            told = text % values
            raise AssertionError("%s : %s" % (told, msg) if msg else told)

    def assertEqual(self, first, second, msg=None):
        self._check(first == second, msg, "%r != %r", first, second)

    def assertNotEqual(self, first, second, msg=None):
        self._check(first != second, msg, "%r == %r", first, second)

    def assertTrue(self, value, msg=None):
        self._check(value, msg, "%r is not true", value)

    def assertFalse(self, value, msg=None):
        self._check(not value, msg, "%r is not false", value)

    def assertIs(self, first, second, msg=None):
        self._check(first is second, msg, "%r is not %r", first, second)

    def assertIsNot(self, first, second, msg=None):
        self._check(first is not second, msg, "both are %r", first)

    def assertIsNone(self, value, msg=None):
        self._check(value is None, msg, "%r is not None", value)

    def assertIsNotNone(self, value, msg=None):
        self._check(value is not None, msg, "is None")

    def assertIn(self, member, container, msg=None):
        self._check(member in container, msg, "%r not in %r", member, container)

    def assertNotIn(self, member, container, msg=None):
        self._check(member not in container, msg, "%r in %r", member, container)

    def assertIsInstance(self, value, kind, msg=None):
        self._check(isinstance(value, kind), msg, "%r is not a %r", value, kind)

    def assertLess(self, first, second, msg=None):
        self._check(first < second, msg, "%r not less than %r", first, second)

    def assertLessEqual(self, first, second, msg=None):
        self._check(first <= second, msg, "%r not at most %r", first, second)

    def assertGreater(self, first, second, msg=None):
        self._check(first > second, msg, "%r not greater than %r", first, second)

    def assertGreaterEqual(self, first, second, msg=None):
        self._check(first >= second, msg, "%r not at least %r", first, second)

    def assertRaises(self, expected, function=None, *arguments):
        caught = _Raises(expected)
        if function is None:
            return caught
        with caught:
            function(*arguments)
        return None


def skip(reason):
    def mark(function):
        def skipped(*arguments):
            raise SkipTest(reason)

        return skipped

    return mark


def skipIf(condition, reason):
    return skip(reason) if condition else lambda function: function


def skipUnless(condition, reason):
    return skipIf(not condition, reason)


class Result:
    def __init__(self):
        self.ran = 0
        self.skipped = 0
        self.failed = 0

    def failure(self, name, error):
        self.failed += 1
        print("FAIL", name)
        sys.print_exception(error)


def _steps(case, name):
    try:
        case.setUp()
        try:
            getattr(case, name)()
        finally:
            case.tearDown()
    finally:
        while case.cleanups:
            function, arguments = case.cleanups.pop()
            function(*arguments)


def run_case(kind, result):
    """Run the test methods of one TestCase class, in the order of their names."""
    names = [name for name in sorted(dir(kind)) if name.startswith("test")]
    if not names:
        return
    kind.setUpClass()
    for name in names:
        case = kind()
        label = "%s.%s" % (kind.__name__, name)
        result.ran += 1
        try:
            _steps(case, name)
        except SkipTest as reason:
            result.skipped += 1
            print("skipped", label, reason)
        except Exception as error:
            result.failure(label, error)
        for row, error in case.failed_rows:
            result.failure("%s (%s)" % (label, row), error)
    kind.tearDownClass()
