# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/openapi.json``: what a service's operations declare, as an OpenAPI 3.1 document."""

from __future__ import annotations

import http
import inspect
import re
import typing as t

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local_bloq.context import Context
from local_bloq.identity.tokens import ACCOUNTS, CONNECT, NODES
from local_bloq.web.operation import JsonSchema, Operation
from local_bloq.web.schemas import ERROR, NODES_ERROR

PATH: t.Final = "/openapi.json"

_ACCOUNT_TOKEN = "accountToken"  # noqa: S105 - the name of a scheme
_CLIENT_TOKEN = "clientToken"  # noqa: S105 - the name of a scheme
_LOGIN = "login"
_SECURITY_SCHEMES: t.Final = {
    _ACCOUNT_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An account access token, from POST /auth of Accounts.",
    },
    _CLIENT_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A client access token, from POST /auth/token of Accounts.",
    },
    _LOGIN: {
        "type": "http",
        "scheme": "basic",
        "description": "E-mail address or user id, and password.",
    },
}
_ERROR_REFERENCE: t.Final = {"$ref": "#/components/schemas/Error"}
_PLACEHOLDER: t.Final = re.compile(r"\{(\w+)(?::\w+)?\}")
# At the end of a docstring: the tags of the contract's sources, which the document's readers do not have.
_SOURCE_TAGS: t.Final = re.compile(r"(?<=[.]) (?:(?:S|H|INF|SDK|PUB|CLI\d+|D:\w+)(?:, |$))+$", re.MULTILINE)


def document_route(service: str, operations: t.Sequence[Operation], context: Context) -> Route:
    """Return the route that serves the document of a service."""
    made: list[dict[str, t.Any]] = []

    async def serve(_request: Request) -> Response:
        if not made:
            made.append(document(service, operations, context.urls[service]))
        return JSONResponse(made[0])

    return Route(PATH, serve)


def document(service: str, operations: t.Sequence[Operation], url: str) -> dict[str, t.Any]:
    """Return the document.

    Args:
        service: the service's name.
        url: where it is served.
    """
    paths: dict[str, dict[str, t.Any]] = {}
    used: set[str] = set()
    for operation in operations:
        path = _PLACEHOLDER.sub(r"{\1}", operation.path)
        described = _operation(operation, path)
        paths.setdefault(path, {})[operation.method.lower()] = described
        used |= {scheme for choice in described["security"] for scheme in choice}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Local Bloq, {service.title()}",
            "version": "1.0.0",
            "description": f"A local stand-in of Bloq's {service.title()} service, made from its own declarations."
            " Unknown paths are 404 and unknown methods 405, with the error's body.",
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": {"Error": NODES_ERROR if service == NODES else ERROR},
            "securitySchemes": {name: scheme for name, scheme in _SECURITY_SCHEMES.items() if name in used},
        },
    }


def _operation(operation: Operation, path: str) -> dict[str, t.Any]:
    described: dict[str, t.Any] = {
        "operationId": operation.method.lower() + "".join(word.title() for word in re.findall(r"[A-Za-z0-9]+", path)),
        "summary": operation.summary,
        "description": _SOURCE_TAGS.sub("", inspect.getdoc(operation.handler) or operation.summary),
        "security": _security(operation),
        "parameters": [
            *(_placeholder(name, operation.examples) for name in _PLACEHOLDER.findall(path)),
            *(_parameter("query", name, schema) for name, schema in operation.query.items()),
        ],
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": operation.body}}}
    described["responses"] = _replies(operation, path)
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.basic:
        return [{_LOGIN: []}]
    if operation.audience is None:
        return []
    accepted = [_ACCOUNT_TOKEN] if operation.audience == ACCOUNTS else [_ACCOUNT_TOKEN, _CLIENT_TOKEN]
    choices: list[dict[str, list[str]]] = [{scheme: []} for scheme in accepted]
    return [*choices, {}] if operation.anonymous else choices


def _placeholder(name: str, examples: t.Mapping[str, str]) -> dict[str, t.Any]:
    parameter = _parameter("path", name, {"type": "string", "minLength": 1})
    return {**parameter, "example": examples[name]} if name in examples else parameter


def _parameter(where: str, name: str, schema: JsonSchema) -> dict[str, t.Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _replies(operation: Operation, path: str) -> dict[str, t.Any]:
    errors: set[int] = set()
    if operation.audience is not None:
        errors |= {401, 403}
    if operation.query:
        errors.add(400)
    if operation.body is not None:
        errors |= {400, 408, 413, 415}
    if "{" in path:
        # A slash in the value, encoded or not, makes it another path.
        errors.add(404)
    replies = {**dict.fromkeys(errors, ERROR), **operation.replies}
    return {str(status): _reply(operation, status, replies[status]) for status in sorted(replies)}


def _reply(operation: Operation, status: int, schema: JsonSchema | None) -> dict[str, t.Any]:
    reply: dict[str, t.Any] = {"description": http.HTTPStatus(status).phrase}
    if schema is not None:
        shown = _ERROR_REFERENCE if schema is ERROR else schema
        reply["content"] = {"application/json": {"schema": shown}}
        if status == 401 and operation.audience == CONNECT:
            reply["content"]["text/plain"] = {"schema": {"const": "jwt expired"}}
    if status == 401 and (operation.audience is not None or operation.basic):
        reply["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    if status == 429:
        reply["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    return reply
