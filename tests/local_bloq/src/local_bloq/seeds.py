# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts that exist from the start."""

from __future__ import annotations

import asyncio
import typing as t

from local_bloq.context import Context
from local_bloq.control.mails import Mail
from local_bloq.settings import AccountSeed, SettingsError


async def plant(seeds: t.Sequence[AccountSeed], context: Context) -> None:
    """Add the accounts that the database does not have. One that it has may become admin.

    Raises:
        SettingsError: the database has one of them with another password.
    """
    for seed in seeds:
        there = context.users.find(seed.email)
        if there is not None and not await context.passwords.matches(there.password_hash, seed.password):
            raise SettingsError(
                f"The account {seed.email} has another password in {context.settings.database}. Give that one, leave"
                " the account out, which is there without it, or take another file"
            )
    fresh = [seed for seed in seeds if context.users.find(seed.email) is None]
    # A hundred accounts of a test have one password, and to hash it takes longer than all else at the start.
    passwords = list({seed.password for seed in fresh})
    hashes = dict(zip(passwords, await asyncio.gather(*map(context.passwords.hash, passwords)), strict=True))
    for seed in fresh:
        token = None if seed.verified else context.mails.new_token()
        user = context.users.add(
            email=seed.email,
            password_hash=hashes[seed.password],
            display_name=seed.display_name or seed.email.partition("@")[0],
            admin=seed.admin,
            verification_token=token,
        )
        if token is not None:
            context.mails.send(Mail(to=user.email, user_id=user.id, verification_token=token))
    for seed in seeds:
        known = context.users.find(seed.email)
        if known is not None and seed.admin:
            context.users.make_admin(known)
