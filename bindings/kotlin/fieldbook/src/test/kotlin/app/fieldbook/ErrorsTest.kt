package app.fieldbook

import app.fieldbook.records.Account
import app.fieldbook.records.Opportunity
import app.fieldbook.records.Territory
import com.sun.net.httpserver.HttpServer
import java.io.File
import java.io.RandomAccessFile
import java.net.InetAddress
import java.net.InetSocketAddress
import java.time.LocalDate
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** Everything an app has to act on arrives as the exception that says so. */
class ErrorsTest {
    @Test
    fun `a refusal names the rule and the field and has a sentence`() = story {
        val ada = phone("Ada")

        val long = thrown<FieldbookException.Refused> { ada.create(Account(id = ada.newId(), name = "x".repeat(161))) }
        val empty = thrown<FieldbookException.Refused> { ada.create(Account(id = ada.newId())) }
        val rep = thrown<FieldbookException.Refused> { ada.create(Territory(id = ada.newId(), name = "North")) }
        val sale = Opportunity(id = ada.newId(), topic = "Pumps")
        ada.create(sale)
        val again = thrown<FieldbookException.Refused> { ada.create(sale) }
        val future = OpportunityAction.Lose(reason = "canceled", actualCloseDate = LocalDate.of(2199, 1, 1))
        val ahead = thrown<FieldbookException.Refused> { ada.act(sale.id, future) }

        assertEquals("field.too_long" to "name", long.code to long.field)
        assertEquals("name", empty.field)
        assertNull(rep.field)
        assertEquals("record.exists", again.code)
        assertEquals("opportunity.lose.date", ahead.code)
        for (refused in listOf<FieldbookException>(long, empty, rep, again, ahead)) {
            assertTrue(refused.reason.length > 10, refused.reason)
        }
    }

    @Test
    fun `a closed record is frozen`() = story {
        val ada = phone("Ada")
        val account = Account(id = ada.newId(), name = "Globex")
        val sale = Opportunity(id = ada.newId(), topic = "Pumps", customer = Accounts.ref(account.id))
        ada.bundle {
            create(account)
            create(sale)
            act(sale.id, OpportunityAction.Win())
        }
        val won = ada.get(Opportunities, sale.id)

        val refused = thrown<FieldbookException.Refused> { ada.save(won, won.copy(rating = "hot")) }

        assertEquals("record.frozen" to "rating", refused.code to refused.field)
    }

    @Test
    fun `what is not on the device is not found`() = story {
        val ada = phone("Ada")
        val nobody = ada.newId()

        val missing = thrown<FieldbookException.NotFound> { ada.history(Leads, nobody) }

        assertEquals("lead" to nobody, missing.kind to missing.id)
        assertNull(ada.find(nobody))
    }

    @Test
    fun `nobody signed in is said so`() = story {
        val book = book()

        thrown<FieldbookException.SignedOut> { book.session() }
        thrown<FieldbookException.SignedOut> { book.create(Account(id = book.newId(), name = "Globex")) }
        thrown<FieldbookException.SignedOut> { book.sync() }
        val refused = thrown<FieldbookException.Refused> { book.signIn(Server.url, "no token") }
        assertEquals("login.token", refused.code)
    }

    @Test
    fun `a token the server does not take asks for another sign-in and keeps the work`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))
        ada.signIn(Server.url, forged(token("Ada")))

        thrown<FieldbookException.SignedOut> { ada.sync() }

        ada.signIn(Server.url, token("Ada"))
        assertEquals(1, ada.sync().pushed)
    }

    @Test
    fun `a server that is not there or busy is offline`() = story {
        thrown<FieldbookException.Offline> { phone("Ada", server = "http://127.0.0.1:9").sync() }
        answering(503, "unavailable") { url -> thrown<FieldbookException.Offline> { phone("Ada", server = url).sync() } }
    }

    @Test
    fun `a server that talks nonsense is a bug to report`() = story {
        answering(400, "nonsense") { url ->
            val bug = thrown<FieldbookException.Bug> { phone("Ada", server = url).sync() }
            assertEquals("nonsense", bug.code)
        }
    }

    @Test
    fun `a book of a newer app asks for an upgrade and is left alone`() = story {
        book("ada.db").run {
            shutDown()
            close()
        }
        RandomAccessFile(path("ada.db"), "rw").use { file ->
            file.seek(USER_VERSION_AT)
            file.writeInt(9_999)
        }

        thrown<FieldbookException.UpgradeNeeded> { Book.open(path("ada.db"), "a phone") }

        RandomAccessFile(path("ada.db"), "r").use { file ->
            file.seek(USER_VERSION_AT)
            assertEquals(9_999, file.readInt())
        }
    }

    @Test
    fun `a file that is no book is left alone`() = story {
        val file = File(path("ada.db")).apply { writeText("dear diary".repeat(1_000)) }

        val damaged = thrown<FieldbookException.Storage> { Book.open(file.path, "a phone") }
        val nowhere = thrown<FieldbookException.Storage> { Book.open(path("no/such/folder/ada.db"), "a phone") }

        assertEquals("book.damaged", damaged.code)
        assertEquals("book.open", nowhere.code)
        assertTrue(file.readText().startsWith("dear diary"))
    }

    @Test
    fun `a closed book says so`() = story {
        val ada = phone("Ada")

        ada.shutDown()

        assertEquals("book.closed", thrown<FieldbookException.Storage> { ada.list(Accounts.all()) }.code)
        assertEquals("book.closed", thrown<FieldbookException.Storage> { ada.sync() }.code)
    }

    private suspend fun answering(status: Int, code: String, visit: suspend (String) -> Unit) {
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.createContext("/") { call ->
            call.requestBody.readAllBytes()
            val body = """{"error":{"code":"$code","message":"not today"}}""".toByteArray()
            call.responseHeaders.add("content-type", "application/json")
            call.sendResponseHeaders(status, body.size.toLong())
            call.responseBody.use { it.write(body) }
        }
        server.start()
        try {
            visit("http://127.0.0.1:${server.address.port}")
        } finally {
            server.stop(0)
        }
    }

    private companion object {
        /** Where SQLite keeps the version of a database's tables. */
        const val USER_VERSION_AT = 60L
    }
}
