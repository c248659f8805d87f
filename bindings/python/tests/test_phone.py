"""Two phones in Python, against a real server process."""

import asyncio
import datetime
import socket
import unittest
import uuid
from decimal import Decimal

import fieldbook
from fieldbook import Account, Book, Estimate, FieldbookError, Lead, Opportunity, OpportunityLine, RecordRef, TaskActivity
from fieldbook import act, bundle, count, create, get, live, records, ref, save

from office import Office


class PhoneTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.office = Office()
        self.addCleanup(self.office.close)

    async def phone(self, name: str) -> Book:
        book = await Book.open(self.office.path(f"{name}.db"), f"{name}'s laptop")
        await book.sign_in(self.office.url, self.office.token(name))
        return book

    async def test_two_phones_collide_offline_and_end_equal_with_the_loser_told(self):
        ada, ben = await self.phone("Ada"), await self.phone("Ben")
        account = Account(id=ada.new_id(), name="Globex")
        sale = Opportunity(id=ada.new_id(), topic="Forty pumps", customer=ref(account))
        await create(ada, account)
        await create(ada, sale)
        await ada.exchange()
        await ben.exchange()

        await act(ada, sale, "win", actual_value=Decimal("1200.50"))
        await act(ben, sale, "lose", reason="canceled")
        self.assertTrue((await get(ben, Opportunity, sale.id)).pending)
        await ada.exchange()
        await ben.exchange()
        await ada.exchange()

        self.assertEqual(await ada.records_digest(), await ben.records_digest())
        shown = await get(ben, Opportunity, sale.id)
        self.assertEqual((shown.state, shown.actual_value, shown.pending), ("won", Decimal("1200.5"), False))
        told = [item.content.decision for item in await ben.inbox() if item.content.is_decided()]
        self.assertEqual([decision.rule for decision in told], ["INV-25"])
        self.assertEqual(told[0].record, ref(sale))
        self.assertTrue(told[0].message)

    async def test_typed_records_lines_and_lists(self):
        ada = await self.phone("Ada")
        sale = Opportunity(
            id=ada.new_id(), topic="Ventile für Zürich ✓", est_close_date=datetime.date(2026, 12, 24),
            est_value=Estimate(amount=Decimal("12345678.90")),
        )
        await create(ada, sale)
        was = await get(ada, Opportunity, sale.id)
        line = OpportunityLine(id=ada.new_id(), description="Valve", price_per_unit=Decimal("0.10"))
        now = await get(ada, Opportunity, sale.id)
        now.lines = [line]
        now.stage = "propose"
        await save(ada, was, now)

        found = await records(ada, Opportunity, stage="propose", state="open", sort="est_close_date")
        self.assertEqual([one.id for one in found], [sale.id])
        self.assertEqual(found[0].lines[0].price_per_unit, Decimal("0.10"))
        self.assertEqual(found[0].est_value.amount, Decimal("12345678.90"))
        self.assertEqual(found[0].est_close_date, datetime.date(2026, 12, 24))
        self.assertEqual(await count(ada, Opportunity, customer=None), 1)
        self.assertEqual(await count(ada, Opportunity, customer=RecordRef(kind="account", id=uuid.uuid4())), 0)

    async def test_moments_keep_their_milliseconds_also_just_before_1970(self):
        ada = await self.phone("Ada")
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        for milliseconds in [-14_182_939_999, -999, -1, 0, 1_795_509_000_123]:
            task = TaskActivity(id=ada.new_id(), subject="Call", due=epoch + datetime.timedelta(milliseconds=milliseconds))
            await create(ada, task)
            self.assertEqual((await get(ada, TaskActivity, task.id)).due, task.due)

    async def test_a_bundle_is_all_or_nothing(self):
        ada = await self.phone("Ada")
        task = TaskActivity(id=ada.new_id(), subject="Call back")

        def fill(steps):
            steps.create(task)
            steps.act(task, "no_such_thing")

        with self.assertRaises(FieldbookError.Refused) as refused:
            await bundle(ada, fill)
        self.assertEqual(refused.exception.code, "task.no_such_thing.unknown")
        self.assertEqual(await count(ada, TaskActivity), 0)

    async def test_a_refusal_names_code_field_and_reason(self):
        ada = await self.phone("Ada")
        with self.assertRaises(FieldbookError.Refused) as refused:
            await create(ada, Lead(id=ada.new_id(), topic="x" * 2000, last_name="Lind"))
        self.assertEqual((refused.exception.code, refused.exception.field), ("field.too_long", "topic"))
        self.assertIn("topic", refused.exception.reason)
        with self.assertRaises(FieldbookError.NotFound):
            await get(ada, Lead, uuid.uuid4())

    async def test_a_live_list_follows_and_ends_with_the_book(self):
        ada = await self.phone("Ada")
        lists = live(ada, Account, sort="name")
        self.assertEqual(await anext(lists), [])
        await create(ada, Account(id=ada.new_id(), name="Globex"))
        self.assertEqual([account.name for account in await anext(lists)], ["Globex"])
        await ada.shut_down()
        with self.assertRaises(FieldbookError.Storage) as ended:
            await anext(lists)
        self.assertEqual(ended.exception.code, "book.closed")

    async def test_a_cancelled_sync_ends_and_the_book_works_on(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ada = await Book.open(self.office.path("silent.db"), "laptop")
            await ada.sign_in(f"http://127.0.0.1:{silent.getsockname()[1]}", self.office.token("Ada"))
            syncing = asyncio.create_task(ada.exchange())
            connection, _ = await asyncio.to_thread(silent.accept)
            self.addCleanup(connection.close)
            syncing.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await syncing
            await create(ada, Account(id=ada.new_id(), name="Globex"))
            self.assertEqual((await ada.status()).pending, 1)

    async def test_an_encrypted_book_opens_with_its_key_only(self):
        class Key(fieldbook.KeyProvider):
            def __init__(self, key: bytes) -> None:
                self.bytes = key

            def key(self) -> bytes:
                return self.bytes

        path = self.office.path("secret.db")
        book = await Book.open(path, "laptop", Key(b"k" * 32))
        await book.shut_down()
        with open(path, "rb") as file:
            self.assertNotEqual(file.read(6), b"SQLite")
        for wrong in (Key(b"x" * 32), Key(b"short"), None):
            with self.assertRaises(FieldbookError.Storage):
                await Book.open(path, "laptop", wrong)
        await (await Book.open(path, "laptop", Key(b"k" * 32))).shut_down()

    async def test_offline_nobody_and_wiped_are_told_apart(self):
        book = await Book.open(self.office.path("fresh.db"), "laptop")
        with self.assertRaises(FieldbookError.SignedOut):
            await book.exchange()
        await book.sign_in("http://127.0.0.1:9", self.office.token("Ada"))
        await create(book, Account(id=book.new_id(), name="Globex"))
        with self.assertRaises(FieldbookError.Offline):
            await book.exchange()
        with self.assertRaises(FieldbookError.Refused) as refused:
            await book.wipe()
        self.assertEqual(refused.exception.code, "wipe.outbox")
        await book.wipe(True)
        with self.assertRaises(FieldbookError.Storage):
            await book.status()


if __name__ == "__main__":
    unittest.main()
