"""One phone in Swift, one in Kotlin and one in Python, with one server: the sample programs are the phones."""

import pathlib
import shlex
import subprocess
import tempfile
import unittest
import uuid
from decimal import Decimal

from fieldbook import Book, Opportunity, RecordRef, get, save

from office import PROJECT, Office

LIBRARY = "target/bindings"
SWIFT = f"scripts/swift.sh env LD_LIBRARY_PATH={LIBRARY} target/swift/debug/fieldbook-sample"
KOTLIN = "scripts/kotlin.sh sample"


class Phone:
    """A sample program with its book."""

    def __init__(self, command: str, book: str) -> None:
        self.command = [*shlex.split(command), book]

    def says(self, *arguments: str) -> str:
        done = subprocess.run([*self.command, *arguments], cwd=PROJECT, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done.stdout.strip()

    def refuses(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run([*self.command, *arguments], cwd=PROJECT, capture_output=True, text=True)
        return done.returncode, done.stderr.strip()


class ThreeLanguagesTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.office = Office()
        self.addCleanup(self.office.close)
        # Where a program inside a container of its own sees it under the same relative path.
        (PROJECT / LIBRARY).mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="phones-", dir=PROJECT / LIBRARY)
        self.addCleanup(folder.cleanup)
        books = pathlib.Path(folder.name).relative_to(PROJECT)
        self.ada = Phone(SWIFT, str(books / "ada.db"))
        self.ben = Phone(KOTLIN, str(books / "ben.db"))
        self.ada.says("sign-in", self.office.url, self.office.token("Ada"))
        self.ben.says("sign-in", self.office.url, self.office.token("Ben"))

    async def asyncSetUp(self) -> None:
        self.maya = await Book.open(self.office.path("maya.db"), "Maya's laptop")
        await self.maya.sign_in(self.office.url, self.office.token("Maya"))

    async def everybody_syncs(self) -> None:
        for _ in range(2):
            self.ada.says("sync")
            self.ben.says("sync")
            await self.maya.exchange()

    async def all_show_the_same(self) -> None:
        ada, ben = self.ada.says("digest").splitlines(), self.ben.says("digest").splitlines()
        self.assertEqual(ada, ben)
        self.assertEqual(ada, await self.maya.records_digest())

    async def test_a_win_in_swift_stands_against_a_loss_in_kotlin(self):
        sale = self.ada.says("add", "Vierzig Pumpen für Zürich ✓", "Globex")
        await self.everybody_syncs()
        self.assertIn(f"{sale}\tVierzig Pumpen für Zürich ✓\topen", self.ben.says("open-opportunities"))

        self.ada.says("win", sale, "1200.50")
        self.ben.says("lose", sale, "canceled")
        await self.everybody_syncs()

        await self.all_show_the_same()
        self.assertIn("\twon\t", self.ben.says("show", sale) + "\t")
        won = await get(self.maya, Opportunity, uuid.UUID(sale))
        self.assertEqual((won.state, won.actual_value), ("won", Decimal("1200.50")))
        told = [line.split("\t") for line in self.ben.says("inbox").splitlines()]
        self.assertIn(["INV-25", f"opportunity:{sale}"], [[line[0], line[2]] for line in told])
        self.assertEqual(self.ada.says("sync"), "pushed 0 pulled 0 decisions 0")

    async def test_three_names_for_one_sale_leave_one_and_tell_the_others(self):
        sale = self.ben.says("add", "Pumps")
        await self.everybody_syncs()

        self.ada.says("rename", sale, "Pumps from Ada")
        self.ben.says("rename", sale, "Pumps from Ben")
        was = await get(self.maya, Opportunity, uuid.UUID(sale))
        now = await get(self.maya, Opportunity, uuid.UUID(sale))
        now.topic = "Pumps from Maya"
        await save(self.maya, was, now)
        await self.everybody_syncs()

        await self.all_show_the_same()
        shown = (await get(self.maya, Opportunity, uuid.UUID(sale))).topic
        names = {"Pumps from Ada", "Pumps from Ben", "Pumps from Maya"}
        self.assertIn(shown, names)
        kept = await self.maya.alternatives(RecordRef(kind="opportunity", id=uuid.UUID(sale)))
        self.assertEqual({alternative.value.value for alternative in kept}, names - {shown})

    async def test_a_refusal_says_the_same_in_swift_and_kotlin(self):
        sale = self.ada.says("add", "Pumps without a customer")
        await self.everybody_syncs()

        refused = self.ada.refuses("win", sale, "10")

        self.assertEqual(refused[0], 2)
        self.assertIn("customer", refused[1])
        self.assertEqual(self.ben.refuses("win", sale, "10"), refused)
        self.assertEqual(self.ada.says("available", sale), self.ben.says("available", sale))


if __name__ == "__main__":
    unittest.main()
