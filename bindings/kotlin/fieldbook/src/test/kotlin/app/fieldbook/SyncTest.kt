package app.fieldbook

import app.fieldbook.records.Account
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Test

/** Talking to the server, and giving up on it. */
class SyncTest {
    @Test
    fun `a sync tells its progress and the last report is the whole of it`() = story {
        val ada = phone("Ada")
        ada.bundleEach(0..<120) { number -> create(Account(id = ada.newId(), name = "Globex $number")) }

        val reports = ada.syncing().toList()

        assertEquals(120, reports.last().pushed)
        assertTrue(reports.zipWithNext().all { (before, after) -> before.roundTrips <= after.roundTrips })
        assertEquals(reports.last(), reports[reports.size - 2], "the last answer is told before the end")
        assertEquals(0, ada.status().pending)
    }

    @Test
    fun `a progress listener that throws does not stop the sync`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))

        val report = ada.sync { error("a view failed") }

        assertEquals(1, report.pushed)
    }

    @Test
    fun `cancelling the coroutine ends a sync with a silent server at once and the book still works`() = story {
        SilentServer().use { silent ->
            val ada = phone("Ada", server = silent.url)
            val account = Account(id = ada.newId(), name = "Globex")
            ada.create(account)
            coroutineScope {
                val sync = launch(Dispatchers.Default) { ada.sync() }
                withContext(Dispatchers.IO) { silent.awaitCaller() }

                val taken = measureTime { sync.cancelAndJoin() }

                assertTrue(taken < 2.seconds, "it took $taken")
                assertTrue(withContext(Dispatchers.IO) { silent.callerHangsUp() })
            }
            assertEquals("Globex", ada.get(Accounts, account.id).name)
            assertEquals(1, ada.status().pending)
            ada.signIn(Server.url, token("Ada"))
            assertEquals(1, ada.sync().pushed)
        }
    }

    @Test
    fun `a cancel token ends a sync with the exception that says so`() = story {
        SilentServer().use { silent ->
            val ada = phone("Ada", server = silent.url)
            Cancel().use { cancel ->
                coroutineScope {
                    val sync = async(Dispatchers.Default) { thrown<FieldbookException.Cancelled> { ada.exchange(cancel) } }
                    withContext(Dispatchers.IO) { silent.awaitCaller() }

                    cancel.cancel()

                    assertTrue(sync.await().reason.isNotBlank())
                    assertTrue(cancel.isCancelled())
                }
            }
        }
    }

    @Test
    fun `cancelling the collector of a connection closes it`() = story {
        SilentServer().use { silent ->
            val ada = phone("Ada", server = silent.url)
            coroutineScope {
                val connected = launch(Dispatchers.Default) { ada.connection().collect {} }
                withContext(Dispatchers.IO) { silent.awaitCaller() }

                connected.cancelAndJoin()

                assertTrue(withContext(Dispatchers.IO) { silent.callerHangsUp() })
            }
        }
    }
}
