# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Bloq's services a new node is made from."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ...module_utils._errors import InputError
from ...module_utils._nodes import Service

_CRITERIA = ("chain", "network", "software", "performance")
_USUAL_PERFORMANCE = "standard"


def choose_service(services: Iterable[Service], options: Mapping[str, t.Any]) -> Service:
    """Return the one service that the options mean.

    Without ``performance`` the usual size is meant. A node costs money, so nothing else is guessed.

    Args:
        services: what Bloq offers.
        options: ``service_id``, or ``chain`` and what else distinguishes the services.

    Raises:
        InputError: the options mean no service, a disabled one, or several.
    """
    offered = [service for service in services if not service.disabled]
    wanted = {name: options[name] for name in _CRITERIA if options[name]}
    if options["service_id"]:
        found = [service for service in offered if service.id == options["service_id"]]
        for name, value in wanted.items():
            # It would be made, and the next run would refuse what it is.
            if found and getattr(found[0], name) != value:
                raise InputError(
                    f"The service {found[0].id} has {name} {getattr(found[0], name)}, not {value}. Give service_id "
                    "alone, or the one that fits."
                )
    elif options["chain"]:
        found = [service for service in offered if all(getattr(service, key) == wanted[key] for key in wanted)]
        usual = [service for service in found if service.performance == _USUAL_PERFORMANCE]
        if len(found) > 1 and usual and not options["performance"]:
            found = usual
    else:
        raise InputError("service_id or chain is missing: say what the node is to be made from.")
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"Several services fit: {_listed(found)}. Say which by network, software, performance or service_id."
        )
    if not offered:
        raise InputError("Bloq offers nothing that this could be made from. Check nodes_url, or try again later.")
    likely = [service for service in offered if service.chain == options["chain"]] or offered
    raise InputError(f"Bloq offers no such service, or has disabled it. Choose one of: {_listed(likely)}.")


def _listed(services: Iterable[Service]) -> str:
    return "; ".join(
        f"{service.id} ({', '.join(str(getattr(service, name)) for name in _CRITERIA)})" for service in services
    )
