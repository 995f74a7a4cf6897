"""A private PostgreSQL server for one worker.

In: an installed PostgreSQL 15 or later. Out: the path of a unix socket with nothing but trust behind it.
Promises: no port is opened; data and socket live in one new directory below /tmp that is removed at the end; the
server goes when the worker goes, killed or not. Data are as throw-away as the tests that make them: no fsync.
"""

import ctypes
import glob
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

from jsonlines import missing

OLDEST = 15
PORT = 5432
SETTINGS = {
    "listen_addresses": "",
    "TimeZone": "UTC",
    "fsync": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "5",
    "shared_buffers": "32MB",
}


def programs():
    """The folder with initdb and postgres: Debian keeps one for each major version, outside PATH."""
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    on_path = shutil.which("postgres")
    versions = [(int(re.search(r"postgresql/(\d+)/", path)[1]), os.path.dirname(path)) for path in found]
    usable = sorted(version for version in versions if version[0] >= OLDEST)
    if usable:
        return usable[-1][1]
    if on_path:
        return os.path.dirname(on_path)
    missing("PostgreSQL (Debian package postgresql)")


def owner():
    """The server refuses to run as root: then it runs as postgres, or as nobody."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("running as root, and neither user postgres nor user nobody exists")


def end_with_parent():
    """Asks the kernel to stop this process when its parent ends (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGQUIT)


class Server:
    """A running server, until `close`."""

    def __init__(self):
        self.process = None
        self.folder = tempfile.mkdtemp(prefix="huntc-pg-", dir="/tmp")
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        """Makes an empty cluster and waits until it answers."""
        who, bin_folder, data = owner(), programs(), os.path.join(self.folder, "data")
        if who:
            os.chown(self.folder, who["user"], who["group"])
        make = [f"{bin_folder}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        made = subprocess.run(make, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, **who)
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
        run = [f"{bin_folder}/postgres", "-D", data, "-p", str(PORT), "-k", self.folder]
        for name, value in SETTINGS.items():
            run += ["-c", f"{name}={value}"]
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(run, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=end_with_parent, **who)
        self.socket = os.path.join(self.folder, f".s.PGSQL.{PORT}")
        deadline = time.monotonic() + 60
        while not os.path.exists(self.socket):
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
                    raise RuntimeError(f"the server did not start: {log.read().strip()}")
            time.sleep(0.02)

    def close(self):
        """Stops the server at once and removes its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)
