"""The reference page of the site file, docs/site-file.md, made from the models themselves.

Renew it after a change: ``python -m pipeline.config.reference > docs/site-file.md``.
"""

import sys
from enum import StrEnum
from typing import Any, Final

from pydantic.fields import FieldInfo

from pipeline.config.camera import Camera, profile_fps
from pipeline.config.evidence import EvidenceConfig
from pipeline.config.fields import SiteModel, extra_of
from pipeline.config.ground import GroundConfig
from pipeline.config.lift import LiftConfig, LiftModbus, LiftMqtt
from pipeline.config.model import ModelConfig
from pipeline.config.sink import SinkConfig
from pipeline.config.site import IncidentApi, Site
from pipeline.config.zone import ZoneConfig
from pipeline.rules import defaults_for
from pipeline.types import PlaceKind, ZoneKind

__all__ = ["reference_page"]

_HEAD: Final = """\
# The site file 站点文件

<!-- Made by `python -m pipeline.config.reference > docs/site-file.md`; change the models in
pipeline/config/, not this page. -->

One YAML file describes one site: its cameras, their zones, and where incidents go. \
[examples/site.yaml](../examples/site.yaml) shows all of it with comments. \
一个 YAML 文件描述一个站点:摄像机、区域、事件送往何处;带注释的完整示例见 examples/site.yaml。

```yaml
site: demo
incident_api: {url: "http://127.0.0.1:8000", key_env: LIFELANE_API_KEY}
cameras:
  - id: lane-1
    source: clips/lane.mp4        # path, rtsp://, http://, webcam:0
    place: fire_lane
    zones:
      - {id: lane, kind: fire_lane, polygon: [[0.1,0.3],[0.9,0.3],[0.9,0.95],[0.1,0.95]], \
raise_after_s: 10, clear_after_s: 10}
```

`lifelane check-config site.yaml` names everything that is wrong in it at once, as \
`file:line: field: message (expected …, found …)`, and then what will be watched. Exit code 0: \
the file can be used, there may be warnings; 2: it cannot. `--json` prints one object \
`{"file", "ok", "problems": [{"line", "field", "expected", "found", "message", "severity"}]}`; \
`severity` is `error` or `warning`, `line` is null where the file itself is the problem.

## Rules that hold everywhere 通则

- **Encoding 编码.** UTF-8, with or without a byte order mark. Indent with spaces, never with \
tabs; colons, commas and brackets are half-width (半角).
- **Paths 路径.** A relative path (`source`, `model.name`, `state_dir`) begins at the folder of \
the site file, wherever the command is started: the same file finds the same clips and the same \
state. `~` is your home folder.
- **Ids 编号.** 1 to 64 of `A-Z a-z 0-9 _ . -`: they become part of file names and keys. Chinese \
names go into `name`. Camera ids are unique in the file, zone ids within their camera.
- **Secrets 密钥与口令.** `${NAME}` in `source`, `incident_api.url` and `sinks[].url` is \
filled in from the environment; a variable that is not set is an error; `$${` stands for `${` \
itself. The value is taken as it is, so a password in it is percent-encoded as well. The API key \
never stands in the file: `incident_api.key_env` names the variable that holds it. No message of \
LifeLane shows a password or a key.
- **Numbers 数值.** Plain numbers in the unit of the table: `10`, not `10s` and not `"10"`. \
Shares run from 0 to 1.
- **Nothing else 未知字段.** An unknown field is an error, so that a slip cannot pass for a \
setting. YAML's anchors, aliases and merge keys (`<<: *base`) work; tags do not; a field that \
stands twice is an error.
"""

_PARTS: Final[tuple[tuple[type[SiteModel], str, str], ...]] = (
    (Site, "The file 文件", ""),
    (IncidentApi, "incident_api 事件接口", "incident_api."),
    (SinkConfig, "sinks[] 其他接收方", "sinks[]."),
    (ModelConfig, "model 模型", "model."),
    (EvidenceConfig, "evidence 证据", "evidence."),
    (Camera, "cameras[] 摄像机", "cameras[]."),
    (LiftConfig, "lift 电梯接口", "cameras[].lift."),
    (LiftMqtt, "lift.mqtt", "cameras[].lift.mqtt."),
    (LiftModbus, "lift.modbus", "cameras[].lift.modbus."),
    (ZoneConfig, "zones[] 区域", "cameras[].zones[]."),
    (GroundConfig, "ground 地面标定", "cameras[].zones[].ground."),
)


def reference_page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD, *(_table(*part) for part in _PARTS), _zone_defaults(), _places()]
    return "\n".join(parts)


def _table(model: type[SiteModel], heading: str, prefix: str) -> str:
    lines = [
        f"## {heading}\n",
        f"{(model.__doc__ or '').strip()}\n",
        "| field 字段 | title 名称 | unit | allowed 可填 | default 默认 | meaning 含义 |",
        "|---|---|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        title = f"{field.title} {extra_of(field, 'title_zh')}"
        cells = (
            f"`{prefix}{name}`",
            title,
            extra_of(field, "unit") or "–",
            extra_of(field, "expected"),
            _default(field),
            str(field.description),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required 必填**"
    return extra_of(field, "default_words") or _as_yaml(field.default)


def _as_yaml(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    if isinstance(value, StrEnum):
        return f"`{value.value}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(str(item) for item in value) + "]`"
    return f"`{value}`"


def _zone_defaults() -> str:
    names = (
        "raise_after_s",
        "clear_after_s",
        "update_every_s",
        "k_of_n",
        "min_confidence",
        "required_width_m",
    )
    lines = [
        "## Defaults by kind of zone 各类区域的默认值\n",
        "| kind | " + " | ".join(names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for kind in ZoneKind:
        usual = defaults_for(kind)
        values = []
        for name in names:
            value = getattr(usual, name)
            values.append(f"{value:g}" if isinstance(value, float) else str(list(value)))
        lines.append(f"| `{kind.value}` | " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def _places() -> str:
    lines = [
        "## Places and their sampling rate 场所与抽帧率\n",
        "`lift` is read as `elevator`, as a place and as a kind of zone.\n",
        "| place | frames/s |",
        "|---|---|",
        *(f"| `{place.value}` | {profile_fps(place):g} |" for place in PlaceKind),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(reference_page())
