# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach Bloq's services."""

from __future__ import annotations


class ModuleDocFragment:
    """How to reach Bloq's services."""

    DOCUMENTATION = r"""
options:
  accounts_url:
    description:
      - The base URL of Bloq's Accounts service.
      - Every option of this collection can also be given as the variable C(bloq_<option>) or, on the controller, as the
        environment variable C(BLOQ_<OPTION>). The task wins over the variable, the variable over the environment.
    type: str
    default: https://accounts.bloq.cloud
  allow_http:
    description:
      - Allow C(http://) URLs to other machines. To this machine itself they are always allowed.
      - Whoever is on the way can then read every secret.
    type: bool
    default: false
  validate_certs:
    description: Whether the service must prove who it is. Turn it off only on a network that nobody else is on.
    type: bool
    default: true
  ca_path:
    description: A PEM file, or a folder made by C(c_rehash), with the authorities to trust instead of the usual ones.
    type: path
  client_cert:
    description: A PEM file with a client certificate, for a proxy or gateway that asks for one.
    type: path
  client_key_path:
    description: The private key of O(client_cert), when it is in a file of its own.
    type: path
  proxy:
    description: The URL of an HTTP proxy. Without it the usual variables such as C(HTTPS_PROXY) count.
    type: str
  timeout:
    description:
      - Seconds that one attempt may take, from looking up the host to the last byte of the answer, however slowly it
        comes.
    type: float
    default: 30
  retries:
    description:
      - How often a request is tried again after a connection failed or the service was busy.
      - A request that may have made a client key or a node is never sent again blindly.
      - After HTTP status 429, too many requests, O(max_retry_wait) alone decides how often it is tried again. With V(0)
        not even then.
    type: int
    default: 4
  max_retry_wait:
    description:
      - Seconds to wait between attempts, all waits together. A C(Retry-After) beyond it ends the attempts.
      - Waits that the service asks for are made longer by chance, by a second or a quarter and by more each time, so
        that many who have to wait do not come back at once.
      - Those who want the same token through the cache wait for one that asks, and take what came of it. When a 429
        outlasts its waits, they fail with it. Who comes later waits until the service wants to be asked again, at most
        this long.
      - No request takes longer than this and O(timeout) for each attempt together.
    type: float
    default: 60
requirements:
  - requests 2.31 or newer, with urllib3 2.0 or newer (Python libraries, on the controller and where the
    task runs)
  - pyjwt 2.8 or newer (Python library, on the controller)
"""

    # What a lookup can read each option from besides; an action reads them from the same places.
    PLUGIN = r"""
options:
  accounts_url:
    vars:
      - name: bloq_accounts_url
    env:
      - name: BLOQ_ACCOUNTS_URL
    ini:
      - section: bloq
        key: accounts_url
  allow_http:
    vars:
      - name: bloq_allow_http
    env:
      - name: BLOQ_ALLOW_HTTP
    ini:
      - section: bloq
        key: allow_http
  validate_certs:
    vars:
      - name: bloq_validate_certs
    env:
      - name: BLOQ_VALIDATE_CERTS
    ini:
      - section: bloq
        key: validate_certs
  ca_path:
    vars:
      - name: bloq_ca_path
    env:
      - name: BLOQ_CA_PATH
    ini:
      - section: bloq
        key: ca_path
  client_cert:
    vars:
      - name: bloq_client_cert
    env:
      - name: BLOQ_CLIENT_CERT
    ini:
      - section: bloq
        key: client_cert
  client_key_path:
    vars:
      - name: bloq_client_key_path
    env:
      - name: BLOQ_CLIENT_KEY_PATH
    ini:
      - section: bloq
        key: client_key_path
  proxy:
    vars:
      - name: bloq_proxy
    env:
      - name: BLOQ_PROXY
    ini:
      - section: bloq
        key: proxy
  timeout:
    vars:
      - name: bloq_timeout
    env:
      - name: BLOQ_TIMEOUT
    ini:
      - section: bloq
        key: timeout
  retries:
    vars:
      - name: bloq_retries
    env:
      - name: BLOQ_RETRIES
    ini:
      - section: bloq
        key: retries
  max_retry_wait:
    vars:
      - name: bloq_max_retry_wait
    env:
      - name: BLOQ_MAX_RETRY_WAIT
    ini:
      - section: bloq
        key: max_retry_wait
"""
