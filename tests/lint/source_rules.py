#!/usr/bin/env python3
"""Rules of CONTRIBUTING.md that a compiler does not check. Usage: source_rules.py RULE; prints what breaks it."""
import os
import re
import statistics
import subprocess
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
FUNCTION_LINES = 70
FILE_LINES = 500
COLUMNS = 100

# Folder: the folders it may include besides its own. A file belongs to its longest prefix here.
LAYERS = {
    "common": (),
    "server/net": ("common",),
    "server/h2": ("common", "server/net"),
    "server/db": ("common",),
    "server/auth": ("common",),
    "server/domain": ("common",),
    "server/rpc": ("common", "server/net", "server/h2", "server/db", "server/auth", "server/domain"),
    "server/service": ("common", "server/rpc", "server/db", "server/auth", "server/domain"),
    "server/job": ("common", "server/db", "server/domain"),
    "server": ("common", "server"),
    "client/lib": ("common",),
    "client/cli": ("common", "client/lib"),
    "deploy": ("common",),
    "tests": ("common", "server", "client", "deploy", "tests"),
}

# The folders below these are parts of one set, or mirror others: its page is theirs.
ONE_PAGE = ("migrations", "proto", "tests/sql", "tests/unit")

# System header prefix: the folders whose duty it is. Tests may use all.
LIBRARIES = {
    "libpq-fe.h": ("server/db",),
    "nghttp2/": ("server/h2", "client/lib"),
    "libsmartcols/": ("client/cli",),
    "confuse.h": ("server", "server/job", "client/cli"),
    "csv.h": ("common",),
    "openssl/ssl.h": ("server/net", "client/lib"),
}

# Call: why not, and what instead.
BANNED = {
    "strcpy": "no bound: snprintf",
    "strncpy": "may leave no NUL: snprintf",
    "strcat": "no bound: snprintf or buf",
    "strncat": "its bound is not the buffer's: snprintf or buf",
    "sprintf": "no bound: snprintf",
    "vsprintf": "no bound: vsnprintf",
    "gets": "no bound: fgets",
    "strtok": "hidden state: strcspn",
    "rand": "not reproducible: a generator of one's own",
    "srand": "not reproducible: a generator of one's own",
    "random": "not reproducible: a generator of one's own",
    "atoi": "cannot fail: strtol and its checks",
    "atol": "cannot fail: strtol and its checks",
    "atoll": "cannot fail: strtoll and its checks",
    "atof": "floating point for money: money_parse",
    "alloca": "unbounded stack",
    "tmpnam": "race: mkstemp",
    "mktemp": "race: mkstemp",
    "localtime": "hidden state and time zone: common/date.h",
    "gmtime": "hidden state: common/date.h",
    "asctime": "hidden state: common/date.h",
    "ctime": "hidden state: common/date.h",
    "setjmp": "control flow that jumps",
    "longjmp": "control flow that jumps",
    "system": "a shell in the way",
    "popen": "a shell in the way",
}
BANNED_IN_TESTS = set(BANNED) - {"system", "popen"}

SKIPPED_FOLDERS = {".git", "build", "var", "node_modules", "__pycache__"}

found = []


def complain(path, line, text):
    found.append(f"{path}:{line}: {text}")


def files(*suffixes):
    """Root-relative paths of the project's files, sorted; what the build or an installer made is left out."""
    for folder, names, members in os.walk(ROOT):
        top = folder == ROOT
        names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS and not (top and n.startswith("build")))
        for name in sorted(members):
            if not suffixes or name.endswith(suffixes):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def code_of(path):
    """The text without comments and the insides of literals; line numbers stay."""
    def blank(match):
        kept = match.group(0)
        return re.sub(r"[^\n]", " ", kept) if kept.startswith("/") else kept[0] + kept[-1]
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text_of(path),
                  flags=re.S)


def layer_of(path):
    best = ""
    for layer in LAYERS:
        if path.startswith(layer + "/") and len(layer) > len(best):
            best = layer
    return best


def rule_includes():
    """An include never runs against the table of folders, and a library is used where its duty is."""
    for path in files(".c", ".h"):
        layer = layer_of(path)
        for number, line in enumerate(text_of(path).splitlines(), 1):
            match = re.match(r"#\s*include\s+([<\"])([^>\"]+)[>\"]", line)
            if not match:
                continue
            kind, name = match.groups()
            target = layer_of(name)
            if kind == '"' and not target and not name.endswith(".pb-c.h"):
                complain(path, number, f"{name} is not written from the root of the project")
            if target and target != layer and layer != "server" and not any(
                    target == allowed or target.startswith(allowed + "/")
                    for allowed in LAYERS.get(layer, ())):
                complain(path, number, f"{layer} must not include {name}")
            for library, owners in LIBRARIES.items():
                if kind == "<" and name.startswith(library) and layer not in owners + ("tests",):
                    complain(path, number, f"only {', '.join(owners)} may use {name}")


def functions(path):
    """(name, first line, lines) of each function: return type on its own line, braces in column 1."""
    lines = text_of(path).splitlines()
    start = None
    for number, line in enumerate(lines):
        if line == "{" and number > 0 and lines[number - 1].rstrip().endswith(")"):
            start = number
            while start > 0 and not re.match(r"[A-Za-z_][A-Za-z_0-9]*\(", lines[start]):
                start -= 1
        elif line == "}" and start is not None:
            yield lines[start].split("(")[0], start, number - start + 2
            start = None


def lengths(what, counts):
    """In words: how many there are, the median length and the longest, from the length of each name."""
    longest = max(counts, key=counts.get)
    return f"{len(counts)} {what}, median {statistics.median_low(counts.values())} lines, longest {counts[longest]} ({longest})"


def rule_size():
    """Functions, files and lines stay within their limits."""
    of_files, of_functions = {}, {}
    for path in files(".c", ".h"):
        lines = text_of(path).split("\n")
        of_files[path] = len(lines) - 1
        if len(lines) - 1 > FILE_LINES:
            complain(path, 1, f"{len(lines) - 1} lines, at most {FILE_LINES}")
        for number, line in enumerate(lines, 1):
            if len(line.expandtabs(8)) > COLUMNS:
                complain(path, number, f"{len(line.expandtabs(8))} columns, at most {COLUMNS}")
        for name, start, count in functions(path):
            of_functions[f"{path}:{start + 1} {name}"] = count
            if count > FUNCTION_LINES:
                complain(path, start + 1, f"{name} has {count} lines, at most {FUNCTION_LINES}")
    print(f"# {lengths('functions', of_functions)}; {lengths('files', of_files)}")


def rule_calls():
    """Calls that are known to go wrong are not made; only server/db speaks libpq."""
    for path in files(".c", ".h"):
        banned = BANNED_IN_TESTS if path.startswith("tests/") else set(BANNED)
        pattern = re.compile(r"(?<![\w.>])(" + "|".join(sorted(banned)) + r")\s*\(")
        for number, line in enumerate(code_of(path).splitlines(), 1):
            for match in pattern.finditer(line):
                complain(path, number, f"{match.group(1)}: {BANNED[match.group(1)]}")
            if layer_of(path) not in ("server/db", "tests") and re.search(r"\bPQ[a-z]\w*\s*\(", line):
                complain(path, number, "only server/db calls libpq")


def literals_of_calls(path, names, quote):
    """(line, text) of each literal in calls of those names; literals side by side are one."""
    text = text_of(path)
    literal = f"{quote}(?:\\\\.|[^{quote}\\\\])*{quote}"
    token = re.compile(rf"(?:{literal}\s*)+|[()]", re.S)
    for call in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})\(", text):
        depth, at = 1, call.end()
        while depth > 0 and (match := token.search(text, at)):
            depth += {"(": 1, ")": -1}.get(match.group(0), 0)
            at = match.end()
            if match.group(0)[0] == quote:
                yield text.count("\n", 0, match.start()) + 1, "".join(part[1:-1] for part in re.findall(literal, match.group(0), re.S))


def rule_words():
    """What refusals and remedies say begins in lower case, unless with a name, and ends without a stop."""
    calls = {".c": (("status_set", "call_refuse_with"), '"'), ".sql": (("ledger.refuse",), "'")}
    for suffix, (names, quote) in calls.items():
        for path in files(suffix):
            if path.startswith("tests/"):
                continue
            for number, text in literals_of_calls(path, names, quote):
                if " " in text and (re.match(r"(A|[A-Z][a-z]+) ", text) or text.endswith(".")):
                    complain(path, number, f"not as refusals are written: {text}")


def page_folder(folder):
    """Whose page tells the duty of a folder with sources."""
    return next((whole for whole in ONE_PAGE if folder.startswith(whole + "/")), folder)


def rule_duty():
    """A source file opens with a comment that states its duty, and a folder with sources has a README."""
    openings = {".c": "/*", ".h": "/*", ".sql": "--", ".proto": ""}
    folders = set()
    for path in files(*openings):
        opening = openings[os.path.splitext(path)[1]]
        if not text_of(path).lstrip().startswith(opening):
            complain(path, 1, "does not open with a comment that states its duty")
        folders.add(os.path.dirname(path))
    for path in files(".sh", ".py", ".js"):
        folders.add(os.path.dirname(path))
    for folder in sorted({page_folder(folder) for folder in folders}):
        if not os.path.exists(os.path.join(ROOT, folder, "README.md")):
            complain(folder, 1, "no README.md")


def rule_traces():
    """No unfinished business, and nothing of the machine that a file was written on."""
    unfinished = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    home = os.path.expanduser("~")
    places = [ROOT] + ([home] if len(home) > len("/root") else [])
    for path in files():
        try:
            lines = text_of(path).splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if unfinished.search(line):
                complain(path, number, "unfinished business")
            if any(place in line for place in places):
                complain(path, number, "a path of this machine")
            if '"reso' 'lved"' in line or re.search(r"^\s*registry\s*=", line):
                complain(path, number, "names a package registry")


def rule_shell():
    """Shell scripts pass shellcheck."""
    scripts = []
    for path in files():
        with open(os.path.join(ROOT, path), "rb") as file:
            first = file.readline(80)
        if re.match(rb"#!.*\b(ba)?sh\b", first):
            scripts.append(path)
    run(["shellcheck", "-x", *scripts])


def rule_format():
    """C is formatted by clang-format 14 and .clang-format."""
    run(["clang-format-14", "--dry-run", "-Werror", *files(".c", ".h")])


def run(command):
    try:
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        complain(command[0], 0, "is not installed")
        return
    if result.returncode != 0:
        found.extend((result.stdout + result.stderr).splitlines())


def main():
    rules = {name[5:]: rule for name, rule in globals().items() if name.startswith("rule_")}
    if len(sys.argv) != 2 or sys.argv[1] not in rules and sys.argv[1] != "--list":
        sys.exit(f"usage: source_rules.py {'|'.join(rules)}|--list")
    if sys.argv[1] == "--list":
        for name, rule in rules.items():
            print(f"{name} {rule.__doc__}")
        return
    rules[sys.argv[1]]()
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
