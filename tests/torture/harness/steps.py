# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a play by name, in their order: what leaves a trace, on disk or on the service.

A play that is killed before a step has done all steps above it. A test proves that these are all there are.
"""

from __future__ import annotations

_LOOK = (
    "send POST /auth 1",
    "send GET /users/me/client-keys 1",
)
_PROOF_THAT_THE_FILE_CAN_BE_WRITTEN = (
    "make the temporary vault file 1",
    "make the temporary vault file 2",
    "write the temporary vault file 1",
    "rename the temporary vault file 1",
    "remove the temporary vault file 1",
    "remove the temporary vault file 2",
    "sync the folder 1",
)
_INTENT = (
    "make the temporary intent 1",
    "write the temporary intent 1",
    "rename the intent 1",
    "remove the temporary intent 1",
    "sync the folder 2",
)
_STORE = (
    "make the temporary vault file 3",
    "write the temporary vault file 2",
    "rename the vault file 1",
    "remove the temporary vault file 3",
    "sync the folder 3",
)
_INTENT_REMOVED = (
    "remove the intent 1",
    "sync the folder 4",
)
_VERIFICATION = ("send POST /auth/token 1",)
_PROMOTION = (
    "make the temporary vault file 4",
    "write the temporary vault file 3",
    "rename the vault file 2",
    "remove the temporary vault file 4",
    "sync the folder 5",
)
_RETIREMENT = (
    "send DELETE /users/me/client-keys 1",
    "make the temporary vault file 5",
    "write the temporary vault file 4",
    "rename the vault file 3",
    "remove the temporary vault file 5",
    "sync the folder 6",
)

_CREATION = (
    *_INTENT,
    "send POST /users/me/client-keys 1",
    "write the intent 1",
    *_STORE,
    *_INTENT_REMOVED,
    *_VERIFICATION,
)

#: That a file without the record has to change is known before anything is asked.
CREATE = (*_PROOF_THAT_THE_FILE_CAN_BE_WRITTEN, *_LOOK, *_CREATION)
ROTATE = (*_LOOK, *_PROOF_THAT_THE_FILE_CAN_BE_WRITTEN, *_CREATION, *_PROMOTION)
ROTATE_WITHOUT_OVERLAP = (*ROTATE, *_RETIREMENT)
