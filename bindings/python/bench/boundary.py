"""What the boundary costs in Python; prints one line of JSON. The same work as in Rust, Swift and Kotlin."""

import asyncio
import json
import os
import pathlib
import statistics
import sys
import time

from fieldbook import Account, Book, Step, create, live, records, wrap


async def rate(times: int, call) -> float:
    for _ in range(times // 10):
        await call()
    start = time.perf_counter()
    for _ in range(times):
        await call()
    return times / (time.perf_counter() - start)


async def median_ms(times: int, call) -> float:
    await call()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        await call()
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e3


async def main(folder: str) -> None:
    book = await Book.open(str(pathlib.Path(folder) / "book.db"), "bench")
    await book.sign_in(os.environ["FIELDBOOK_URL"], os.environ["FIELDBOOK_TOKEN"])
    accounts = [Account(id=book.new_id(), name=f"Account {n}") for n in range(1_000)]
    await book.apply_each([[Step.CREATE(record=wrap(account))] for account in accounts])

    async def new_id() -> None:
        book.new_id()

    async def status() -> None:
        await book.status()

    async def lists() -> None:
        await records(book, Account, limit=1_000)

    async def one_more() -> None:
        await create(book, Account(id=book.new_id(), name="One more"))

    figures = {
        "language": "python",
        "new_id_calls_per_s": await rate(100_000, new_id),
        "status_calls_per_s": await rate(2_000, status),
        "list_1000_ms": await median_ms(20, lists),
        "create_ms": await median_ms(50, one_more),
    }
    following = live(book, Account, sort="created_at", descending=True, limit=50)
    await anext(following)
    took = []
    for n in range(50):
        wanted = Account(id=book.new_id(), name=f"Live {n}")
        start = time.perf_counter()
        await create(book, wanted)
        while not any(shown.id == wanted.id for shown in await anext(following)):
            pass
        took.append(time.perf_counter() - start)
    figures["live_ms"] = statistics.median(took) * 1e3
    print(json.dumps(figures))


asyncio.run(main(sys.argv[1]))
