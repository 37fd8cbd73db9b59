"""Deletion vectors as Spark writes them, by hand: no program at hand but Spark makes them, and Spark takes a minute to
start. The format is Delta's RoaringBitmapArray, in line in the commit."""

import json
import pathlib
import struct
import time

Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def z85(data):
    data += b"\0" * (-len(data) % 4)
    text = ""
    for (word,) in struct.iter_unpack(">I", data):
        text += "".join(Z85[word // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text


def bitmap(rows):
    """One array container of a 32-bit Roaring bitmap: rows below 65,536, at most 4,096 of them."""
    assert rows and max(rows) < 1 << 16 and len(rows) <= 4096
    head = struct.pack("<IIHHI", 12346, 1, 0, len(rows) - 1, 16)
    return head + struct.pack(f"<{len(rows)}H", *sorted(rows))


def descriptor(rows):
    data = struct.pack("<IQI", 1681511377, 1, 0) + bitmap(sorted(rows))
    return {"storageType": "i", "pathOrInlineDv": z85(data), "sizeInBytes": len(data), "cardinality": len(rows)}


def commits(table):
    return sorted((pathlib.Path(table) / "_delta_log").glob("0*.json"))


def commit(table, actions):
    """Makes the next version of it; returns its number."""
    version = int(commits(table)[-1].stem) + 1
    path = pathlib.Path(table) / "_delta_log" / f"{version:020}.json"
    path.write_text("".join(json.dumps(action) + "\n" for action in actions))
    return version


def live_adds(table):
    """Path -> its newest add."""
    live = {}
    for path in commits(table):
        actions = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        for action in actions:
            if "remove" in action:
                live.pop(action["remove"]["path"], None)
        for action in actions:
            if "add" in action:
                live[action["add"]["path"]] = action["add"]
    return live


def allow_vectors(table):
    commit(table, [{"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["deletionVectors"],
                                 "writerFeatures": ["deletionVectors", "invariants", "appendOnly"]}}])  # fmt: skip


def delete_rows(table, path, rows):
    """As DELETE on Spark: the file's path stays, rows (counted from 0) go; adds to what was deleted of it before only when
    the caller says so."""
    old = live_adds(table)[path]
    removed = {"path": path, "deletionTimestamp": int(time.time() * 1000), "dataChange": True}
    if "deletionVector" in old:
        removed["deletionVector"] = old["deletionVector"]
    # The add first: the order within a commit means nothing.
    return commit(
        table, [{"add": {**old, "deletionVector": descriptor(rows), "dataChange": True}}, {"remove": removed}]
    )


def state_at(table, version):
    """Path -> its add, as the table was at a version."""
    live = {}
    for path in commits(table):
        if int(path.stem) > version:
            break
        actions = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        live = {
            name: add for name, add in live.items() if not any(name == a.get("remove", {}).get("path") for a in actions)
        }
        live |= {action["add"]["path"]: action["add"] for action in actions if "add" in action}
    return live


def removal(add):
    vector = {"deletionVector": add["deletionVector"]} if "deletionVector" in add else {}
    return {"remove": {"path": add["path"], "deletionTimestamp": int(time.time() * 1000), "dataChange": True,
                       "partitionValues": add["partitionValues"], **vector}}  # fmt: skip


def restore(table, version):
    """As RESTORE TABLE on Spark; False when a file is missing, and then nothing is done."""
    now, then = live_adds(table), state_at(table, version)
    if any(not (pathlib.Path(table) / path).exists() for path in then):
        return False
    same = [
        path for path in now if path in then and now[path].get("deletionVector") == then[path].get("deletionVector")
    ]
    removes = [removal(add) for path, add in now.items() if path not in same]
    adds = [{"add": {**add, "dataChange": True}} for path, add in then.items() if path not in same]
    if removes or adds:
        commit(table, adds + removes)
    return True
