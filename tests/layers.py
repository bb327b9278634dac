#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The include law, the licence line and what each folder says of itself, over src/ and tests/ of the project whose root is the first argument.

A folder of src/ stands on a floor and may include its own files and those of lower floors. Some libraries may be named
in a few places only, so that everything else can be read, tested and replaced without them.
"""
import re
import sys
from pathlib import Path

FLOORS = {
    "base": 0,
    "trust": 1,
    "statement": 1,
    "formats": 2,
    "expr": 2,
    "fetch": 2,
    "ledger": 3,
    "port": 3,
    "views": 4,
    "decide": 4,
    "commit": 5,
    "sim": 5,
    "share": 6,
    "serve": 7,
    "node": 8,
    "cli": 9,
}

# Folders of one floor that may see a neighbour: a statement is hashed, and trust knows nothing of statements.
NEIGHBOURS = {("statement", "trust")}

# Header (as its include begins): where it may be included; a trailing slash means the whole folder.
LIBRARIES = {
    "sqlite3.h": ["src/ledger/engine_sqlite.c", "src/ledger/engine_sqlite.h", "src/views/"],
    "libpq-fe.h": ["src/ledger/engine_postgres.c"],
    "microhttpd.h": ["src/serve/"],
    "event2/": ["src/serve/"],
    "curl/": ["src/fetch/"],
    "curl.h": ["src/fetch/"],
    "gnutls/": ["src/trust/", "src/serve/"],
    "gmp.h": ["src/trust/"],
    "sodium.h": ["src/trust/", "src/base/"],
    "sodium/": ["src/trust/", "src/base/"],
    "yaml.h": ["src/formats/"],
    "unicode/": ["src/expr/"],
    "geos_c.h": ["src/port/"],
    "libxml/": ["src/formats/"],
}

SPDX = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
SOURCES = {".c", ".h", ".py", ".sh", ".js", ".mjs", ".build"}
# What another program wrote.
GENERATED = {"dist", "node_modules", "__pycache__"}


def allowed(path: str, places: list[str]) -> bool:
    return any(path.startswith(place) if place.endswith("/") else path == place for place in places)


def library_fault(path: str, header: str) -> str | None:
    for library, places in LIBRARIES.items():
        names = header.startswith(library) if library.endswith("/") else header == library
        if names and not allowed(path, places):
            return f"includes {header}, which only {', '.join(places)} may"
    return None


def floor_fault(folder: str, header: str) -> str | None:
    target = header.split("/")[0] if "/" in header else folder
    if target not in FLOORS:
        return f'includes "{header}", which is in no folder of src/'
    if target == folder or FLOORS[target] < FLOORS[folder] or (folder, target) in NEIGHBOURS:
        return None
    return f'includes "{header}": {folder} (floor {FLOORS[folder]}) stands not above {target} (floor {FLOORS[target]})'


def source_faults(root: Path, file: Path) -> list[str]:
    path = file.relative_to(root).as_posix()
    text = file.read_text(encoding="utf-8")
    faults = []
    if SPDX not in "\n".join(text.splitlines()[:2]):
        faults.append(f"{path}: the line `{SPDX}` is missing at its head")
    if file.suffix not in {".c", ".h"} or not path.startswith("src/"):
        return faults
    folder = path.split("/")[1]
    for match in INCLUDE.finditer(text):
        quote, header = match.groups()
        fault = library_fault(path, header)
        if not fault and quote == '"':
            fault = floor_fault(folder, header) if folder in FLOORS else f"{folder} has no floor"
        if fault:
            line = text.count("\n", 0, match.start(2)) + 1
            faults.append(f"{path}:{line}: {fault}")
    return faults


def folder_faults(root: Path) -> list[str]:
    """One header of each folder says what the folder is for and what it may not."""
    faults = []
    for folder in sorted(p.name for p in (root / "src").iterdir() if p.is_dir() and any(p.glob("*.h"))):
        heads = [h.read_text(encoding="utf-8").split("#ifndef")[0].replace("\n// ", " ") for h in (root / "src" / folder).glob("*.h")]
        said = [head.split(f"The folder {folder}/: ")[1] for head in heads if f"The folder {folder}/: " in head]
        if len(said) != 1 or "may not" not in said[0]:
            faults.append(f"src/{folder}: {len(said)} headers say `The folder {folder}/: …` and what it may not; one should")
    return faults


def all_faults(root: Path) -> tuple[int, list[str]]:
    files = []
    for top in ("src", "tests"):
        for file in sorted((root / top).rglob("*")):
            inside = file.relative_to(root).parts
            if file.suffix in SOURCES and file.is_file() and "data" not in inside and not GENERATED & set(inside):
                files.append(file)
    return len(files), [fault for file in files for fault in source_faults(root, file)] + folder_faults(root)


def self_test() -> None:
    """The law itself, on includes whose verdict is known: a check that cannot fail is none."""
    assert floor_fault("views", "ledger/engine.h") is None
    assert floor_fault("views", "views/crossings.h") is None
    assert floor_fault("statement", "trust/hash.h") is None
    assert floor_fault("trust", "statement/statement.h")
    assert floor_fault("decide", "views/crossings.h")
    assert floor_fault("base", "trust/hash.h")
    assert floor_fault("base", "nowhere/x.h")
    assert library_fault("src/views/crossings.c", "sqlite3.h") is None
    assert library_fault("src/ledger/tile.c", "sqlite3.h")
    assert library_fault("src/commit/commit.c", "event2/event.h")
    assert library_fault("src/statement/statement.c", "sodium.h")
    assert INCLUDE.findall('#include "a/b.h"\n  #  include <c.h>\n// #include "d.h"\n') == [('"', "a/b.h"), ("<", "c.h")]


def main() -> int:
    self_test()
    count, faults = all_faults(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    for fault in faults:
        print(fault)
    print(f"{count} files, {len(faults)} faults")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
