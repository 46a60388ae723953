"""What is done with pictures and clips."""

from typing import Annotated

from pipeline.config.fields import SiteModel, number, switch

__all__ = ["EvidenceConfig"]


class EvidenceConfig(SiteModel):
    """What may leave the site, and what is kept on it under lock."""

    blur: Annotated[
        bool,
        switch(
            title="Blur",
            zh="模糊处理",
            description="Heads of people and the parts of vehicles where a plate can be are made "
            "unreadable in every picture that goes to the incident API. Privacy masks are black "
            "in any case.",
        ),
    ] = True
    keep_originals_days: Annotated[
        float,
        number(
            ge=0,
            le=3650,
            unit="days",
            what="a number of days",
            title="Keep originals",
            zh="原图保存天数",
            description="How long unblurred pictures and clips stay in the state folder, readable "
            "only for the user that runs LifeLane. The pictures that leave name the SHA-256 of "
            "their original. 0 keeps none.",
        ),
    ] = 30.0
    send_clips: Annotated[
        bool,
        switch(
            title="Send clips",
            zh="外发录像",
            description="A clip is cut from the camera's stream as it came: it can be neither "
            "masked nor blurred. false keeps clips locked on the site; true sends them to the "
            "incident API, faces and all.",
        ),
    ] = False
