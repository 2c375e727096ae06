# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a named node or cluster and its record to the wanted state; nothing that costs money is forgotten."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Collection, Mapping, Sequence

from ...module_utils._errors import InputError, ReplyError
from ...module_utils._nodes import STOPPED, Node, NodeOrder, Service, cluster_changes
from .._creation.creator import CrashSafeCreator
from .._creation.escrow import Escrowed, adoptable
from .._creation.intent import IntentFile
from .._creation.job_folders import warn_of_loss
from .._creation.outcome import Outcome
from .._sessions import NodesSession
from .._vault.file import VaultFile
from .._vault.names import check_new_name
from .._vault.secrets import PLACEHOLDER
from .choice import choose_service
from .record import NodeRecord

#: Stands for a node that is not made yet, to try what the vault file takes.
_PLACEHOLDER: dict[str, t.Any] = {"id": "node", "url": "https://node", "username": "user", "password": PLACEHOLDER}


@dataclasses.dataclass(kw_only=True)
class NodeOutcome(Outcome):
    """What happened, or in check mode would happen.

    Attributes:
        before: the record as it was.
        after: the record as it is; in check mode, what only the service can give is empty.
        node: the node as the service has it; None when it is absent, or would only now be made.
        changes: what was changed of a cluster.
    """

    before: NodeRecord | None
    after: NodeRecord | None = None
    node: Node | None = None
    changes: dict[str, t.Any] = dataclasses.field(default_factory=dict)


class NodeLifecycle:
    """One named node or cluster and its record in a vault file.

    The caller holds the vault file's lock for as long as this lives.

    Args:
        name: its name.
        nodes_url: the service, as the record remembers it.
        session: the account's operations.
        file: the vault file.
        intents: the intent beside it.
        check_mode: what is, is read; nothing is made, changed, removed or written.
        dismissed: the ids of suspects that the user knows to be somebody else's.
        lasts: whether the vault file, or an escrow of its records, outlives the job that this runs in.

    Attributes:
        creation: makes and removes nodes, and knows what earlier runs have left behind.
    """

    def __init__(
        self,
        name: str,
        *,
        nodes_url: str,
        session: NodesSession,
        file: VaultFile,
        intents: IntentFile,
        check_mode: bool,
        dismissed: Collection[str] = (),
        lasts: bool = True,
    ) -> None:
        self._name = name
        self._url = nodes_url
        self._session = session
        self._file = file
        self._check_mode = check_mode
        self._lasts = lasts
        self._intents = intents
        found = file.records.get(name)
        self._record = None if found is None else NodeRecord.from_mapping(name, found)
        self._node: Node | None = None
        self._outcome = NodeOutcome(before=self._record)
        self.creation = CrashSafeCreator[NodeOrder, Node](
            session,
            holds=self._holds,
            intents=intents,
            check_mode=check_mode,
            dismissed=dismissed,
        )

    def ensure(self, options: Mapping[str, t.Any], *, present: bool) -> NodeOutcome:
        """Bring it to the wanted state.

        Args:
            options: what it is to be: ``service_id`` or ``chain`` and so on, ``auth_type``, ``capacity``, ``alias``.
            present: whether it is to exist.

        Raises:
            BloqError: it could not be done; what was begun is undone, or the next run completes it.
        """
        outcome = self._outcome
        record = self._checked_record()
        if (record is None) is present:
            # The file will have to change, whatever the service says.
            self._file.prove_writable(seals=present)
        if record is not None:
            self._node = self._session.find(record.id)
            if self._node is not None and self._node.state == STOPPED:
                self._node = None
            outcome.drift = self._node is None
        if not self._check_mode:
            self._file.remove_leftovers()
        kept = self._intents.escrow.escrowed(self._name) if self._node is None else []
        if self.creation.is_unfinished or outcome.drift or kept or (present and self._node is None):
            self.creation.refresh()
        self._adopt(kept)
        record = self._record
        if record is None and present:
            check_new_name(self._name, self._session.kind)
        if outcome.drift and record is not None and record.id in self.creation.live:
            raise ReplyError(
                f"The service lists the {record.kind} {self._name!r} ({record.id}), and says that it is not there. "
                "Nothing was changed. Try again later."
            )
        self.creation.reconcile()
        if outcome.drift and record is not None:
            outcome.warnings.append(
                f"The {record.kind} {self._name!r} ({record.id}) was gone from the service, removed by somebody else."
            )
        if not present:
            self._remove()
        elif self._node is None:
            if not self._lasts:
                what = f"the new {self._session.kind} {self._name!r}"
                warn_of_loss(what, self._file.path, outcome.warnings.append)
            self._make(options)
        else:
            self._change(self._node, options)
        outcome.after, outcome.node = self._record, self._node
        outcome.conclude(self.creation, changed=bool(outcome.changes) or outcome.after != outcome.before)
        return outcome

    def done(self) -> dict[str, t.Any]:
        """Return what ``ensure``, and what went on with its outcome, has done as far as it has come: ``changed``."""
        outcome, removed = self._outcome, bool(self.creation.removed)
        return {"changed": outcome.changed or removed or bool(outcome.changes) or self._record != outcome.before}

    def _adopt(self, kept: Sequence[Escrowed]) -> None:
        """Take over what another run made for this name, when its record has not come here."""
        found = adoptable(kept, self.creation.live.keys(), self._holds)
        node = None if found is None else self._session.find(found.id)
        if found is None or node is None or node.state == STOPPED:
            return
        self._file.prove_writable()
        self._store(NodeRecord.from_mapping(self._name, found.record))
        self._checked_record()
        outcome = self._outcome
        self._node, outcome.drift, outcome.adopted = node, False, found.id
        outcome.warnings.append(
            f"The {self._session.kind} {found.id} was made for {self._name!r} by another run, whose vault file did not "
            f"come here. It is taken from the coordination server into {self._file.path}."
        )

    def _checked_record(self) -> NodeRecord | None:
        record = self._record
        if record is not None and (record.nodes_url.rstrip("/") not in ("", self._url)):
            raise InputError(
                f"The {record.kind} {self._name!r} in {self._file.path} belongs to {record.nodes_url}, "
                f"not to {self._url}. Use another name, or another vault file."
            )
        if record is not None and record.kind != self._session.kind:
            raise InputError(
                f"{self._name!r} in {self._file.path} is a {record.kind}. Say kind: {record.kind}, or use another name."
            )
        return record

    def _remove(self) -> None:
        if self._node is not None and self._file.is_named_elsewhere(self._node.id, self._name):
            self._outcome.warnings.append(
                f"The {self._session.kind} {self._node.id} of {self._name!r} was not removed: another record in "
                f"{self._file.path} names it too. Remove that one first."
            )
        elif self._node is not None:
            self.creation.remove(self._node.id)
        self._node = None
        if self._record is not None:
            self._store(None)

    def _make(self, options: Mapping[str, t.Any]) -> None:
        service = choose_service(self._session.ask(self._session.service.services, self._session.kind), options)
        blank = self._blank(service, options["auth_type"] or "basic")
        # What the vault file refuses costs no node.
        self._file.with_record(self._name, dataclasses.replace(blank, **_PLACEHOLDER).to_mapping())
        if self._check_mode:
            self._file.prove_writable()
            self._record = blank
            return
        order = NodeOrder(
            self._session.kind, service.id, blank.auth_type or "basic", options["capacity"], options["alias"]
        )
        self.creation.create(
            order,
            name=self._name,
            prove=self._file.prove_writable,
            record_of=lambda node: blank.with_node(node).to_mapping(),
            store=lambda node: self._keep(blank, node),
        )

    def _blank(self, service: Service, auth_type: str) -> NodeRecord:
        return NodeRecord(
            self._url,
            self._session.kind,
            "",
            chain=service.chain,
            network=service.network,
            service_id=service.id,
            auth_type=auth_type,
            extra=self._record.extra if self._record else {},
        )

    def _change(self, node: Node, options: Mapping[str, t.Any]) -> None:
        """Change a cluster where it may be changed, and refuse what may not."""
        record = self._record
        if record is None:
            raise AssertionError("only a node with a record is changed")
        made_from = node.service_id or record.service_id
        is_cluster = node.kind == "cluster"
        fixed = {"chain": node.chain, "network": node.network, "auth_type": node.auth_type}
        if not is_cluster:
            fixed["service_id"] = made_from
        for option, value in fixed.items():
            if options[option] is not None and value is not None and options[option] != value:
                raise InputError(
                    f"The {node.kind} {self._name!r} ({node.id}) has {option} {value}, and that cannot be changed. "
                    "Remove it first with state: absent, or use another name."
                )
        known = dataclasses.replace(node, service_id=made_from)
        changes = cluster_changes(known, options) if is_cluster else {}
        # A run that failed after it had moved the cluster has not stored that.
        service_id = (options["service_id"] if is_cluster else None) or record.service_id
        if service_id != record.service_id:
            self._file.prove_writable()
        if self._check_mode:
            self._outcome.changes = changes
        elif changes:
            # Whatever fails after one of the requests, the cluster is another.
            self._session.update(node.id, changes, self._intents.change, self._outcome.changes.update)
            known = self._session.find(node.id) or known
        self._keep(dataclasses.replace(record, service_id=service_id), known)

    def _keep(self, record: NodeRecord, node: Node) -> None:
        self._node = node
        wanted = dataclasses.replace(record.with_node(node), nodes_url=self._url)
        if wanted != self._record:
            self._store(wanted)

    def _holds(self, node_id: str) -> bool:
        """Return whether the vault file, as it is by now, names the node anywhere."""
        return self._file.mentions(node_id)

    def _store(self, record: NodeRecord | None) -> None:
        self._file = self._file.with_record(self._name, None if record is None else record.to_mapping())
        if self._check_mode:
            self._file.prove_writable(seals=record is not None)
        else:
            self._file.store()
        self._record = record
