"""JSON schemas of a study's files, made from the values that they hold, and descriptions of its tables.

The schemas lie beside this module (`schemas/`), so that other programs find them in the wheel; a test holds them to the
values. `python -m chatsim.study.schema` writes them anew.
"""

from __future__ import annotations

import ast
import enum
import inspect
import json
import textwrap
import types
import typing
from importlib import resources
from pathlib import Path
from typing import Any

import attrs

from chatsim.errors import ConfigurationError
from chatsim.study.columns import TABLES, TableDescription
from chatsim.study.manifest import Manifest, Timing
from chatsim.study.summary import FORMAT_VERSION, Summary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = "schemas"
DOCUMENTS: dict[str, type[attrs.AttrsInstance]] = {
    "summary": Summary,
    "manifest": Manifest,
    "timing": Timing,
}
SCALARS = {int: "integer", float: "number", str: "string", bool: "boolean", type(None): "null"}
NAMES = (*DOCUMENTS, *(table.name for table in TABLES))


def schema_text(name: str) -> str:
    """What the file or table of this name holds, as JSON; ConfigurationError for any other name."""
    if name in DOCUMENTS:
        return resources.files("chatsim.study").joinpath(FOLDER, f"{name}.json").read_text("utf-8")
    for table in TABLES:
        if table.name == name:
            return _text(_table(table))
    message = f"there is no schema {name!r}; it takes one of {', '.join(NAMES)}"
    raise ConfigurationError(message)


def made(name: str) -> str:
    """The text of a document's schema, from the value that it holds."""
    kind = DOCUMENTS[name]
    definitions: dict[str, Any] = {}
    top = _object(kind, definitions)
    top["properties"]["format_version"] = {"const": FORMAT_VERSION}
    described = {"$schema": DIALECT, "title": f"{name}.json of a chatsim study", **top}
    return _text({**described, "$defs": dict(sorted(definitions.items()))})


def _text(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _table(table: TableDescription) -> dict[str, Any]:
    return {
        "file": table.file,
        "format_version": FORMAT_VERSION,
        "rows": table.rows,
        "columns": [attrs.asdict(column) for column in table.columns],
    }


def _object(kind: type[attrs.AttrsInstance], definitions: dict[str, Any]) -> dict[str, Any]:
    hints, meanings = typing.get_type_hints(kind), field_meanings(kind)
    properties = {}
    for field in attrs.fields(kind):
        properties[field.name] = _schema(hints[field.name], definitions)
        if field.name in meanings:
            # Beside a reference as well: the dialect allows it.
            properties[field.name] = {**properties[field.name], "description": meanings[field.name]}
    return {
        "type": "object",
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "properties": properties,
        "required": [field.name for field in attrs.fields(kind)],
        "additionalProperties": False,
    }


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one type: scalars, enumerations, values, tuples of one type or of a fixed length, unions."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in SCALARS:
        return {"type": SCALARS[hint]}
    if origin in {types.UnionType, typing.Union}:
        return {"anyOf": [_schema(each, definitions) for each in arguments]}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is tuple:
        items = [_schema(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    if isinstance(hint, type) and issubclass(hint, enum.StrEnum):
        return {"enum": [each.value for each in hint]}
    if isinstance(hint, type) and attrs.has(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = _object(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    raise TypeError(f"no JSON schema for {hint}")


def field_meanings(kind: type) -> dict[str, str]:
    """What stands below the fields of a class in its source."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    meanings = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                meanings[name] = inspect.cleandoc(text)
    return meanings


def write(folder: Path) -> None:
    """Write the schemas anew."""
    for name in DOCUMENTS:
        (folder / f"{name}.json").write_text(made(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).with_name(FOLDER))
