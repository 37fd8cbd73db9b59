"""Writes the licences of all crates that `cargo metadata` lists into one text: name, version, licence, and its words.

crate_licences.py METADATA.json OUT.txt
"""

import json
import pathlib
import sys

NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def licence_texts(folder):
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name.upper().startswith(NAMES):
            yield file.name, file.read_text(errors="replace").strip()


def main(metadata_file, out_file):
    packages = json.loads(pathlib.Path(metadata_file).read_text())["packages"]
    seen = {}  # Most crates carry the very same words: each is written once.
    parts = ["Licences of the crates compiled into librcml_delta.so.\n"]
    for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
        if package["source"] is None:
            continue  # Our own.
        parts.append(f"\n==== {package['name']} {package['version']}: {package['license'] or 'see its file'}\n")
        for name, text in licence_texts(pathlib.Path(package["manifest_path"]).parent):
            first = seen.setdefault(text, f"{package['name']} {name}")
            same = first != f"{package['name']} {name}"
            parts.append(f"-- {name}: as {first}\n" if same else f"-- {name}:\n{text}\n")
    pathlib.Path(out_file).write_text("".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
