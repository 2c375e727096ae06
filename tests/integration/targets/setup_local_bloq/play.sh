#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the test.yml of the target that calls this, with a local Bloq, a folder and a vault password of its own; inventory.yml
# names them, for plays within the test too. LOCAL_BLOQ_OPTIONS holds further options of the local Bloq.
set -eu

program=$(sed -n 's/^local_bloq_executable: //p' ../../integration_config.yml)
ANSIBLE_VAULT_PASSWORD_FILE=$(mktemp)
LOCAL_BLOQ_FOLDER=$(mktemp -d)
LOCAL_BLOQ_USER=tester@example.com
LOCAL_BLOQ_PASSWORD=$(head -c 24 /dev/urandom | base64 | tr -d +/=)
export ANSIBLE_VAULT_PASSWORD_FILE LOCAL_BLOQ_FOLDER LOCAL_BLOQ_USER LOCAL_BLOQ_PASSWORD
head -c 24 /dev/urandom | base64 >"$ANSIBLE_VAULT_PASSWORD_FILE"

read -ra options <<<"${LOCAL_BLOQ_OPTIONS:-}"
"$program" serve --port-base 0 --user "$LOCAL_BLOQ_USER" --request-log "$LOCAL_BLOQ_FOLDER/requests.jsonl" "${options[@]}" \
    >"$LOCAL_BLOQ_FOLDER/ready.json" 2>"$LOCAL_BLOQ_FOLDER/server.log" </dev/null &
server=$!
# What became of the test is said by ansible-playbook alone.
trap 'kill "$server" || :; rm -rf "$ANSIBLE_VAULT_PASSWORD_FILE" "$LOCAL_BLOQ_FOLDER"{,.secrets} || :' EXIT
until grep -qs pid "$LOCAL_BLOQ_FOLDER/ready.json"; do
    kill -0 "$server" || { cat "$LOCAL_BLOQ_FOLDER/server.log" >&2; exit 1; }
    sleep 0.1
done

export ANSIBLE_ROLES_PATH=..
export ANSIBLE_ACTION_PLUGINS=$PWD/../setup_local_bloq/action_plugins
ansible-playbook -i ../setup_local_bloq/inventory.yml test.yml "$@"
