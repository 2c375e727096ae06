#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module bloq_relay."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bloq_relay
short_description: Send one request of this collection's other modules
version_added: 1.1.0
description:
  - What the other modules of this collection run on the host that their task is delegated to. It sends one request,
    once, and returns the answer as it is.
  - Playbooks have no use for it. Tokens, waits and what an answer means are the controller's business.
author:
  - The bloq.cloud contributors (@bloq)
options:
  request:
    description:
      - The request as JSON, with C(method), C(url), C(bearer), C(basic), C(headers) and C(body).
      - One with an C(id) is sent once, whoever runs the module again, and one with C(not_after) no later than that, by
        the host's clock.
      - Without a request only the host's time is returned.
    type: str
  allow_http:
    description: Whether V(http://) may leave the host.
    type: bool
    default: false
  validate_certs:
    description: Whether the service must prove who it is.
    type: bool
    default: true
  certificate:
    description: The one certificate, as PEM, that the service must show.
    type: str
  ca_path:
    description: A PEM file of authorities on the host, to trust instead of the usual ones.
    type: path
  client_cert:
    description: A PEM file on the host with a client certificate.
    type: path
  client_key_path:
    description: A PEM file on the host with the client certificate's key, when that is in a file of its own.
    type: path
  proxy:
    description: The proxy's URL.
    type: str
  timeout:
    description: Seconds that the request may take.
    type: float
    default: 30.0
attributes:
  check_mode:
    description: Can run in check mode and return what would change without changing it.
    support: full
    details: The request is sent. In check mode the other modules have only requests that read sent.
  diff_mode:
    description: Returns what changed or would change when in diff mode.
    support: none
  idempotent:
    description: A second run right after the first changes nothing.
    support: N/A
    details: That is what the request makes it.
notes:
  - It needs C(requests) with C(urllib3) 2 on the host.
seealso:
  - module: ansible.builtin.uri
"""

EXAMPLES = r"""
- name: Ask from another host whether Bloq Connect is there
  bloq.cloud.bloq_relay:
    request: '{"method": "GET", "url": "{{ connect_url }}"}'
  delegate_to: "{{ far_host | default('localhost') }}"
"""

RETURN = r"""
now:
  description: The host's time, in seconds since some moment.
  returned: success without O(request)
  type: float
  sample: 98231.5
status:
  description: The HTTP status, whichever it is.
  returned: success with O(request)
  type: int
  sample: 200
headers:
  description: The headers that say how to go on.
  returned: success with O(request)
  type: dict
  sample:
    Date: Thu, 26 Nov 2026 10:00:00 GMT
content:
  description: The body, in Base64.
  returned: success with O(request)
  type: str
  sample: e30=
unreadable:
  description: Why the body could not be read, when that is so.
  returned: success with O(request)
  type: str
failure:
  description: What went wrong, as data. V(kind) is one of input, unreachable, reply and library.
  returned: failure
  type: dict
  sample:
    kind: unreachable
    maybe_received: false
    timed_out: false
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.bloq.cloud.plugins.module_utils._argspec import RELAY
from ansible_collections.bloq.cloud.plugins.module_utils._module import run
from ansible_collections.bloq.cloud.plugins.module_utils._relay import relay


def main() -> None:
    """Run the module."""
    run(AnsibleModule(argument_spec=RELAY, supports_check_mode=True), relay)


if __name__ == "__main__":
    main()
