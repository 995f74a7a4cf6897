#!/usr/bin/env python3
"""CPU time of `huntc check` on hunts with long lists of every kind: 2,000 entries against 20,000.

Usage: measure.py HUNTC [--sizes 2000,20000] [KIND…]. Needs nothing beside Python and a huntc that was built before.
"""

import argparse
import pathlib
import resource
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = """hunt: long-list
id: 11111111-2222-4333-8444-555555555555
version: 1.0.0
name: A hunt with a long list
description: Only for measuring.
severity: low
attack: [T1571]
author: huntc
false_positives: [none]
"""
FROM = "from network_session within 7d"
SELECT = "| select time, process.name"


def hunt(declared, query, head=HEAD):
    """A whole hunt."""
    lines = "".join(f"  {line}\n" for line in query.split("\n"))
    return f"{head}{declared}query: |\n{lines}"


def listed(type_, values, test):
    """A hunt whose list is declared and tested once."""
    values = ", ".join(values)
    return hunt(f"lists:\n  big: {{ type: {type_}, values: [{values}] }}\n", f"{FROM}\n| where {test}\n{SELECT}")


def names(n):
    return (f"prog{i}.exe" for i in range(n))


def addresses(n):
    return (f"{20 + (i >> 16)}.{(i >> 8) & 255}.{i & 255}.7" for i in range(n))


def networks(n):
    return (f"{20 + (i >> 15)}.{(i >> 7) & 255}.{(i * 2) & 255}.0/24" for i in range(n))


def params(n):
    declared = "".join(f"  p{i}: {{ type: int, default: {i} }}\n" for i in range(n))
    used = ", ".join(f"$p{i}" for i in range(n))
    return hunt(f"params:\n{declared}", f"{FROM}\n| where dst.port in [{used}]\n{SELECT}")


def allowed(n):
    allow = "".join(f"  - {{ lint: L01{i % 20:02}, because: reason {i} }}\n" for i in range(n))
    return hunt("", f"{FROM}\n{SELECT}", f"{HEAD}allow:\n{allow}")


def joined(word, test, n):
    return hunt("", f"{FROM}\n| where " + f" {word} ".join(f"dst.port {test} {i % 65000}" for i in range(n)) + f"\n{SELECT}")


KINDS = {
    "list, in": lambda n: listed("string", names(n), "process.name in $big"),
    "list, in~": lambda n: listed("string", names(n), "process.name in~ $big"),
    "list, contains~": lambda n: listed("string", names(n), "process.name contains~ $big"),
    "list, duplicates": lambda n: listed("string", (f"prog{i % 100}.exe" for i in range(n)), "process.name in~ $big"),
    "addresses, in": lambda n: listed("ip", addresses(n), "dst.ip in $big"),
    "networks, in_cidr": lambda n: listed("cidr", networks(n), "dst.ip in_cidr $big"),
    "params": params,
    "allow": allowed,
    "or": lambda n: joined("or", "==", n),
    "and": lambda n: joined("and", "!=", n),
    "steps": lambda n: hunt("", FROM + "".join(f"\n| where dst.port != {i % 65000}" for i in range(n)) + f"\n{SELECT}"),
    "keys": lambda n: hunt("", f"{FROM}\n| group by " + ", ".join(f"k{i} = dst.port + {i}" for i in range(n)) + " { c = count() }"),
    "aggregates": lambda n: hunt("", f"{FROM}\n| group by process.name {{ " + ", ".join(f"c{i} = count() where dst.port == {i % 65000}" for i in range(n)) + " }"),
    "columns": lambda n: hunt("", f"{FROM}\n| select time, " + ", ".join(f"x{i} = dst.port + {i}" for i in range(n))),
    "case arms": lambda n: hunt("", f"{FROM}\n| derive x = case {{ " + ", ".join(f'dst.port == {i % 65000} -> "v{i}"' for i in range(n)) + ', else "other" }\n| select time, x'),
}


def measure(huntc, text):
    """Seconds of CPU, exit code and the first code of a finding."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "huntc.yaml").write_text((ROOT / "huntc.yaml").read_text())
        home = root / "detections" / "long-list"
        home.mkdir(parents=True)
        (home / "hunt.yaml").write_text(text)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([huntc, "check"], cwd=root, capture_output=True, text=True, timeout=300, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        first = next((word for word in done.stderr.replace("]", "[").split("[") if word[:1] in "EWL" and word[1:].isdigit()), "")
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.returncode, first


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("huntc", type=pathlib.Path)
    arguments.add_argument("kinds", nargs="*", choices=[[], *KINDS], default=[])
    arguments.add_argument("--sizes", default="2000,20000")
    arguments = arguments.parse_args()
    few, many = (int(size) for size in arguments.sizes.split(","))
    huntc = arguments.huntc.resolve()
    print(f"| kind | {few:,}: CPU s | exit | {many:,}: CPU s | exit | ratio |\n|---|---|---|---|---|---|")
    for kind in arguments.kinds or KINDS:
        one, code, said = measure(huntc, KINDS[kind](few))
        other, code_many, said_many = measure(huntc, KINDS[kind](many))
        print(f"| {kind} | {one:.2f} | {code} {said} | {other:.2f} | {code_many} {said_many} | {other / one:.1f} |", flush=True)


if __name__ == "__main__":
    main()
