# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of bloq_client_key: the vault file, its lock, and the key's life."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ansible_collections.bloq.cloud.plugins.module_utils._accounts import ListedKey
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import CLIENT_KEY
from ansible_collections.bloq.cloud.plugins.module_utils._errors import (
    BloqError,
    CoordinationError,
    FileError,
    InputError,
)
from ansible_collections.bloq.cloud.plugins.module_utils._times import duration, unit_missing
from ansible_collections.bloq.cloud.plugins.module_utils._urls import checked_url
from ansible_collections.bloq.cloud.plugins.plugin_utils._action import BloqAction, failure
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.changes import Changes
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.job_folders import is_lost_with_job
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.whole_ids import refuse_unless_whole
from ansible_collections.bloq.cloud.plugins.plugin_utils._hiding import Result
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.emergency import revoke_by_id
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.lifecycle import KeyLifecycle
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.outcome import KeyOutcome
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plain_ids import plain_states
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.plan import Wanted
from ansible_collections.bloq.cloud.plugins.plugin_utils._keys.states import KeyState, key_states
from ansible_collections.bloq.cloud.plugins.plugin_utils._sessions import AccountSession
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.credentials import ClientCredential, account_credential
from ansible_collections.bloq.cloud.plugins.plugin_utils._tokens.source import CLIENT_CREDENTIALS


class ActionModule(BloqAction, always_asks=True):
    """Ensures that a named client key exists, is rotated, or is absent."""

    spec = CLIENT_KEY
    task_only = frozenset({"client_id", "leaked"})

    def perform(self) -> Result:
        """Ensure the key."""
        options = self.options
        wanted = self._wanted()
        if options["name"] and options["client_id"]:
            raise InputError("Give name or client_id, not both: the vault file knows which id a name has.")
        session = self.account_session()
        missing = [option for option in ("name", "vault_file") if not options[option]]
        if missing and not options["client_id"]:
            if "name" in missing and "name" in self._task.args:
                raise InputError("name is empty. Give the client key a name, such as ci.")
            raise InputError(
                f"{missing[0]} is missing: name and vault_file say which client key this is and where its secret is "
                "kept."
            )
        url = checked_url(options["accounts_url"], allow_http=options["allow_http"])
        account = self.tokens().account_name(url, account_credential(options))
        try:
            with self.changes(url, options["variable"], account, session.account_id) as changes:
                if options["client_id"]:
                    return self._ensure_id(session, changes, options["client_id"])
                return self._ensure(session, changes, url, account, wanted)
        except (CoordinationError, FileError, InputError) as problem:
            # A rotation revokes nothing that has no successor.
            if wanted.present or not options["leaked"]:
                raise
            return self._revoke_by_id(problem, session, url)

    def _ensure(self, session: AccountSession, changes: Changes, url: str, account: str, wanted: Wanted) -> Result:
        options = self.options
        fresh, cached = self.tokens(force=True), self.tokens()
        with self.locked_vault_file(options["variable"], prove=wanted.present) as file:
            intents = changes.intents(file.path, url, account, limit=self.request_limit)
            lifecycle = KeyLifecycle(
                options["name"],
                accounts_url=url,
                account=session,
                # Through the cache, so that the next user of the new key finds the token that proved it.
                exchange=lambda client_id, secret: fresh.client(
                    ClientCredential(url, client_id, secret), CLIENT_CREDENTIALS
                ),
                probe=lambda client_id, secret: cached.client(
                    ClientCredential(url, client_id, secret), CLIENT_CREDENTIALS
                ),
                file=file,
                intents=intents,
                check_mode=self.check_mode,
                remove_suspects=options["orphans"] == "remove",
                dismissed=options["dismiss"],
                leaked=options["leaked"],
                lasts=not is_lost_with_job(file.path, intents.escrow, os.environ),
            )
            with self.reporting(lifecycle):
                outcome = lifecycle.ensure(wanted)
        return self._result(outcome, self.controller_path(options["vault_file"]))

    def _revoke_by_id(self, problem: BloqError, session: AccountSession, url: str) -> Result:
        """Revoke what the name holds, without a lock and whatever is wrong with the file; return the failure."""

        def revoke(client_id: str) -> None:
            if not self.check_mode:
                session.delete(client_id)

        name, leaked = self.options["name"], self.options["leaked"]
        outcome = revoke_by_id(name, leaked, self._states(session.list().keys, url), revoke)
        if not outcome.revoked and not outcome.failures:
            raise problem
        told = outcome.told(problem, name, check_mode=self.check_mode)
        self.note_change(bool(outcome.revoked))
        revoked = self.left_behind.get("revoked", []) + outcome.revoked
        return {**failure(told), **self.left_behind, "revoked": revoked}

    def _states(self, listed: Sequence[ListedKey], url: str) -> list[KeyState]:
        path, variable = self.controller_path(self.options["vault_file"]), self.options["variable"]
        try:
            return key_states(listed, self.read_vault_file(path, variable).records, url)
        except BloqError:
            return plain_states(listed, path, self.play_vault(), variable=variable, accounts_url=url)

    def _wanted(self) -> Wanted:
        options = self.options
        if options["leaked"] and options["state"] == "present" and options["rotate"] != "always":
            raise InputError("leaked is for state: absent, which revokes the keys, and for rotate: always.")
        if options["rotate"] == "when_older_than" and not options["max_age"]:
            raise InputError("rotate: when_older_than needs max_age, such as 90d.")
        present = options["state"] == "present"
        if present:
            # Whoever rotates may say the age with either of the other two.
            self.warn_unless(options["rotate"] != "never", "rotate: when_older_than", "max_age")
        wanted = Wanted(
            present=present,
            rotate=options["rotate"],
            max_age=duration(options["max_age"], "max_age") if options["max_age"] else None,
            overlap=duration(options["overlap"], "overlap"),
            verify=options["verify"],
            retire=options["retire"],
            leaked=bool(options["leaked"]),
        )
        for option, usual, units in (("max_age", "d", "days"), ("overlap", "h", "hours")):
            number = options[option]
            if present and number and unit_missing(number, usual):
                self.warn(f"{option}: {number} is {number} seconds. Write {number}{usual} for {units}, or {number}s.")
        return wanted

    def _ensure_id(self, session: AccountSession, changes: Changes, client_id: str) -> Result:
        listed = session.list().keys
        found = [key for key in listed if key.client_id == client_id]
        if not found:
            refuse_unless_whole(client_id, (key.client_id for key in listed), session.kind)
        if self.options["state"] == "present":
            if not found:
                raise InputError(
                    f"There is no client key {client_id}. The service chooses ids: "
                    "to make one, give name and vault_file."
                )
            return {"changed": False, "client_key": _nameless(client_id, found[0].created_at), "revoked": []}
        if found and not self.check_mode:
            with changes.removal(client_id):
                session.delete(client_id)
                self.left_behind.update(changed=True, revoked=[client_id])
        revoked = [key.client_id for key in found]
        return {"changed": bool(found), "client_key": _nameless(None, None), "revoked": revoked}

    def _result(self, outcome: KeyOutcome, path: str) -> Result:
        before, after = (record.public() if record else {} for record in (outcome.before, outcome.after))
        result: Result = {
            "changed": outcome.changed,
            "rotated": outcome.rotated,
            "drift": outcome.drift,
            "adopted": outcome.adopted,
            "orphans_removed": outcome.orphans_removed,
            "suspects": outcome.suspects,
            "unmanaged": outcome.unmanaged,
            "revoked": outcome.revoked,
            "client_key": {
                "name": self.options["name"],
                "client_id": after.get("client_id") or None,
                "created_at": outcome.created_at,
                "vault_file": path,
                "variable": self.options["variable"],
                "retiring": after.get("retiring", []),
            },
            "diff": {"before": before, "after": after, "before_header": path, "after_header": path},
        }
        for warning in outcome.warnings:
            self.warn(warning)
        if not self.options["return_secret"]:
            return result
        result["client_secret"] = outcome.after.client_secret or None if outcome.after else None
        return self.hidden(result)


def _nameless(client_id: str | None, created_at: str | None) -> Result:
    """Return what is said of a key that no vault file holds."""
    return {
        "name": None,
        "client_id": client_id,
        "created_at": created_at,
        "vault_file": None,
        "variable": None,
        "retiring": [],
    }


main = ActionModule.check_options
