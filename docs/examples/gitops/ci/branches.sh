# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# What change.sh and report.sh both need; they read it with the dot command.
# shellcheck shell=sh

# Print which of the branches wait to be merged. It asks for all and compares whole names, for git ls-remote takes
# alice/bloq-rotate for bloq-rotate. It fails when the forge cannot be asked: then nobody knows.
waiting_branches() {
    heads=$(git ls-remote --heads origin) || return
    for name in bloq-bootstrap bloq-rotate bloq-rotate-leaked bloq-revoke; do
        if printf '%s\n' "$heads" | cut -f 2 | grep -qxF "refs/heads/$name"; then
            echo "$name"
        fi
    done
}

# Print a variable of keys.yml, which is read as YAML, or nothing where it is not there. Whatever runs ansible-playbook has
# the library for it.
setting() {
    python=python3
    "$python" -c 'import yaml' 2>/dev/null || python=$(sed -n '1s/^#!//p' "$(command -v ansible-playbook)")
    "$python" -c '
import sys, yaml
try:
    with open("keys.yml", encoding="utf-8") as file:
        value = (yaml.safe_load(file) or {}).get(sys.argv[1], "")
except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
    sys.exit(f"keys.yml cannot be read: {error}")
if not isinstance(value, str):
    sys.exit(f"{sys.argv[1]} in keys.yml is not text. Put it in quotes.")
print(value)' "$1"
}

# Print the vault file's path, as keys.yml has it.
vault_file() {
    file=$(setting bloq_vault_file) || return
    [ -n "$file" ] || {
        echo "keys.yml does not say bloq_vault_file." >&2
        return 1
    }
    printf '%s\n' "$file"
}

# Print the branch that is deployed: bloq_published_branch of keys.yml, or what the forge calls the default branch.
published_branch() {
    main=$(setting bloq_published_branch) || return
    if [ -z "$main" ]; then
        main=$(git ls-remote --symref origin HEAD) || return
        main=$(printf '%s\n' "$main" | sed -n 's|^ref: refs/heads/\(.*\)\tHEAD$|\1|p')
    fi
    [ -n "$main" ] || {
        echo "The forge has no default branch. Name it in keys.yml: bloq_published_branch." >&2
        return 1
    }
    printf '%s\n' "$main"
}
