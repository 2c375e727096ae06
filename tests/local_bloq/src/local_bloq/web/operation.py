# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations: one declaration from which the route, the checks and the OpenAPI document are made."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import jsonschema_rs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local_bloq.context import Context
from local_bloq.identity.tokens import CONNECT, MANAGER
from local_bloq.store.users import User
from local_bloq.web.bodies import read_json
from local_bloq.web.credentials import credential
from local_bloq.web.refusals import Refusal

JsonSchema = t.Mapping[str, t.Any]

_INTEGER: t.Final = re.compile("-?[0-9]{1,18}")


@dataclasses.dataclass(kw_only=True)
class Call:
    """One request, checked against its operation.

    Attributes:
        context: the services' state.
        request: the HTTP request.
        path: the values of the path's placeholders.
        query: the values of the query parameters that were given, integers as integers.
        body: the JSON body, valid by the operation's schema.
        user: the account behind the token; only for an operation that takes one.
    """

    context: Context
    request: Request
    path: dict[str, str]
    query: dict[str, t.Any]
    body: t.Any
    _user: User | None

    @property
    def user(self) -> User:
        """The account behind the token."""
        if self._user is None:
            raise AssertionError("This operation takes no token")
        return self._user


Handler = t.Callable[[Call], t.Awaitable[Response]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of a service.

    Attributes:
        handler: what carries it out.
        audience: the audience that a token must name; ``None`` when it takes no token.
        anonymous: whether it serves a request without a token all the same.
        basic: whether it takes HTTP Basic authentication.
        admin: whether the account must be an administrator's.
        body: the schema of the JSON body; ``None`` when there is none, and then a body is never read.
        query: the schemas of the query parameters, all of them optional.
        replies: the schema for each status that it answers itself, ``None`` for a reply without body. A 400 among
            them is for values that are wrong though their form is right; that for a wrong form goes without saying.
        examples: for a placeholder of the path, a value that finds something.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    audience: str | None = None
    anonymous: bool = False
    basic: bool = False
    admin: bool = False
    body: JsonSchema | None = None
    query: t.Mapping[str, JsonSchema] = dataclasses.field(default_factory=dict)
    replies: t.Mapping[int, JsonSchema | None]
    examples: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def routes(operations: t.Iterable[Operation], context: Context) -> list[Route]:
    """Return one route for each path, so that a 405 names every method that the path has."""
    by_path: dict[str, dict[str, t.Callable[[Request], t.Awaitable[Response]]]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = _endpoint(operation, context)
    # The path /tx/send is also one of /tx/{txid}: the more exact one comes first.
    exact_first = sorted(by_path, key=lambda path: path.count("{"))
    return [Route(path, _dispatch(by_path[path]), methods=list(by_path[path])) for path in exact_first]


def _dispatch(
    methods: dict[str, t.Callable[[Request], t.Awaitable[Response]]],
) -> t.Callable[[Request], t.Awaitable[Response]]:
    async def dispatch(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](request)

    return dispatch


def _endpoint(operation: Operation, context: Context) -> t.Callable[[Request], t.Awaitable[Response]]:
    body_validator = None if operation.body is None else jsonschema_rs.validator_for(dict(operation.body))
    query_validators = {name: jsonschema_rs.validator_for(dict(schema)) for name, schema in operation.query.items()}

    async def endpoint(request: Request) -> Response:
        user = None
        if operation.audience is not None and not (operation.anonymous and "authorization" not in request.headers):
            user = authenticate(request, context, operation.audience)
        if operation.admin and (user is None or not user.admin):
            raise Refusal(403, "AdminsOnly")
        query: dict[str, t.Any] = {}
        for name, validator in query_validators.items():
            if name in request.query_params:
                value = _typed(request.query_params[name], operation.query[name])
                if not validator.is_valid(value):
                    raise Refusal(400, "InvalidQuery")
                query[name] = value
        body = None
        if body_validator is not None:
            body = await read_json(request)
            if not body_validator.is_valid(body):
                raise Refusal(400, "InvalidBody")
        path = {name: str(value) for name, value in request.path_params.items()}
        return await operation.handler(
            Call(context=context, request=request, path=path, query=query, body=body, _user=user)
        )

    return endpoint


def _typed(text: str, schema: JsonSchema) -> object:
    # Stricter than int(), which takes blanks, underscores and other scripts' digits.
    return int(text) if schema["type"] == "integer" and _INTEGER.fullmatch(text) else text


def authenticate(request: Request, context: Context, audience: str) -> User:
    """Return the account behind the request's token.

    Args:
        audience: what the token's ``aud`` must name.

    Raises:
        Refusal: 401 no token, not one of ours, or expired; 403 a good token that is not for this service.
    """
    seen = credential(request.scope, context.tokens)
    if seen.token is None:
        raise Refusal(401, "MissingToken" if seen.kind is None else "InvalidToken", headers=BEARER_CHALLENGE)
    if seen.token.expired:
        # The SDK fetches a new token when, and only when, the body is exactly this. SDK, H
        text = "jwt expired" if audience == CONNECT else None
        raise Refusal(401, "ExpiredToken", headers=BEARER_CHALLENGE, text=text)
    if audience not in seen.token.audience:
        raise Refusal(403, "WrongTokenKind")
    user_id: str | None = seen.token.subject
    if seen.kind == "client":
        key = context.client_keys.find(seen.token.subject)
        user_id = None if key is None else key.user_id
    user = None if user_id is None else context.users.find(user_id)
    if user is None:
        raise Refusal(401, "InvalidToken", headers=BEARER_CHALLENGE)
    if MANAGER not in seen.token.audience and user.admin:
        # An administrator's client token, or a token from before the promotion, has an ordinary user's rights.
        return dataclasses.replace(user, admin=False)
    return user


BEARER_CHALLENGE = {"WWW-Authenticate": "Bearer"}
