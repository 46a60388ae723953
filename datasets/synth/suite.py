"""The rendered event suite: python datasets/synth/suite.py --out .cache/suite [--only NAME].

Renders what the cameras of suite_scenes lack (kept in the cache, so an interrupted run goes on),
composes every clip of suite_scripts at 15 fps, and writes events.json with what really happens.
`lifelane evaluate events --suite .cache/suite` reads the result.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

__all__ = ["main"]

ORDER = (  # what matters most first
    *("lane-a", "corridor-a", "lift-a", "lift-b", "stairs-a", "overhead-a", "site-a"),
    *("exit-a", "lane-b", "corridor-b", "lift-d", "unit-a", "lift-c"),
)


def main(argv=None):
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=root / ".cache" / "suite")
    parser.add_argument("--cache", type=Path, default=root / ".cache" / "synth" / "suite")
    parser.add_argument("--only", nargs="*", default=ORDER, help="cameras to render and compose")
    parser.add_argument("--samples", type=int, default=2)
    parser.add_argument("--no-render", action="store_true", help="compose what is rendered already")
    parser.add_argument("--no-compose", action="store_true", help="render and stop")
    args = parser.parse_args(argv)
    began = time.monotonic()
    if not args.no_render:
        import bpy  # noqa: F401  (before numpy users, as Blender's wheel asks)

        from render import _quiet
        from suite_library import render_scene
        from suite_scenes import SCENES

        _quiet()
        for name in args.only:
            made = render_scene(SCENES[name], args.cache, args.samples, print)
            print(f"{name}: {made} pictures rendered, {time.monotonic() - began:.0f} s")
    if not args.no_compose:
        from suite_compose import compose_suite

        clips = []
        for name in args.only:  # the index grows with the films: what is there can be used
            clips += compose_suite(args.out, args.cache, {name}, print)
            text = json.dumps({"suite": "rendered@1", "clips": clips}, ensure_ascii=False, indent=1)
            (args.out / "events.json").write_text(text + "\n", encoding="utf-8")
        events = sum(len(c["events"]) for c in clips)
        print(f"{len(clips)} clips, {events} events, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
