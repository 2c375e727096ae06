# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The frame around every module: run the operation, turn its error into a failure that tells what to do."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._errors import BloqError, MissingLibraryError, describe, fault


def run(module: AnsibleModule, operation: t.Callable[[dict[str, t.Any]], dict[str, t.Any]]) -> None:
    """Exit the module with what ``operation`` returns for its parameters, or fail with its error."""
    try:
        result = operation(module.params)
    except MissingLibraryError as error:
        module.fail_json(msg=missing_required_lib(error.library), failure=describe(error))
    except BloqError as error:
        module.fail_json(msg=str(error), failure=describe(error))
    except Exception as error:
        module.fail_json(**fault(module._name, error))
    module.exit_json(**result)
