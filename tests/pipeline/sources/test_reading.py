"""The packet reader alone: what it decodes, and what it gives out."""

from pathlib import Path

import av
from sources_stage import make_video, number_of

from pipeline.sources.reading import PacketReader


def test_who_wakes_in_mid_group_sees_the_newest_picture_and_no_old_one(tmp_path: Path) -> None:
    """At rest from the second key frame on; somebody asks for pictures six packets later."""
    clip = make_video(tmp_path / "a.mp4", frames=40, fps=10, gop=20)
    asked = 0

    def at_rest() -> bool:
        nonlocal asked
        asked += 1
        return asked <= 6  # once for the key frame, then for each packet

    reader = PacketReader(decode="auto", at_rest=at_rest, on_damage=lambda: None)
    with av.open(str(clip)) as container:
        reader.restart(container)
        numbers = [
            number_of(picture.to_ndarray(format="bgr24")) for picture in reader.pictures(container)
        ]
    # 21 to 25 lie before the newest, 26: decoded for its sake, and given to nobody.
    assert numbers == [*range(21), *range(26, 40)]
    assert reader.decoded == 40
    assert reader.damaged == 0
