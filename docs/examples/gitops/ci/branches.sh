# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# What change.sh and report.sh both need; they read it with the dot command.
# shellcheck shell=sh

# Print which of the branches wait to be merged. It asks for all and compares whole names, for git ls-remote takes
# alice/bloq-rotate for bloq-rotate. It fails when the forge cannot be asked: then nobody knows.
waiting_branches() {
    heads=$(git ls-remote --heads origin) || return
    for name in bloq-bootstrap bloq-rotate bloq-revoke; do
        if printf '%s\n' "$heads" | cut -f 2 | grep -qxF "refs/heads/$name"; then
            echo "$name"
        fi
    done
}

# Print the vault file's path, as keys.yml has it.
vault_file() {
    sed -n 's/^bloq_vault_file:[[:space:]]*//p' keys.yml | tr -d "\"'"
}
