# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``local-bloq``."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import sys

from local_bloq.settings import AccountSeed, Settings, SettingsError
from local_bloq.tls.kinds import KINDS
from local_bloq.users_file import read_users_file
from local_bloq.web.schemas import EMAIL_PATTERN

PASSWORD_VARIABLE = "LOCAL_BLOQ_PASSWORD"  # noqa: S105 - the name of a variable


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Tells a default only where it is a value."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if isinstance(action.default, bool | list) or action.default is None:
            return action.help
        return super()._get_help_string(action)


def main(arguments: list[str] | None = None) -> None:
    """Run the command; exit status 2 when its settings cannot be used."""
    parser = _parser()
    options = parser.parse_args(arguments)
    # Imported late, so that --help and usage errors are quick.
    from local_bloq.server import run

    try:
        run(_settings(options))
    except SettingsError as error:
        parser.exit(2, f"local-bloq: {error}\n")
    sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local-bloq", description="A local stand-in of Bloq's Accounts, Connect and Nodes services."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve until SIGTERM",
        description="Serve until SIGTERM. When ready, one JSON line on stdout names the services' URLs and the pid.",
        epilog="See the README for curl lines, faults while it runs and what is under /_local.",
        formatter_class=_HelpFormatter,
    )
    defaults = Settings()
    listen = serve.add_argument_group("listeners")
    listen.add_argument("--host", default=defaults.host, help="address to listen on")
    listen.add_argument(
        "--port-base",
        type=_port,
        default=defaults.port_base,
        metavar="PORT",
        help="Accounts' port; Nodes is 2 above it and Connect 6; 0 for free ports",
    )
    tls = serve.add_argument_group("TLS")
    tls.add_argument(
        "--tls",
        choices=KINDS,
        metavar="KIND",
        help="serve https with a certificate that is good (its CA is ca.pem in the folder), or that clients must"
        " refuse: unknown-ca, self-signed, wrong-host, expired",
    )
    tls.add_argument(
        "--tls-client-auth",
        action="store_true",
        help="refuse clients that do not show a certificate of the folder's CA, as client.pem is",
    )
    tls.add_argument(
        "--tls-folder",
        metavar="DIR",
        help="write ca.pem, server.pem, server-key.pem, client.pem and client-key.pem there, new at each start"
        " (else to a temporary folder, named on stderr)",
    )
    accounts = serve.add_argument_group("accounts that exist from the start")
    accounts.add_argument(
        "--user", action="append", default=[], type=_email, metavar="EMAIL", help="a verified account"
    )
    accounts.add_argument(
        "--password",
        action="append",
        default=[],
        metavar="PW",
        help="the password of the --user at the same place in the order; a --user without one takes"
        f" ${PASSWORD_VARIABLE}, which other processes cannot read",
    )
    accounts.add_argument(
        "--users-file", metavar="FILE", help="YAML list of accounts: email, password, admin, verified, display_name"
    )
    accounts.add_argument(
        "--admin", action="append", default=[], metavar="EMAIL", help="this account is an administrator's"
    )
    accounts.add_argument(
        "--demo-data",
        action="store_true",
        help="fill the first account with client keys, nodes and events to look at, when it has none",
    )
    accounts.add_argument(
        "--client-key-limit",
        type=_count,
        default=defaults.client_key_limit,
        metavar="N",
        help="client keys an account may have; 0 for no limit",
    )
    accounts.add_argument(
        "--no-login-throttle",
        dest="login_throttle",
        action="store_false",
        help="never answer 429 to repeated wrong passwords",
    )
    tokens = serve.add_argument_group("lifetimes of tokens, in seconds")
    for kind in ("account", "client", "refresh"):
        tokens.add_argument(
            f"--{kind}-token-ttl",
            type=_seconds,
            default=getattr(defaults, f"{kind}_token_ttl"),
            metavar="SECONDS",
            help=f"life of {'an' if kind == 'account' else 'a'} {kind} {'' if kind == 'refresh' else 'access '}token",
        )
    tokens.add_argument(
        "--clock-offset",
        type=_offset,
        default=defaults.clock_offset,
        metavar="SECONDS",
        help="how far the services' clock is ahead; --clock-offset=-60 for one that is behind",
    )
    nodes = serve.add_argument_group("nodes")
    nodes.add_argument(
        "--node-quota",
        type=_count,
        default=defaults.node_quota,
        metavar="N",
        help="running nodes, and as many clusters, an account may have; 0 for no limit",
    )
    nodes.add_argument(
        "--node-start-seconds",
        type=_duration,
        default=defaults.node_start_seconds,
        metavar="SECONDS",
        help='time until a new node or cluster is "started"',
    )
    nodes.add_argument(
        "--node-answer-seconds",
        type=_duration,
        default=defaults.node_answer_seconds,
        metavar="SECONDS",
        help="time until it then answers JSON-RPC",
    )
    nodes.add_argument(
        "--node-block-seconds",
        type=_duration,
        default=defaults.node_block_seconds,
        metavar="SECONDS",
        help="time that it then takes for each of the chain's ten blocks; 0 when it has all at once",
    )
    nodes.add_argument(
        "--node-tls",
        action="store_true",
        help="give each node and cluster a port of its own, with TLS and a certificate that it signed itself",
    )
    state = serve.add_argument_group("state")
    state.add_argument("--db", dest="database", metavar="FILE", help="SQLite file to keep everything in (else memory)")
    state.add_argument("--request-log", metavar="FILE", help="append one JSON line a request to this file")
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    if options.tls is None and (options.tls_client_auth or options.tls_folder):
        raise SettingsError("--tls-client-auth and --tls-folder need --tls KIND")
    chosen = {name: value for name, value in vars(options).items() if name in Settings.__dataclass_fields__}
    return Settings(**chosen, seeds=tuple(_seeds(options)))


def _seeds(options: argparse.Namespace) -> list[AccountSeed]:
    if len(options.password) > len(options.user):
        raise SettingsError("There are more --password options than --user options")
    shared = os.environ.get(PASSWORD_VARIABLE)
    passwords = options.password + [shared] * (len(options.user) - len(options.password))
    if None in passwords or "" in passwords:
        raise SettingsError(f"Each --user needs a --password, or {PASSWORD_VARIABLE} in the environment")
    seeds = [AccountSeed(email=email, password=pw) for email, pw in zip(options.user, passwords, strict=True)]
    if options.users_file is not None:
        seeds += read_users_file(options.users_file)
    admins = {email.lower() for email in options.admin}
    unknown = admins - {seed.email.lower() for seed in seeds}
    if unknown:
        raise SettingsError(f"--admin names no account of --user or --users-file: {', '.join(sorted(unknown))}")
    return [dataclasses.replace(seed, admin=True) if seed.email.lower() in admins else seed for seed in seeds]


def _email(value: str) -> str:
    if not re.match(EMAIL_PATTERN, value):
        raise argparse.ArgumentTypeError("not an e-mail address")
    return value


def _port(value: str) -> int:
    port = int(value)
    if not 0 <= port <= 65529:
        raise argparse.ArgumentTypeError("not between 0 and 65529")
    return port


def _seconds(value: str) -> int:
    seconds = int(value)
    if seconds < 1:
        raise argparse.ArgumentTypeError("not a positive number of seconds")
    return seconds


def _duration(value: str) -> float:
    seconds = float(value)
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError("not a number of seconds")
    return seconds


def _offset(value: str) -> float:
    seconds = float(value)
    if not -1e9 < seconds < 1e9:
        raise argparse.ArgumentTypeError("not a number of seconds")
    return seconds


def _count(value: str) -> int:
    count = int(value)
    if count < 0:
        raise argparse.ArgumentTypeError("negative")
    return count
