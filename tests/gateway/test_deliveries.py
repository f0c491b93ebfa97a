"""Deliveries as they really come: repeated, replayed, shuffled, forged, tampered with, old."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.gateway.gate import OLD_SECRET, PORTAL, SECRET, gate, intent, signed

WISHES, COPIES = 20, 6
FORGED = "whsec_" + "bm90IHRoZSBzZWNyZXQgYXQgYWxsLCBuZWl0aGVyIGJpdHM="


def deliveries() -> list[tuple[str, bytes, dict[str, str]]]:
    made = []
    for wish in range(WISHES):
        body = json.dumps(intent(ticket=f"CHG{wish}", cluster=f"w{wish}")).encode()
        made += [("retry", body, signed(body, identity=f"msg_{wish}"))] * COPIES
        made += [("replay", body, signed(body, secret=OLD_SECRET)) for _ in range(COPIES)]
        made += [("forged", body, signed(body, secret=FORGED)) for _ in range(3)]
        made += [("tampered", body.replace(b"CHG", b"INC"), signed(body)) for _ in range(3)]
        made += [("old", body, signed(body, at=time.time() - 3600)) for _ in range(3)]
    random.Random(7).shuffle(made)
    return made


def test_each_wish_counts_once_and_nothing_forged_counts(tmp_path: Path):
    limits = {"burst": 10_000}
    with gate(tmp_path, sources={"portal": PORTAL}, limits=limits) as running:

        def send(one: tuple[str, bytes, dict[str, str]]) -> tuple[str, int, str]:
            kind, body, headers = one
            answer = running.http.post(f"{running.url}/v1/intents", content=body, headers=headers)
            return kind, answer.status_code, answer.json().get("intent", "")

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(send, deliveries()))
        assert running.desk.store.verify_audit() == ()

    counts = Counter((kind in ("retry", "replay"), status) for kind, status, _ in answers)
    genuine = WISHES * COPIES * 2
    assert counts == {(True, 202): WISHES, (True, 200): genuine - WISHES, (False, 401): WISHES * 9}
    assert len({made for _, _, made in answers if made}) == WISHES
    assert SECRET != FORGED
