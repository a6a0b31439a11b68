"""Test Anything Protocol: a line of every check as it is made, and the plan at the end."""

import sys


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, passed, name, why=""):
        self.count += 1
        self.failed += not passed
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}", flush=True)
        if not passed and why != "":
            for line in str(why).splitlines():
                print("# " + line, flush=True)
        return passed

    def is_(self, have, want, name):
        return self.ok(have == want, name, f"have: {have!r}\nwant: {want!r}")

    def attempt(self, part, *arguments):
        """Runs a part of the program; where it breaks off is a failure, and the next may follow."""
        try:
            part(*arguments)
        except Exception as error:
            self.ok(False, part.__name__ + " runs to its end", repr(error))

    def done(self):
        """Ends the program."""
        print(f"1..{self.count}", flush=True)
        sys.exit(1 if self.failed else 0)
