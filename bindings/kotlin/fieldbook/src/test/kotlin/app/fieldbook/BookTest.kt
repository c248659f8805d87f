package app.fieldbook

import app.fieldbook.records.Account
import app.fieldbook.records.Opportunity
import app.fieldbook.records.Role
import java.io.File
import java.math.BigDecimal
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** A book from its first day to its last. */
class BookTest {
    @Test
    fun `a phone that never had a network sells`() = story {
        val ada = phone("Ada", server = "http://127.0.0.1:9")
        val account = Account(id = ada.newId(), name = "Globex")
        val sale = Opportunity(id = ada.newId(), topic = "Pumps", customer = Accounts.ref(account.id))
        ada.bundle {
            create(account)
            create(sale)
        }
        ada.act(sale.id, OpportunityAction.Win(BigDecimal("120")))

        thrown<FieldbookException.Offline> { ada.sync() }

        assertEquals(Opportunities.State.WON, ada.get(Opportunities, sale.id).state)
        val row = ada.reportPipeline(PipelineBy.ACCOUNT).single()
        assertEquals(Triple("won", 1L, BigDecimal("120")), Triple(row.state, row.count, row.sum))
        assertEquals("Globex", row.title)
        ada.signIn(Server.url, token("Ada"))
        assertEquals(2, ada.sync().pushed)
    }

    @Test
    fun `the status says what is held and what waits`() = story {
        val ada = phone("Ada")
        assertEquals(0, ada.status().pending)
        ada.create(Account(id = ada.newId(), name = "Globex"))

        val before = ada.status()
        ada.sync()
        val after = ada.status()

        assertEquals(listOf(true, "Ada", Role.REP, Server.url), before.run { listOf(signedIn, userName, role, server) })
        assertEquals(1L to 0L, before.pending to after.pending)
        assertEquals(1L, after.records.single { it.kind == "account" }.count)
        assertNotNull(after.lastSync)
        assertTrue(after.positions.isNotEmpty())
        assertEquals("a phone", after.deviceName)
    }

    @Test
    fun `signing out keeps the work and stops the syncing`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))

        ada.signOut()

        thrown<FieldbookException.SignedOut> { ada.sync() }
        assertFalse(ada.status().signedIn)
        assertEquals(1L, ada.count(Accounts.all()))
        ada.signIn(Server.url, token("Ada"))
        assertEquals(1, ada.sync().pushed)
    }

    @Test
    fun `wiping is refused while work waits, and then deletes the files and closes the book`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))
        val refused = thrown<FieldbookException.Refused> { ada.wipe() }
        assertEquals("wipe.outbox", refused.code)
        assertEquals(1L, ada.count(Accounts.all()))

        ada.sync()
        ada.wipe()

        assertEquals("book.closed", thrown<FieldbookException.Storage> { ada.status() }.code)
        assertEquals(emptyList(), folder.list().orEmpty().toList())
    }

    @Test
    fun `wiping throws unsent work away when told so`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))

        ada.wipe(discardUnsent = true)

        assertEquals(emptyList(), folder.list().orEmpty().toList())
    }

    @Test
    fun `a wipe that cannot delete the book deletes nothing`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))
        val (book, aside) = File(path("Ada-0.db")) to File(path("aside.db"))
        assertTrue(book.renameTo(aside) && book.mkdir())

        val stays = thrown<FieldbookException.Storage> { ada.wipe(discardUnsent = true) }

        assertEquals("book.wipe", stays.code)
        assertTrue(book.delete() && aside.renameTo(book))
        Book.open(book.path, "a phone").use { again ->
            assertEquals(1L, again.count(Accounts.all()))
            again.wipe(discardUnsent = true)
        }
        assertEquals(emptyList(), folder.list().orEmpty().toList())
    }

    @Test
    fun `a book that was used and closed opens again with everything in it`() = story {
        Book.open(path("ada.db"), "a phone").use { ada ->
            ada.signIn(Server.url, token("Ada"))
            ada.create(Account(id = ada.newId(), name = "Globex"))
        }

        Book.open(path("ada.db"), "a phone").use { again ->
            assertEquals("Globex", again.list(Accounts.all()).single().name)
            assertEquals("Ada", again.session().name)
            again.shutDown()
        }
    }

    @Test
    fun `use lets the exception of its block through and closes the book`() = story {
        val ada = book("ada.db")

        val failed = assertFailsWith<IllegalStateException> { ada.use { error("a view failed") } }

        assertEquals("a view failed", failed.message)
        thrown<IllegalStateException> { ada.status() }
    }

    @Test
    fun `closing a book without shutting it down loses nothing`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))
        val file = folder.listFiles { file: File -> file.name.endsWith(".db") }!!.single()

        ada.close()

        assertEquals(1L, book(file.name).count(Accounts.all()))
    }

    @Test
    fun `a copy of a book is recognised and neither loses nor doubles anything`() = story {
        val ada = book("ada.db").also { it.signIn(Server.url, token("Ada")) }
        ada.create(Account(id = ada.newId(), name = "Globex"))
        ada.shutDown()
        File(path("ada.db")).copyTo(File(path("restored.db")))

        val (original, restored) = listOf(book("ada.db"), book("restored.db"))
        level(original, restored)

        assertNotEquals(original.status().actor, restored.status().actor)
        assertEquals("Globex", restored.list(Accounts.all()).single().name)
        assertEquals(original.recordsDigest(), restored.recordsDigest())
    }

    @Test
    fun `every row is made again from its document`() = story {
        val ada = phone("Ada")
        ada.bundleEach(0..<10) { create(Account(id = ada.newId(), name = "Globex $it")) }
        val digest = ada.recordsDigest()

        assertEquals(10, ada.rebuildProjection())

        assertEquals(digest, ada.recordsDigest())
    }
}
