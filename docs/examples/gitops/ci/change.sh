#!/bin/sh
# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# Change client keys and push the encrypted file to a branch of its own, to be merged: change.sh bootstrap, change.sh rotate,
# change.sh rotate-leaked [NAME], which without a name replaces every key in the vault file, or change.sh revoke NAME. Needs
# BLOQ_USERNAME, BLOQ_PASSWORD and VAULT_PASSWORD in the environment.
set -eu
. ci/branches.sh
what=${1:-}
name=${2:-}
branch=bloq-$what
playbook=bloq.cloud.${what%-leaked}

fail() {
    echo "$*" >&2
    exit 1
}

# Ansible evaluates a template wherever it stands, so a name must be none.
case $name in
    *[{}]* | *[[:cntrl:]]*) fail "Give the name of one client key, without braces: change.sh $what NAME" ;;
esac
case $what in
    bootstrap | rotate | rotate-leaked) ;;
    revoke) [ -n "$name" ] || fail "Give the name of one client key: change.sh revoke NAME" ;;
    *) fail "There is no change named $what: bootstrap, rotate, rotate-leaked [NAME], or revoke NAME." ;;
esac

# Whoever is in a hurry must not take a branch that waits for done, and can go past it.
past() {
    echo "If it cannot wait, go past it on your own machine, and close its merge request afterwards:" >&2
    fail "git switch main && git pull --ff-only$1 ansible-playbook $playbook -e @keys.yml -e $2"
}

# What a branch holds is not in use before it is merged. To change the keys once more meanwhile would lose track of them,
# and revoke what is still in use.
waiting=$(waiting_branches)
if [ -n "$waiting" ]; then
    echo "The branch $waiting waits to be merged. Merge it and remove it, then run this again."
    case $what in
        # A key that leaked is revoked whatever the forge says.
        revoke) echo "Nothing was revoked." >&2 && past ";" "bloq_revoke=NAME && git push" ;;
        rotate-leaked) echo "Nothing was rotated." >&2 && past " &&" "bloq_leaked=true && git push && ci/retire.sh" ;;
    esac
    exit 0
fi
main=$(published_branch)
git fetch --quiet origin "+refs/heads/$main:refs/remotes/origin/$main"
[ "$(git rev-parse HEAD)" = "$(git rev-parse "origin/$main")" ] ||
    echo "The change begins at what the branch $main holds, which is not what was checked out here."
# Whatever is checked out, a change that was declined for example, counts only when it is merged. A runner that keeps its
# folder still has the branch of the run before.
git switch --quiet --no-track --force-create "$branch" "origin/$main"
result=0
# What main holds is published, so that what it replaced may go. This run's own change is not, and revokes nothing.
[ "${what%-leaked}" != rotate ] || ci/retire.sh || result=$?
# A key whose record cannot be pushed is lost with this machine: ask before one is made.
git push --quiet --dry-run origin "HEAD:refs/heads/$branch"

set -- --extra-vars @keys.yml
# A list in a file: on the command line, Ansible would split a name at spaces, commas and equals signs.
named() {
    variables=$(mktemp)
    trap 'rm -f "$variables"' EXIT
    python3 -c 'import json, sys; print(json.dumps({sys.argv[1]: [name for name in sys.argv[2:] if name]}))' "$1" "$name" \
        >"$variables"
}
case $what in
    revoke) named bloq_revoke ;;
    # No names: every key in the vault file, those that keys.yml does not name any more too.
    rotate-leaked) named bloq_keys && set -- "$@" --extra-vars bloq_leaked=true ;;
esac
[ -z "${variables:-}" ] || set -- "$@" --extra-vars "@$variables"

# Print the vault file in the clear where it is encrypted whole, and as it is elsewhere.
vault_text() {
    [ -f "$file" ] || return 0
    case $(head -c 15 "$file") in
        \$ANSIBLE_VAULT\;) ansible-vault view "$file" ;;
        *) cat "$file" ;;
    esac
}

# What stands in the vault file before the run was not made by it, in whatever way it is written.
file=$(vault_file)
text=$(vault_text)
known=$(printf '%s\n' "$text" | grep -owE '[0-9a-f]{40}' | sort -u)

# The client ids that this run made and did not publish: those that the vault file has now, a commit of it or not, unless
# they stood there before, or are in a commit that the forge has.
made_ids() {
    text=$(vault_text) || return
    printf '%s\n' "$text" | grep -oE "client_id[\"']?: *[\"']?[0-9a-f]{40}" | grep -oE '[0-9a-f]{40}$' | sort -u |
        grep -vxF -e "$known" |
        while read -r id; do
            [ -n "$(git log -1 --format=%h --remotes=origin -S"$id")" ] || echo "$id"
        done
}

# What this run made is on no branch, and nobody else can know it.
withdraw() {
    made=$(made_ids) || fail "$1 What this run made cannot be read from $file."
    # Keys that may be in use are left alone.
    git fetch --quiet --prune origin '+refs/heads/*:refs/remotes/origin/*' ||
        fail "$1 The forge cannot be asked what arrived. This run made: $(echo "$made" | xargs)"
    left=
    for id in $(made_ids); do
        echo "Revoking $id, which this run made and could not publish."
        ansible localhost -m bloq.cloud.bloq_client_key -a "client_id=$id state=absent" || left="$left $id"
    done
    [ -z "$left" ] || fail "$1 Revoke these client ids, which nobody holds:$left"
    if [ "$what" = revoke ]; then
        fail "$1 The keys are revoked, but their records are still on the main branch. $2"
    fi
    fail "$1 $2"
}

before=$(git rev-parse HEAD)
# What was made is published also when something else failed.
ansible-playbook "$playbook" "$@" || result=$?
if [ "$(git rev-parse HEAD)" = "$before" ]; then
    # A hook of the repository's, a full disk or a signature can be in the way of a commit when nothing was before.
    [ "$(vault_text)" = "$text" ] ||
        withdraw "The vault file changed and was not committed." "Mend what is told above, then run this again."
    [ "$result" -ne 0 ] || echo "Nothing changed."
    exit "$result"
fi

# The branch must be new: nobody else's commits are replaced. GitLab opens the merge request by options of the push, GitHub
# by a command of its own.
# shellcheck disable=SC2086
if ! git push --quiet ${PUSH_OPTIONS:-} --force-with-lease="refs/heads/$branch:" origin "HEAD:refs/heads/$branch"; then
    # A push may fail after it has arrived; and when the forge cannot be asked, keys that may be in use are left alone.
    published=$(git ls-remote --heads origin) ||
        fail "The push failed, and the forge cannot be asked what arrived. This run made: $(made_ids | xargs)"
    if ! printf '%s\n' "$published" | grep -qxF "$(git rev-parse HEAD)	refs/heads/$branch"; then
        withdraw "The branch $branch could not be pushed, for another run was first or the forge refused it." \
            "Run this again when it is merged."
    fi
fi
# Another kind of change, at the same time, has another branch, and the two could not both be merged.
others=$(waiting_branches | grep -vxF "$branch") || others=
if [ -n "$others" ]; then
    git push --quiet origin --delete "refs/heads/$branch"
    withdraw "The branch $others was pushed by another run meanwhile." "Run this again when it is merged."
fi

if [ -n "${GITHUB_ACTIONS:-}" ]; then
    gh pr create --base "$main" --head "$branch" --title "Bloq client keys: $what" \
        --body "Merge it soon, and remove the branch: the keys change no more until then."
fi
exit "$result"
