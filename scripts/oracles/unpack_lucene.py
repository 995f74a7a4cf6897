#!/usr/bin/env python3
"""unpack_lucene.py WHEEL FOLDER: takes Lucene's and Jackson's classes out of the jar inside a pyserini wheel.

Promises: only the packages that the oracle is compiled and run against are written, with their licences.
"""

import sys
import zipfile

WANTED = tuple(
    f"org/apache/lucene/{package}/" for package in ("index", "internal", "search", "store", "util")
) + tuple(f"com/fasterxml/jackson/{package}/" for package in ("annotation", "core", "databind")) + (
    "META-INF/LICENSE",
    "META-INF/NOTICE",
)


def main(wheel, folder):
    """Copies the wanted entries, without unpacking the jar itself to disk."""
    with zipfile.ZipFile(wheel) as outer:
        (jar,) = [name for name in outer.namelist() if name.endswith("-fatjar.jar")]
        with outer.open(jar) as file, zipfile.ZipFile(file) as inner:
            wanted = [name for name in inner.namelist() if name.startswith(WANTED) and not name.endswith("/")]
            inner.extractall(folder, wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
