#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Change client keys and push the encrypted file to a branch of its own, to be merged: change.sh bootstrap, change.sh rotate,
# or change.sh revoke NAME. Needs BLOQ_USERNAME, BLOQ_PASSWORD and VAULT_PASSWORD in the environment.
set -eu
what=$1
branch=bloq-$what

# What a branch holds is not in use before it is merged. To change the keys once more meanwhile would lose track of them,
# and revoke what is still in use.
for waiting in bloq-bootstrap bloq-rotate bloq-revoke; do
    if git ls-remote --exit-code --heads origin "$waiting" >/dev/null; then
        echo "The branch $waiting waits to be merged. Merge it and remove it, then run this again."
        exit 0
    fi
done
git switch --quiet --create "$branch"
# A key whose record cannot be pushed is lost with this machine: ask before one is made.
git push --quiet --dry-run origin "$branch"

before=$(git rev-parse HEAD)
case $what in
    bootstrap | rotate) ansible-playbook "bloq.cloud.$what" --extra-vars @keys.yml ;;
    revoke) ansible-playbook bloq.cloud.revoke --extra-vars @keys.yml --extra-vars "bloq_revoke=$2" ;;
    *) echo "There is no change named $what." && exit 2 ;;
esac
if [ "$(git rev-parse HEAD)" = "$before" ]; then
    echo "Nothing changed."
    exit 0
fi

# GitLab opens the merge request by options of the push, GitHub by a command of its own.
# shellcheck disable=SC2086
git push --quiet ${PUSH_OPTIONS:-} origin "$branch"
if [ -n "${GITHUB_ACTIONS:-}" ]; then
    gh pr create --base main --head "$branch" --title "Bloq client keys: $what" \
        --body "Merge it soon, and remove the branch: the keys change no more until then."
fi
