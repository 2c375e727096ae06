# SPDX-FileCopyrightText: 2026 bloq.cloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect over the built-in chain, asked over HTTP."""

from __future__ import annotations

import contextlib
import hashlib
import typing as t
from importlib import metadata

import pytest
import requests
from asking import TIMEOUT, answer, bearer, client_tokens, log_in
from conftest import Served
from hypothesis import given, settings
from hypothesis import strategies as st

from local_bloq.chain import BLOCKS
from local_bloq.connect.coinbases import ADDRESSES, REWARD, coinbase
from local_bloq.connect.scripts import assembly, is_address, kind_and_address
from local_bloq.connect.wire import Input, Output, Transaction, WireError, double_sha256, raw_block, read_transaction

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
NINTH = "12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S"
FINNEY = "1Q2TWHE3GMdB6BZKafqwxXtWAWgFt5Jvm3"
UNUSED = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"

# The first payment of all, which block 170 has: 10 of the 50 coins of block 9, and the change.
FIRST_PAYMENT_ID = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"
FIRST_PAYMENT = (
    "0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e1"
    "6932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc5"
    "6cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b22"
    "25f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee00"
    "00000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f8"
    "2e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000"
)


class Connect:
    """Connect's API with a client token, for one of the two coins."""

    def __init__(self, bloq: Served, coin: str = "btc") -> None:
        self._base = f"{bloq.connect}/api/v1"
        self._headers = {**bearer(client_tokens(bloq, log_in(bloq))["accessToken"]), "Host": f"{coin}.localhost"}

    def get(self, path: str, **query: t.Any) -> requests.Response:
        return requests.get(f"{self._base}{path}", params=query, headers=self._headers, timeout=TIMEOUT)

    def post(self, path: str, body: object) -> requests.Response:
        return requests.post(f"{self._base}{path}", json=body, headers=self._headers, timeout=TIMEOUT)

    def seen(self, path: str, **query: t.Any) -> t.Any:
        reply = self.get(path, **query)
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture(scope="module")
def btc(bloq: Served) -> Connect:
    return Connect(bloq)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.height))
def test_what_paid_a_miner_proves_itself_by_its_id(block: t.Any) -> None:
    transaction = coinbase(block)
    assert transaction.txid == block.txid
    assert read_transaction(transaction.raw) == transaction
    header = raw_block(block, transaction)[:80]
    assert double_sha256(header)[::-1].hex() == block.hash


def test_addresses_are_those_of_their_public_keys() -> None:
    for public_key, address in ADDRESSES.items():
        # No library in use has this hash everywhere; where it is missing, so is the proof.
        if "ripemd160" not in hashlib.algorithms_available:
            pytest.skip("OpenSSL has no RIPEMD-160 here")
        fingerprint = hashlib.new("ripemd160", hashlib.sha256(public_key).digest()).digest()
        assert kind_and_address(b"\x76\xa9\x14" + fingerprint + b"\x88\xac") == ("pubkeyhash", address)


def test_a_block_is_found_by_height_and_by_hash(btc: Connect) -> None:
    for block in BLOCKS:
        assert btc.seen(f"/block-index/{block.height}") == {"blockHash": block.hash}
    first = btc.seen(f"/block/{BLOCKS[1].hash}")
    assert (first["height"], first["time"], first["size"], first["confirmations"]) == (1, 1231469665, 215, 10)
    assert (first["previousblockhash"], first["nextblockhash"]) == (BLOCKS[0].hash, BLOCKS[2].hash)
    assert first["tx"] == ["0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098"]
    raw = bytes.fromhex(btc.seen(f"/rawblock/{BLOCKS[0].hash}")["rawblock"])
    assert (len(raw), double_sha256(raw[:80])[::-1].hex()) == (285, BLOCKS[0].hash)
    assert b"Chancellor on brink of second bailout for banks" in raw


@pytest.mark.parametrize("path", ["/block/no", "/rawblock/no", "/block-index/11", "/block-index/-1", "/block-index/x"])
def test_a_block_that_is_not_there_is_404(btc: Connect, path: str) -> None:
    assert answer(btc.get(path)) == (404, {"code": "BlockNotFound"})


def test_blocks_are_listed_by_day(btc: Connect) -> None:
    newest = btc.seen("/blocks", limit=3)
    assert [block["height"] for block in newest["blocks"]] == [10, 9, 8]
    assert (newest["length"], newest["pagination"]["more"], newest["pagination"]["current"]) == (3, True, "2009-01-09")
    genesis = btc.seen("/blocks", blockDate="2009-01-03")
    assert [block["hash"] for block in genesis["blocks"]] == [BLOCKS[0].hash]
    assert btc.seen("/blocks", blockDate="2026-01-01")["blocks"] == []
    for query in ({"limit": 0}, {"limit": "x"}, {"blockDate": "2009-02-30"}, {"blockDate": "today"}):
        assert answer(btc.get("/blocks", **query)) == (400, {"code": "InvalidQuery"})


def test_a_transaction_is_shown_whole_and_raw(btc: Connect) -> None:
    shown = btc.seen(f"/tx/{BLOCKS[0].txid}")
    assert shown["vin"][0]["coinbase"].startswith("04ffff001d0104455468652054696d6573")
    assert shown["vout"][0]["value"] == "50.00000000"
    assert shown["vout"][0]["scriptPubKey"]["addresses"] == [GENESIS]
    assert (shown["isCoinBase"], shown["confirmations"], shown["blockhash"]) == (True, 11, BLOCKS[0].hash)
    raw = btc.seen(f"/rawtx/{BLOCKS[0].txid}")["rawtx"]
    assert double_sha256(bytes.fromhex(raw))[::-1].hex() == BLOCKS[0].txid
    for path in (f"/tx/{'0' * 64}", f"/rawtx/{'0' * 64}"):
        assert answer(btc.get(path)) == (404, {"code": "TransactionNotFound"})
    assert btc.seen("/txs", block=BLOCKS[0].hash) == {"pagesTotal": 1, "txs": [shown]}
    assert btc.seen("/txs", address=GENESIS)["txs"] == [shown]
    assert btc.seen("/txs", address=GENESIS, pageNum=1)["txs"] == []
    assert answer(btc.get("/txs")) == (400, {"code": "InvalidQuery"})


def test_an_address_has_what_its_block_paid_it(btc: Connect) -> None:
    shown = btc.seen(f"/addr/{GENESIS}")
    assert (shown["balance"], shown["balanceSat"], shown["txApperances"]) == (50, REWARD, 1)
    assert shown["transactions"] == [BLOCKS[0].txid]
    assert "transactions" not in btc.seen(f"/addr/{GENESIS}", noTxList=1)
    assert btc.seen(f"/addr/{GENESIS}", **{"from": 1})["transactions"] == []
    numbers = {"balance": REWARD, "totalReceived": REWARD, "totalSent": 0, "unconfirmedBalance": 0}
    for name, value in numbers.items():
        reply = btc.get(f"/addr/{GENESIS}/{name}")
        assert (reply.text, reply.headers["Content-Type"]) == (str(value), "application/json")
    assert btc.seen(f"/addr/{UNUSED}/balance") == 0
    for wrong in ("no", GENESIS[:-1] + "b", "0", "1" * 30, f"{GENESIS},{NINTH}"):
        assert answer(btc.get(f"/addr/{wrong}/balance")) == (400, {"code": "InvalidAddress"})
    unspent = btc.seen(f"/addrs/{GENESIS},{UNUSED},{NINTH}/utxo")
    assert [(one["address"], one["satoshis"], one["height"]) for one in unspent] == [
        (GENESIS, REWARD, 0),
        (NINTH, REWARD, 9),
    ]
    assert btc.seen(f"/addr/{NINTH}/utxo") == unspent[1:]
    for addresses in (f"{GENESIS},{NINTH}", [GENESIS, NINTH]):
        assert answer(btc.post("/addrs/utxo", {"addrs": addresses})) == (200, unspent)
    assert answer(btc.get("/addr/no/utxo")) == (400, {"code": "InvalidAddress"})


def test_transactions_of_addresses_are_listed_by_path_and_by_body(btc: Connect) -> None:
    listed = btc.seen(f"/addrs/{GENESIS},{NINTH}/txs")
    assert answer(btc.post("/addrs/txs", {"addrs": [GENESIS, NINTH]})) == (200, listed)
    assert (listed["totalItems"], [one["blockheight"] for one in listed["items"]]) == (2, [9, 0])
    short = btc.seen(f"/addrs/{GENESIS},{NINTH}/txs", **{"from": 1, "to": 2, "noAsm": 1, "noSpent": 1})
    assert [one["txid"] for one in short["items"]] == [BLOCKS[0].txid]
    assert not {"spentTxId", "asm"} & set(short["items"][0]["vout"][0])


def test_the_chain_and_its_node_tell_their_state(btc: Connect, bloq: Served) -> None:
    assert btc.seen("/status")["info"]["blocks"] == 10
    assert btc.seen("/status", q="getInfo") == btc.seen("/status")
    assert btc.seen("/status", q="getDifficulty") == {"difficulty": 1}
    assert btc.seen("/status", q="getBestBlockHash") == {"bestblockhash": BLOCKS[-1].hash}
    assert btc.seen("/status", q="getLastBlockHash")["lastblockhash"] == BLOCKS[-1].hash
    assert btc.seen("/status", q="getNothing") == btc.seen("/status")
    assert btc.seen("/sync")["syncPercentage"] == 100
    assert btc.seen("/peer")["connected"] is True
    assert btc.seen("/version") == {"version": metadata.version("local-bloq")}
    assert btc.seen("/currency") == {"status": 200, "data": {"bitstamp": 0}}
    assert set(btc.seen("/utils/estimatefee")) == {"2"}
    assert set(btc.seen("/utils/estimatefee", nbBlocks="3,6")) == {"3", "6"}
    assert btc.seen("/status")["info"]["version"] != Connect(bloq, "bch").seen("/status")["info"]["version"]


def test_a_payment_that_was_sent_waits_on_its_own_chain(bloq: Served) -> None:
    bch, btc = Connect(bloq, "bch"), Connect(bloq, "btc")
    for _turn in range(2):
        assert answer(bch.post("/tx/send", {"rawtx": FIRST_PAYMENT})) == (200, {"txid": FIRST_PAYMENT_ID})
    shown = bch.seen(f"/tx/{FIRST_PAYMENT_ID}")
    assert (shown["valueIn"], shown["valueOut"], shown["fees"], shown["confirmations"]) == (50, 50, 0, 0)
    assert shown["vin"][0]["addr"] == NINTH
    assert [output["scriptPubKey"]["addresses"] for output in shown["vout"]] == [[FINNEY], [NINTH]]
    assert bch.seen(f"/tx/{BLOCKS[9].txid}")["vout"][0]["spentTxId"] == FIRST_PAYMENT_ID
    assert bch.seen(f"/addr/{FINNEY}/unconfirmedBalance") == 10 * 100_000_000
    assert bch.seen(f"/addr/{NINTH}/unconfirmedBalance") == -10 * 100_000_000
    assert bch.seen(f"/addr/{NINTH}/balance") == REWARD
    assert [one["satoshis"] for one in bch.seen(f"/addrs/{NINTH}/utxo")] == [40 * 100_000_000]
    both = bch.post("/addrs/txs", {"addrs": f"{NINTH},{GENESIS}", "from": 0, "to": 2}).json()
    assert (both["totalItems"], [one["txid"] for one in both["items"]]) == (3, [FIRST_PAYMENT_ID, BLOCKS[9].txid])
    bare = bch.post("/addrs/txs", {"addrs": [FINNEY], "noAsm": 1, "noScriptSig": 1, "noSpent": 1}).json()["items"][0]
    assert "scriptSig" not in bare["vin"][0]
    assert "asm" not in bare["vout"][0]["scriptPubKey"]
    assert "spentTxId" not in bare["vout"][0]
    assert btc.get(f"/tx/{FIRST_PAYMENT_ID}").status_code == 404
    again = read_transaction(bytes.fromhex(FIRST_PAYMENT))
    spends_again = Transaction(version=2, inputs=again.inputs, outputs=again.outputs, locktime=0)
    assert answer(bch.post("/tx/send", {"rawtx": spends_again.raw.hex()})) == (400, {"code": "DoubleSpend"})


def test_a_coin_is_also_told_by_a_prefix_of_the_path(bloq: Served) -> None:
    headers = bearer(client_tokens(bloq, log_in(bloq))["accessToken"])

    def version(path: str, host: str) -> t.Any:
        reply = requests.get(bloq.connect + path, headers={**headers, "Host": host}, timeout=TIMEOUT)
        return reply.json()["info"]["version"]

    btc, bch = version("/api/v1/status", "btc.localhost"), version("/api/v1/status", "bch.localhost:4006")
    assert btc != bch
    assert version("/bch/api/v1/status", "localhost") == bch
    assert version("/btc/api/v1/status", "bch.localhost") == btc
    assert requests.get(f"{bloq.connect}/bch/status", timeout=TIMEOUT).status_code == 200
    for path in ("/bch/api/v1/status/", "/bch", "/ltc/api/v1/status", "/bch/bch/api/v1/status"):
        assert answer(requests.get(bloq.connect + path, headers=headers, timeout=TIMEOUT)) == (
            404,
            {"code": "NotFound"},
        )


def test_a_payment_that_cannot_be_is_refused(btc: Connect) -> None:
    def code(inputs: tuple[Input, ...], value: int) -> t.Any:
        output = Output(value=value, script=b"\x6a")
        raw = Transaction(version=1, inputs=inputs, outputs=(output,), locktime=0).raw
        reply = btc.post("/tx/send", {"rawtx": raw.hex()})
        return reply.status_code, reply.json()["code"]

    first = Input(txid=BLOCKS[1].txid, output=0, script=b"", sequence=0)
    unknown = Input(txid="ab" * 32, output=0, script=b"", sequence=0)
    beyond = Input(txid=BLOCKS[1].txid, output=1, script=b"", sequence=0)
    assert code((unknown,), 1) == code((beyond,), 1) == code((first, first), 1) == (400, "MissingInputs")
    assert code((first,), REWARD + 1) == (400, "SpendsTooMuch")
    for rawtx in (FIRST_PAYMENT[:-2], FIRST_PAYMENT + "00", "00", "ff" * 100):
        assert answer(btc.post("/tx/send", {"rawtx": rawtx})) == (400, {"code": "InvalidTransaction"})
    for body in ({}, {"rawtx": ""}, {"rawtx": "0"}, {"rawtx": "xx"}, []):
        assert answer(btc.post("/tx/send", body)) == (400, {"code": "InvalidBody"})


def test_every_endpoint_needs_a_token(bloq: Served) -> None:
    for path in ("/status", "/sync", f"/block/{BLOCKS[0].hash}", f"/addr/{GENESIS}/balance"):
        reply = requests.get(f"{bloq.connect}/api/v1{path}", timeout=TIMEOUT)
        assert answer(reply) == (401, {"code": "MissingToken"})


@given(raw=st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_are_a_transaction_or_are_refused(raw: bytes) -> None:
    with contextlib.suppress(WireError):
        assert read_transaction(raw).raw == raw


@given(cut=st.integers(0, len(FIRST_PAYMENT) // 2), byte=st.binary(max_size=2))
@settings(deadline=None)
def test_a_damaged_transaction_is_read_as_it_is_or_refused(cut: int, byte: bytes) -> None:
    real = bytes.fromhex(FIRST_PAYMENT)
    raw = real[:cut] + byte + real[cut + 1 :]
    with contextlib.suppress(WireError):
        assert read_transaction(raw).raw == raw


@given(st.binary(max_size=80))
@settings(deadline=None)
def test_any_script_has_words_and_a_kind(script: bytes) -> None:
    assert isinstance(assembly(script), str)
    address = kind_and_address(script)[1]
    assert address is None or is_address(address)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_no_text_by_chance_is_an_address(text: str) -> None:
    assert not is_address(text)
