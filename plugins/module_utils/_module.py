# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a module does when it runs: nearly always nothing, for the work is in the action plugin of its name."""

from __future__ import annotations

import typing as t

from ansible.module_utils import basic

from ._argspec import Spec
from ._errors import BloqError, InputError, MissingLibraryError, fault, to_dict


def needs_the_controller(spec: Spec) -> None:
    """Check the options, and fail."""
    # Looked up here, where ansible-lint has put its own in place.
    run(basic.AnsibleModule(argument_spec=spec, supports_check_mode=True), _refuse)


def _refuse(_params: t.Mapping[str, t.Any]) -> t.NoReturn:
    raise InputError("This needs the controller: run the task with the action plugin that the collection brings.")


def run(module: basic.AnsibleModule, operation: t.Callable[[dict[str, t.Any]], dict[str, t.Any]]) -> None:
    """Exit the module with what ``operation`` returns for its parameters, or fail with its error."""
    try:
        result = operation(module.params)
    except MissingLibraryError as error:
        module.fail_json(msg=basic.missing_required_lib(error.library), failure=to_dict(error))
    except BloqError as error:
        module.fail_json(msg=str(error), failure=to_dict(error))
    except Exception as error:
        module.fail_json(**fault(module._name, error))
    module.exit_json(**result)
