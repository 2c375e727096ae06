# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_node: the vault file, its lock, the node's life, and the wait for its start."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import time
from collections.abc import Callable

from ansible.utils.display import Display
from ansible_collections.bloq.cloud.plugins.module_utils._accounts import Accounts
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import ACCOUNT, CLIENT, NODE
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError, UnreachableError
from ansible_collections.bloq.cloud.plugins.module_utils._nodes import STARTED, Node
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.job_folders import is_lost_with_job
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.by_id import ensure_by_id
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.certificate import check_fingerprint, with_certificate
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.certificate_file import CertificateFile
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.hosts import records_by_id
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.lifecycle import NodeLifecycle, NodeOutcome
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.probe import NodeProbe, Probe, once_seen
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.ready import (
    SYNCED,
    height_call,
    syncing_call,
    wait_until_ready,
)
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.record import NodeRecord
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.wait import LEAST, Wait, wait_until_started
from ansible_collections.bloq.cloud.plugins.plugin_utils._nodes.watch import NodeWatch, tries_within
from ansible_collections.bloq.cloud.plugins.plugin_utils._options.resolve import Level
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import NodesSession

_CREDENTIALS = (ACCOUNT.keys() | CLIENT.keys()) - {"variable"}
#: Seconds that a look at a node's certificate may take: a node that cannot be reached from here is no failure.
_LOOK = 10.0
#: And at least, when the wait is over or nearly so.
_LEAST_LOOK = 2.0
_YEAR = 365 * 86400


class ActionModule(BloqAction, always_asks=True):
    """Ensures that a named node or cluster exists and is started, or is absent."""

    spec = NODE
    _certificate_file: CertificateFile | None = None
    #: When the wait began.
    _began = math.inf
    #: Why the last look at the node's certificate saw none.
    _unseen: UnreachableError | None = None
    task_only = frozenset({"node_id", "accept_certificate", "certificate_file"})

    def perform(self) -> Result:
        """Ensure the node."""
        options = self.options
        if options["kind"] == "node" and (options["auth_type"] == "none" or options["capacity"] or options["alias"]):
            raise InputError("capacity, alias and auth_type: none are for clusters. Say kind: cluster.")
        if options["name"] and options["node_id"]:
            if options.level("name") is Level.TASK:
                raise InputError("Give name or node_id, not both: the vault file knows which id a name has.")
            # A host of the inventory bloq_nodes has a variable bloq_name.
            self.options = options = options.without("name")
        if options["sync_within"] < 0:
            raise InputError("sync_within must be a number of blocks, 0 or more.")
        if not 0 <= options["wait_timeout"] <= _YEAR:
            raise InputError(f"wait_timeout must be a number of seconds from 0 to {_YEAR}, which is a year.")
        check_fingerprint(options["accept_certificate"])
        name, present = options["name"], options["state"] == "present"
        if present:
            self.warn_unless(options["wait"] or options["wait_for"] == STARTED, "wait: true", "wait_for")
            self.warn_unless(options["wait_for"] == SYNCED, "wait_for: synced", "sync_within")
        url = checked_url(options["nodes_url"], allow_http=options["allow_http"], option="nodes_url")
        if present:
            self._prove_usable(url)
        if options["node_id"]:
            return self._ensure_by_id(options["node_id"], url)
        if missing := [option for option in ("name", "vault_file") if not options[option]]:
            if "name" in missing and "name" in self._task.args:
                raise InputError("name is empty. Give the node a name, such as main.")
            raise InputError(
                f"{missing[0]} is missing: name and vault_file say which node this is and where its record is kept."
            )
        if self._awaits_its_key():
            without_key = options.without("key")
            if without_key.level(*_CREDENTIALS) is None:
                return self._predict_unread(name, url)
            self.options = without_key
        session = self.nodes_session()
        with (
            self.changes(url, options["nodes_variable"]) as changes,
            self.locked_vault_file(options["nodes_variable"], prove=present) as file,
        ):
            intents = changes.intents(file.path, f"{url} {options['kind']}", session.account, limit=self.request_limit)
            lifecycle = NodeLifecycle(
                name,
                nodes_url=url,
                session=session,
                file=file,
                intents=intents,
                check_mode=self.check_mode,
                dismissed=options["dismiss"],
                lasts=not is_lost_with_job(file.path, intents.escrow, os.environ),
            )
            with self.reporting(lifecycle):
                outcome = lifecycle.ensure(options, present=present)
        if outcome.node is not None:
            with self.reporting(lifecycle):
                self._settle(name, session, outcome)
        return self._result(outcome)

    def _prove_usable(self, url: str) -> None:
        """Make sure, before anything is made, that what is needed afterwards can be used.

        Raises:
            BloqError: something cannot.
        """
        options = self.options
        if options["wait_for"] != STARTED:
            height_call(options["chain"])
        if options["wait_for"] == SYNCED and syncing_call(options["chain"]) is None:
            checked_url(options["connect_url"], allow_http=options["allow_http"], option="connect_url")
        if options["certificate_file"]:
            self._certificate_file = CertificateFile(self.controller_path(options["certificate_file"]))
        # Over https the first request to the service finds out, without another run of a module where that is far.
        if url.startswith("http://") and (options["validate_certs"] or options["client_cert"]):
            self.prove_tls_files(url)

    def accounts(self, url: str) -> Accounts:
        """Return the Accounts service at ``url``, which gets no longer for a token than is left of the wait."""
        return Accounts(self.transport("accounts_url", url, **tries_within(self.options, self._left(LEAST))))

    def _awaits_its_key(self) -> bool:
        """Return whether this is check mode before the first run, which has yet to make the client key."""
        options = self.options
        if not self.check_mode or options["state"] != "present" or not options["key"]:
            return False
        return not self.variables.get_entry(options["variable"], options["key"])

    def _predict_unread(self, name: str, url: str) -> Result:
        """Return what can be said of a new node without a credential to read with: what the task says."""
        options = self.options
        file = self.read_vault_file(self.controller_path(options["vault_file"]), options["nodes_variable"])
        if name in file.records:
            # A node that is there was made with a key. This says what is missing.
            self.nodes_session()
        self.warn(
            f"The client key {options['key']!r} is not made yet, so check mode cannot read what Bloq offers. Of the "
            f"node {name!r} it predicts only what the task says. With the account's credential it reads the rest."
        )
        said = {field: options[field] for field in ("kind", "chain", "network", "service_id")}
        record = NodeRecord(url, id="", auth_type=options["auth_type"] or "basic", **said)
        return self._result(NodeOutcome(before=None, after=record, changed=True))

    def _ensure_by_id(self, node_id: str, url: str) -> Result:
        """Ensure the node or cluster with an id, and wait for it as for one that has a name."""
        options, session = self.options, self.nodes_session()
        with self.changes(url, options["nodes_variable"]) as changes:
            node = ensure_by_id(session, options, changes, note=self.note_change, check_mode=self.check_mode)
        if node is None:
            return {**self.left_behind, "node": None}
        self._began = time.monotonic()
        watch = self._watch(node_id, session, node)
        node = self._started(watch)
        record = self._record_of(node_id, url) or NodeRecord(url, node.kind, node_id)
        record = dataclasses.replace(record.with_node(node), nodes_url=url)
        record = self._with_certificate(node_id, record, node)
        self.note_change(self._keep_in_file(node_id, record))

        def see() -> NodeRecord:
            nonlocal record
            record = self._with_certificate(node_id, record, node)
            self.note_change(self._keep_in_file(node_id, record))
            return self._seen(record)

        self._await_ready(node_id, record, watch, see)
        known = {"certificate": record.certificate, "certificate_by": record.certificate_by}
        return {**self.left_behind, "node": {**node.public(), **known}}

    def _record_of(self, node_id: str, url: str) -> NodeRecord | None:
        """Return the record that the vault file has of the node with an id, if it has any."""
        path, variable = self.options["vault_file"], self.options["nodes_variable"]
        if not path:
            return None
        records = self.read_vault_file(self.controller_path(path), variable).records
        name, record = records_by_id(records, url, variable).get(node_id, ("", None))
        return None if record is None else NodeRecord.from_mapping(name, record)

    def _settle(self, name: str, session: NodesSession, outcome: NodeOutcome) -> None:
        """Wait for the node as the options want it, and keep what is known only now."""
        self._began = time.monotonic()
        if outcome.node is None:
            return
        watch = self._watch(name, session, outcome.node)
        outcome.node = self._started(watch)
        self._keep(name, outcome)
        if outcome.after is not None:
            outcome.changed = self._keep_in_file(name, outcome.after) or outcome.changed

            def see() -> NodeRecord:
                self._keep(name, outcome)
                if outcome.after is None:
                    raise AssertionError("what is asked has a record")
                outcome.changed = self._keep_in_file(name, outcome.after) or outcome.changed
                return self._seen(outcome.after)

            self._await_ready(name, outcome.after, watch, see)

    @property
    def _awaits_answer(self) -> bool:
        return self._waits and self.options["wait_for"] != STARTED

    @property
    def _waits(self) -> bool:
        return bool(self.options["wait"]) and not self.check_mode

    def _watch(self, name: str, session: NodesSession, node: Node) -> NodeWatch:
        url = checked_url(self.options["nodes_url"], allow_http=self.options["allow_http"], option="nodes_url")
        service = functools.partial(self.nodes, url)
        return NodeWatch(node, name, session=session, options=self.options, service=service)

    def _started(self, watch: NodeWatch) -> Node:
        """Return the node once it is started, or at once where nothing is waited for."""
        if not self._waits:
            return watch.node
        wait = Wait(self.options["wait_timeout"], Display().display)
        return wait_until_started(watch.node, watch.find, watch.who, wait)

    def _seen(self, record: NodeRecord) -> NodeRecord:
        """Return a record after a look at the certificate, or raise why none was seen."""
        if self._unseen is not None:
            raise self._unseen
        return record

    def _await_ready(self, name: str, record: NodeRecord, watch: NodeWatch, see: Callable[[], NodeRecord]) -> None:
        """Wait until the node that a record describes answers, or has the blocks, as the options want it."""
        options = self.options
        if not self._awaits_answer:
            return
        is_synced, source = options["wait_for"] == SYNCED, self.tokens()

        def probe_of(known: NodeRecord) -> Probe:
            probe = NodeProbe(
                name, known, transport=self.transport, options=options, variables=self.variables, source=source
            )
            return probe.synced if is_synced else probe.answering

        waited = min(time.monotonic() - self._began, options["wait_timeout"])
        wait_until_ready(
            f"The {watch.node.kind} {name!r}",
            once_seen(record, see, probe_of) if options["validate_certs"] else probe_of(record),
            options["sync_within"] if is_synced else None,
            Wait(options["wait_timeout"] - waited, Display().display, before=waited),
            watch.check_there,
        )

    def _keep_in_file(self, name: str, record: NodeRecord) -> bool:
        """Keep the certificate in the file that the user wants it in, and return whether that changed the file."""
        if self._certificate_file is None:
            return False
        if record.certificate is not None:
            return self._certificate_file.hold(record.certificate, check_mode=self.check_mode)
        if self._awaits_answer and not record.shows_certificate and self.options["validate_certs"]:
            # It is looked at again, or the wait fails.
            return False
        self.warn(
            f"The {record.kind} {name!r} has no certificate of its own that is known here, so certificate_file is not "
            "written."
        )
        return False

    def _keep(self, name: str, outcome: NodeOutcome) -> None:
        """Keep the address and the certificate in the record. Nobody had to wait for the vault file meanwhile."""
        node, before = outcome.node, outcome.after
        if node is None or before is None:
            return
        seen = self._with_certificate(name, before, node)
        if self.check_mode:
            outcome.after = seen
            outcome.changed = outcome.changed or outcome.after != before
            return
        with self.locked_vault_file(self.options["nodes_variable"], prove=False) as file:
            record = NodeRecord.from_mapping(name, file.records[name]) if name in file.records else None
            if record is None or record.id != node.id:
                return
            known = dataclasses.replace(
                record.with_node(node), certificate=seen.certificate, certificate_by=seen.certificate_by
            )
            if known != record:
                file.with_record(name, known.to_mapping()).store()
                outcome.changed = True
            outcome.after = known

    def _with_certificate(self, name: str, record: NodeRecord, node: Node) -> NodeRecord:
        """Return the record with what is to be known of the node's certificate."""
        options, url = self.options, node.url or ""
        if node.state != STARTED or not url.startswith("https://") or not options["validate_certs"]:
            return record
        try:
            shown = self.shown_certificate(url, min(options["timeout"], _LOOK, self._left(_LEAST_LOOK)))
        except UnreachableError as error:
            self._unseen = error
            if not record.shows_certificate and not self._awaits_answer:
                self.warn(
                    f"{error} What asks the {node.kind} {name!r} cannot verify it before a later run has seen it."
                )
            return record
        self._unseen = None
        return with_certificate(name, record, shown, options["accept_certificate"])

    def _left(self, least: float) -> float:
        """Return how many seconds are left of the wait, but no fewer than ``least``."""
        left: float = self._began + self.options["wait_timeout"] - time.monotonic()
        return max(least, left) if self._waits else math.inf

    def _result(self, outcome: NodeOutcome) -> Result:
        path = self.controller_path(self.options["vault_file"])
        before, after = (record.public() if record else {} for record in (outcome.before, outcome.after))
        shown: Result = {**after, **(outcome.node.public() if outcome.node else {})}
        shown.update(
            name=self.options["name"],
            id=after.get("id") or None,
            service_id=after.get("service_id"),
            vault_file=path,
            variable=self.options["nodes_variable"],
        )
        for warning in outcome.warnings:
            self.warn(warning)
        result: Result = {
            "changed": outcome.changed,
            "node": shown,
            "drift": outcome.drift,
            "orphans_removed": outcome.orphans_removed,
            "suspects": outcome.suspects,
            "diff": {
                "before": before,
                "after": {**after, **outcome.changes},
                "before_header": path,
                "after_header": path,
            },
        }
        if not self.options["return_credentials"]:
            return result
        shown["password"] = outcome.after.password if outcome.after else None
        return self.hidden(result)


main = ActionModule.check_options
