# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as clients of the older generation make them: by the name of an image."""

from __future__ import annotations

import hashlib
import typing as t

from starlette.responses import JSONResponse, Response

from local_bloq.context import Context
from local_bloq.identity.tokens import NODES
from local_bloq.nodes.catalog import HIGH, IMAGES, SERVICES, VENDOR, service_of_image
from local_bloq.nodes.quota import refuse_over_quota
from local_bloq.nodes.schemas import STATE, URL, USER_ID, UUID
from local_bloq.store.nodes import Node
from local_bloq.web.operation import Call, Operation
from local_bloq.web.schemas import ERROR, TIME, record, text, word

BODY: t.Final = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": word(*IMAGES), "large": {"type": "boolean"}, "jwt": {"type": "boolean"}},
}
NODE: t.Final = record(
    {
        "user": USER_ID,
        "id": text(pattern=f"^node-{UUID}$"),
        "image": word(*IMAGES),
        "version": text(),
        "state": STATE,
        "nodeUser": text(),
        "nodePass": text(),
        "instance": record({"vendor": text(), "id": text(), "imageId": text(), "type": text()}),
        "startedAt": TIME,
        "url": URL,
    }
)
# What older clients read for a node that takes tokens. CLI v1.0.0
_NONE: t.Final = "-"


async def create(call: Call) -> Response:
    """Make a node by the name of an image. D:nodes"""
    image, large = call.body["image"], call.body.get("large", False)
    refuse_over_quota(call, call.context.nodes.running(call.user.id))
    made = call.context.nodes.add(
        user_id=call.user.id,
        service_id=service_of_image(image, large=large).id,
        auth_type="jwt" if call.body.get("jwt", False) else "basic",
        image=image,
        large=large,
    )
    await call.context.addresses.open(made.id)
    call.context.events.count(call.user.id, NODES, "nodesMade")
    return JSONResponse(_shown(made, call.context))


def _shown(node: Node, context: Context) -> dict[str, t.Any]:
    service = SERVICES["nodes"][node.service_id]
    user, password = context.node_credentials.of(node.id) if node.auth_type == "basic" else (_NONE, _NONE)
    return {
        "user": node.user_id,
        "id": node.id,
        "image": node.image,
        "version": service.software,
        "state": node.state,
        "nodeUser": user,
        "nodePass": password,
        "instance": {
            "vendor": VENDOR,
            "id": _vendor_id("i", node.id),
            "imageId": _vendor_id("ami", service.ami_prefix),
            "type": "m5.xlarge" if service.performance == HIGH else "t3.large",
        },
        "startedAt": node.created_at,
        "url": context.addresses.url(node.id),
    }


def _vendor_id(prefix: str, of: str) -> str:
    return f"{prefix}-{hashlib.sha256(of.encode()).hexdigest()[:17]}"


OPERATIONS = (
    Operation(
        method="POST",
        path="/nodes",
        summary="Make a node by the name of an image",
        handler=create,
        audience=NODES,
        body=BODY,
        replies={200: NODE, 403: ERROR},
    ),
)
