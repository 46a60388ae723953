"""Every field says what it is, in what unit and what may stand there: docs and forms need it."""

import pytest
from pydantic.fields import FieldInfo

from pipeline.config import Camera, IncidentApi, ModelConfig, SinkConfig, Site, ZoneConfig

_MODELS = (Site, IncidentApi, SinkConfig, ModelConfig, Camera, ZoneConfig)
_FIELDS = [
    pytest.param(model, name, field, id=f"{model.__name__}.{name}")
    for model in _MODELS
    for name, field in model.model_fields.items()
]
_UNITS = {"_s": "s", "_fps": "frames/s", "_px": "px"}


@pytest.mark.parametrize(("model", "name", "field"), _FIELDS)
def test_a_field_explains_itself(model: type, name: str, field: FieldInfo) -> None:
    assert field.title
    assert field.description
    assert field.description.endswith(".")
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    assert any("\u4e00" <= char <= "\u9fff" for char in str(extra["title_zh"]))
    assert extra["expected"]
    if field.is_required():
        assert extra["example"], "a message about a missing field shows what to write"
    for suffix, unit in _UNITS.items():
        if name.endswith(suffix):
            assert extra["unit"] == unit


@pytest.mark.parametrize("model", _MODELS)
def test_json_schema_for_forms(model: type[Site]) -> None:
    schema = model.model_json_schema()
    assert schema["additionalProperties"] is False
    for name, field in schema["properties"].items():
        assert field["title"], name
        assert field["title_zh"], name
        assert field["description"], name
