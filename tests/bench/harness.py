"""What benchmarks share: packages, the release build, the machine, rounds in turn, ratios."""
import os
import platform
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PRESET = "release"
# stack.py takes the programs under test from here.
os.environ.setdefault("PBC_BUILD", "build/" + PRESET)
BUILD = os.path.join(ROOT, os.environ["PBC_BUILD"])
BRIEF = False  # one short round, to see that a benchmark works


def fail(what, remedy):
    sys.exit(f"error: {what}\nwhat to do: {remedy}")


def version(package):
    """The installed version of a Debian package; empty if there is none."""
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Status} ${Version}", package], capture_output=True, text=True)
    words = shown.stdout.split()
    return words[-1] if words[:3] == ["install", "ok", "installed"] else ""


def require(packages):
    missing = [package for package in packages if not version(package)]
    if missing:
        fail("packages are missing: " + " ".join(missing), "apt-get install " + " ".join(missing))


def build(targets):
    """Builds the release preset. Fails with the compiler's own words."""
    for command in (["cmake", "--preset", PRESET, "-B", BUILD], ["nice", "ninja", "-C", BUILD, *targets]):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            fail(f"{' '.join(command)}\n{done.stdout[-3000:]}", "mend the build")


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def print_machine(packages):
    """Whatever the figures depend on besides the code."""
    print(f"machine: {cpu_model()}, {os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}")
    print("versions: " + ", ".join(f"{package} {version(package)}" for package in packages), flush=True)


def core(number):
    """The number-th core that we may use, as the system counts; the same ones again where there are fewer."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[number % len(cores)]


def on_core(number, command):
    """The command bound to one core."""
    return ["taskset", "--cpu-list", str(core(number)), *command]


def output_of(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        fail(f"{' '.join(command)}\n{(done.stdout + done.stderr)[-3000:]}", "run the command by hand")
    return done.stdout


def rounds(contestants, times=5):
    """
    Calls each contestant once a round, in turn, so that a slow minute of the machine hits all alike.
    contestants: name -> function that returns its figure. Returns name -> the figures of all rounds.
    """
    figures = {name: [] for name in contestants}
    for number in range(1 if BRIEF else times):
        for name, measure in contestants.items():
            figures[name].append(measure())
        print(f"# round {number + 1}: " + ", ".join(f"{name} {values[-1]:,.0f}" for name, values in figures.items()),
              flush=True)
    return figures


def print_figures(figures, unit):
    width = max(map(len, figures))
    for name, values in figures.items():
        print(f"{name:{width}} {statistics.median(values):>12,.0f} {unit}, rounds {min(values):,.0f} to {max(values):,.0f}")


def print_ratio(name, ours, peers, aim):
    """One line: the median of the rounds' ratios. Within a round the machine's state is the same for both. No aim: for information."""
    value = statistics.median(our / peer for our, peer in zip(ours, peers))
    print(f"ratio {name} {value:.2f} " + (f"aim {aim:.1f}" if aim else "for information"), flush=True)


def wait_for_port(port, program, seconds=10):
    """Until the program listens on the port."""
    import socket
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and program.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    fail(f"{program.args[0]} does not listen on port {port}", "run it by hand")
