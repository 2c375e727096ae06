# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.bloq.cloud.plugins.module_utils._errors import InputError
from ansible_collections.bloq.cloud.plugins.plugin_utils._creation.whole_ids import refuse_unless_whole
from hypothesis import given
from hypothesis import strategies as st

LISTED = ["c5235b1e43bb" + "0a" * 14, "c5235b" + "1f" * 17, "91ab" * 10]


@pytest.mark.parametrize(
    "given_id",
    [
        "c5235b1e43bb",
        "c5235b1e43bb...",
        "(c5235b1e43bb...)",
        "c5235b1e43bb\u2026",
        LISTED[0].upper(),
        f"{LISTED[0]},",
        f" {LISTED[0]}",
        f"{LISTED[0]}-extra",
        f"{LISTED[0]}0",
        f"../client-keys/{LISTED[0]}",
        f"client-keys/{LISTED[0].upper()}?x=1",
        f"%2e%2e%2F{LISTED[0]}",
        f"{LISTED[0]}%20",
        f"{LISTED[0]}\n",
        LISTED[0][1:],
        LISTED[0][5:20].upper(),
    ],
)
def test_a_part_of_an_id_or_more_than_it_names_the_whole_one(given_id: str) -> None:
    with pytest.raises(InputError, match="is not the whole id of a client key") as raised:
        refuse_unless_whole(given_id, LISTED, "client key")
    assert LISTED[0] in str(raised.value) and LISTED[2] not in str(raised.value)


def test_all_that_it_could_be_are_named() -> None:
    with pytest.raises(InputError) as raised:
        refuse_unless_whole("c5235b", LISTED, "client key")
    assert f"{LISTED[0]}, {LISTED[1]}." in str(raised.value)


@pytest.mark.parametrize("given_id", ["deadbeef...", "...", "0123\u2026"])
def test_what_was_cut_is_refused_also_when_nothing_begins_so(given_id: str) -> None:
    with pytest.raises(InputError, match="is cut, and the account has no client key"):
        refuse_unless_whole(given_id, LISTED, "client key")


@given(st.sampled_from(LISTED))
def test_a_whole_id_is_taken(given_id: str) -> None:
    refuse_unless_whole(given_id, LISTED, "client key")


@pytest.mark.parametrize("given_id", ["ef" * 20, "n1"])
def test_the_id_of_what_is_gone_is_taken(given_id: str) -> None:
    refuse_unless_whole(given_id, LISTED, "client key")


@pytest.mark.parametrize(
    "given_id", ["ef" * 21, "../client-keys", "a/b", "..", "%2e", "two words", "ef" * 20 + "-extra", "\u0663"]
)
def test_what_no_id_is_like_is_refused(given_id: str) -> None:
    with pytest.raises(InputError, match=r"no id of a client key|is cut"):
        refuse_unless_whole(given_id, LISTED, "client key")


@pytest.mark.parametrize(
    "given_id",
    [
        "2f0c5d0e-9a33-4d1e-8c36-8f4f6f1f0a11",
        "8f4f6f1f0a11",
        "2F0C5D0E-9A33-4D1E-8C36-8F4F6F1F0A11",
        "node_2f0c5d0e_9a33_4d1e_8c36_8f4f6f1f0a11",
    ],
)
def test_what_has_lost_its_beginning_names_the_whole_one(given_id: str) -> None:
    listed = "node-2f0c5d0e-9a33-4d1e-8c36-8f4f6f1f0a11"
    with pytest.raises(InputError, match=f"is not the whole id of a node.*{listed}"):
        refuse_unless_whole(given_id, [listed], "node")


def test_ids_that_are_short_may_be_in_one_another() -> None:
    refuse_unless_whole("n10", ["n1", "node5"], "node")


def test_where_there_is_nothing_any_length_may_be_an_id_s() -> None:
    refuse_unless_whole("ef" * 30, [], "node")
