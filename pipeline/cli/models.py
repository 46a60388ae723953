"""`lifelane models`: which weights there are, and whether they are what was released."""

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["list_models", "models_app", "verify_models"]

models_app = typer.Typer(
    name="models", help="Released weights 模型: list and verify.", no_args_is_help=True
)

_Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
_RegistryFile = Annotated[
    Path | None,
    typer.Option("--registry", help="Another registry.toml; default: this installation's."),
]


@models_app.command("list")
def list_models(as_json: _Json = False, registry: _RegistryFile = None) -> None:
    """List the released models."""
    from rich.console import Console
    from rich.table import Column, Table

    from pipeline.detectors import load_registry

    loaded = load_registry(registry)
    if as_json:
        document = {
            "registry": str(loaded.path),
            "default": loaded.default,
            "models": [
                {
                    "name": entry.name,
                    "version": entry.version,
                    "model": entry.model_version,
                    "file": str(entry.file),
                    "installed": entry.file.is_file(),
                    "sha256": entry.sha256,
                    "classes": list(entry.classes),
                    "input_sizes": list(entry.input_sizes),
                    "default_input_size": entry.default_input_size,
                    "confidence": entry.confidence,
                    "iou": entry.iou,
                    "licence": entry.licence,
                    "figures": dict(entry.figures),
                }
                for entry in loaded.models.values()
            ],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
        return
    table = Table(
        Column("model", no_wrap=True),
        Column("file", no_wrap=True),
        "input px",
        Column("classes", overflow="fold"),
    )
    for entry in loaded.models.values():
        mark = " (default)" if entry.name == loaded.default else ""
        table.add_row(
            entry.model_version + mark,
            entry.file.name if entry.file.is_file() else f"{entry.file.name} (missing)",
            " ".join(map(str, entry.input_sizes)),
            " ".join(entry.classes),
        )
    Console().print(table)


@models_app.command("verify")
def verify_models(as_json: _Json = False, registry: _RegistryFile = None) -> None:
    """Compare the model files with the registry: checksums, classes, input sizes.

    Exit code 1 if anything differs.
    """
    from pipeline.detectors import load_registry

    checks = load_registry(registry).verify()
    passed = all(check.ok for check in checks)
    if as_json:
        document = {
            "ok": passed,
            "checks": [
                {
                    "model": check.model,
                    "check": check.check,
                    "file": str(check.file),
                    "ok": check.ok,
                    "message": check.message,
                }
                for check in checks
            ],
        }
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        for check in checks:
            word = typer.style("ok  ", fg="green") if check.ok else typer.style("FAIL", fg="red")
            typer.echo(f"{word} {check.model} {check.check} {check.file.name}: {check.message}")
    if not passed:
        raise typer.Exit(1)
