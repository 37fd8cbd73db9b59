"""How far this run goes, and the seed of everything random in it."""

import os
import random

EXTENT = os.environ.get("RCML_EXTENT") or "short"
if EXTENT not in ("short", "long"):
    raise SystemExit(f"RCML_EXTENT is short or long, not {EXTENT}")
IS_LONG = EXTENT == "long"
SEED = int(os.environ.get("RCML_ATTACKS_SEED") or random.SystemRandom().randrange(1 << 32))


def by_extent(short, long):
    return long if IS_LONG else short
