"""In: one JSON request per line on stdin. Out: one JSON answer per request, in order, on stdout.

Promises: an answer always carries the request's id; whatever goes wrong while a request is carried out becomes
{"id", "error"} and the worker goes on; nothing else ever reaches the real stdout, because libraries (and the
processes that they start) get stderr in its place. The worker ends when stdin ends.
"""

import json
import os
import sys


def answers():
    """The real stdout, for answers alone; from here on everything else that is written there goes to stderr.

    Called before an engine is started, since a process that it starts keeps the stdout that it finds.
    """
    real = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    return real


def serve(handle, answers):
    """Answers requests with `handle(request) -> dict` until stdin ends."""
    with open(0, encoding="utf-8", newline="\n", closefd=False) as requests:
        for line in requests:
            if not line.strip():
                continue
            answers.write(answer(handle, line) + "\n")
            answers.flush()


def answer(handle, line):
    """One request line to one answer line."""
    number = None
    try:
        request = json.loads(line)
        number = request.get("id")
        reply = {"id": number, **handle(request)}
        return json.dumps(reply, ensure_ascii=False, allow_nan=False)
    except Exception as error:  # noqa: BLE001: the reader of the answer decides what an error means
        return json.dumps({"id": number, "error": f"{type(error).__name__}: {error}".rstrip(": \n")})


def missing(what):
    """Ends the worker when what it stands on is not installed."""
    sys.exit(f"{os.path.basename(sys.argv[0])}: {what} is missing, run scripts/setup-oracles")
