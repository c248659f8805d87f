package app.fieldbook

import app.fieldbook.records.Account
import app.fieldbook.records.AnyRecord
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Test

/** What follows the book by itself. */
class LiveTest {
    @Test
    fun `a live list gives the records at once and again when one is created, saved or deleted`() = story {
        val maya = phone("Maya")
        val live = Follower(maya.live(Accounts.sortedBy(Accounts.name)))
        assertEquals(emptyList(), live.next())

        val account = Account(id = maya.newId(), name = "Globex")
        maya.create(account)
        assertEquals(listOf("Globex"), live.until { it.isNotEmpty() }.map { it.name })

        val shown = maya.get(Accounts, account.id)
        maya.save(shown, shown.copy(name = "Initech"))
        live.until { accounts -> accounts.singleOrNull()?.name == "Initech" }

        maya.delete(Accounts, account.id)
        live.until { it.isEmpty() }
        live.close()
    }

    @Test
    fun `a live list follows a writer of 500 records and ends equal to the list`() = story {
        val ada = phone("Ada")
        val query = Accounts.sortedBy(Accounts.accountNumber)
        coroutineScope {
            var seen = 0
            val following = async {
                ada.live(query).onEach { accounts ->
                    assertTrue(accounts.size >= seen, "nothing that was shown is gone")
                    seen = accounts.size
                }.await { it.size == 500 }
            }

            repeat(100) { hundred ->
                ada.bundleEach(0..<5) { number ->
                    create(Account(id = ada.newId(), name = "Globex", accountNumber = "%03d".format(hundred * 5 + number)))
                }
            }

            val last = following.await()
            assertEquals(ada.list(query), last)
            assertEquals((0..<500).map { "%03d".format(it) }, last.map { it.accountNumber })
        }
    }

    @Test
    fun `a live list of a field the type does not have is refused`() = story {
        val stranger = Field<Account, String>("nothing") { null }

        val refused = thrown<FieldbookException.Refused> { phone("Ada").live(Accounts.where(stranger, "x")).first() }

        assertEquals("field.unknown" to "nothing", refused.code to refused.field)
    }

    @Test
    fun `live lists and changes end when the book is shut down`() = story {
        val ada = phone("Ada")
        coroutineScope {
            val started = CompletableDeferred<Unit>()
            val list = async {
                thrown<FieldbookException.Storage> { ada.live(Accounts.all()).collect { started.complete(Unit) } }
            }
            val told = CompletableDeferred<Unit>()
            val changes = async {
                thrown<FieldbookException.Storage> { ada.changes().collect { told.complete(Unit) } }
            }
            started.await()
            told.await()

            ada.shutDown()

            assertEquals("book.closed", list.await().code)
            assertEquals("book.closed", changes.await().code)
        }
    }

    @Test
    fun `changes tell to look at the start and again when something was written`() = story {
        val ada = phone("Ada")
        val changes = Follower(ada.changes())
        changes.next()

        ada.create(Account(id = ada.newId(), name = "Globex"))

        changes.next()
        changes.close()
    }

    @Test
    fun `two connected phones see each others work as it is done`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        coroutineScope {
            val adas = launch { ada.connection().collect() }
            val bens = Follower(ben.connection())
            bens.until { it is ConnectionEvent.CaughtUp }
            val live = Follower(ben.live(Accounts.all()))
            assertEquals(emptyList(), live.next())

            val account = Account(id = ada.newId(), name = "Globex")
            ada.create(account)

            assertEquals(listOf(account.id), live.until { it.isNotEmpty() }.map { it.id })
            bens.until { it == ConnectionEvent.Changed(Accounts.ref(account.id)) }
            adas.cancel()
            live.close()
            bens.close()
        }
        ada.changes().await { ada.status().pending == 0L }
    }

    @Test
    fun `a connection without a server waits, and ends when the token is no longer taken`() = story {
        val ada = phone("Ada")
        val forged = phone("Ben").also { it.signIn(Server.url, forged(token("Ben"))) }

        thrown<FieldbookException.SignedOut> { forged.connection().collect() }

        ada.network(Network.UNAVAILABLE)
        ada.connection().await { it is ConnectionEvent.Paused }
        ada.network(Network.AVAILABLE)
        ada.connection().await { it is ConnectionEvent.CaughtUp }
    }

    @Test
    fun `a listener that throws is counted and does not stop the data`() = story {
        val ada = phone("Ada")
        val told = LinkedBlockingQueue<Int>()
        val listener = object : RecordsListener {
            override fun onRecords(records: List<AnyRecord>) {
                told.add(records.size)
                error("a view failed")
            }

            override fun onEnd(error: FieldbookException) = Unit
        }
        val subscription = ada.observeRecords(Accounts.all().toRecordQuery(), listener)
        assertEquals(0, told.poll(DEADLINE.inWholeSeconds, TimeUnit.SECONDS))

        ada.create(Account(id = ada.newId(), name = "Globex"))
        assertEquals(1, told.poll(DEADLINE.inWholeSeconds, TimeUnit.SECONDS))
        ada.create(Account(id = ada.newId(), name = "Initech"))
        assertEquals(2, told.poll(DEADLINE.inWholeSeconds, TimeUnit.SECONDS))

        assertTrue(subscription.faults() >= 2, "the third may just be on its way")
        subscription.end()
        subscription.close()
    }
}
