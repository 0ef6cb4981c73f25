#!/usr/bin/env python3
"""Refuses a dependency that Package.swift allows a target and that none of its files imports.

The compiler refuses an import that is not allowed; this refuses the permission that nobody uses, so that the arrows in
Package.swift are those of the code. Run by `make check-imports`.
"""
import json
import pathlib
import re
import subprocess
import sys

IMPORT = re.compile(r"^(?:@testable |@_exported )?import (?:(?:struct|class|enum|protocol|func|let|var|typealias) )?(\w+)")


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    package = json.loads(subprocess.check_output(["swift", "package", "dump-package"], cwd=root))
    kinds = {target["name"]: target["type"] for target in package["targets"]}
    unused = []
    for target in package["targets"]:
        if target["type"] == "system":
            continue
        folder = root / (target.get("path") or ("Tests" if target["type"] == "test" else "Sources") + "/" + target["name"])
        imported = {
            match.group(1)
            for file in folder.rglob("*.swift")
            for line in file.read_text(encoding="utf-8").splitlines()
            if (match := IMPORT.match(line))
        }
        for dependency in target["dependencies"]:
            name = next(iter(dependency.values()))[0]
            # A test may need a program to be there, which nobody can import.
            if name not in imported and kinds.get(name) != "executable":
                unused.append(f"Package.swift: {target['name']} may import {name}, and no file of it does: take it out")
    print("\n".join(unused), end="\n" if unused else "")
    return 1 if unused else 0


if __name__ == "__main__":
    sys.exit(main())
