#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Report what client keys are due when, and fail when the account and the vault file differ. Nothing is changed.
set -eu
. ci/branches.sh

file=$(vault_file)
waiting=$(waiting_branches)
if [ -n "$waiting" ]; then
    echo "This is how it will be when the branch $waiting is merged."
    # The vault file alone, beside this repository's own: nobody has looked yet at what else the branch holds, and Ansible
    # loads what is in group_vars.
    folder=$(mktemp -d ./.report.XXXXXX)
    trap 'rm -rf "$folder"' EXIT
    for branch in $waiting; do
        git fetch --quiet origin "refs/heads/$branch"
        git show "FETCH_HEAD:$file" >"$folder/bloq.yml"
    done
    file=$folder/bloq.yml
fi
ansible-playbook bloq.cloud.report --extra-vars @keys.yml --extra-vars "bloq_vault_file=$file" \
    --extra-vars bloq_report_file=report.txt --extra-vars bloq_fail_on_drift=true
