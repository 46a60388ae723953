"""Makes the starting point of a fine-tuning run: COCO weights with our fourteen classes.

python models/graft.py path/to/yolo11n_coco.pt models/runs/graft.pt
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "datasets"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))

from head_surgery import graft_head, load_detector, save_checkpoint  # noqa: E402
from taxonomy import load_taxonomy  # noqa: E402

__all__ = ["main"]


def main() -> int:
    """Graft and save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path, help="COCO-pretrained checkpoint")
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    model = graft_head(load_detector(options.base), load_taxonomy().names)
    save_checkpoint(model, options.target, note="COCO weights, class rows grafted, not trained")
    print(f"{options.target}: {', '.join(load_taxonomy().names)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
