package app.fieldbook

import app.fieldbook.records.Account
import java.io.File
import kotlin.test.assertTrue
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.Test

/** What is let go of is gone. */
class MemoryTest {
    @Test
    fun `ten thousand subscriptions leave nothing behind`() = story {
        val ada = phone("Ada")
        ada.create(Account(id = ada.newId(), name = "Globex"))
        subscribe(ada, 2_000)
        val before = residentKilobytes()

        subscribe(ada, 10_000)

        val grown = residentKilobytes() - before
        assertTrue(grown < 48 * 1024, "the process has grown by $grown kB")
    }

    private suspend fun subscribe(book: Book, times: Int) = repeat(times) {
        check(book.live(Accounts.all()).first().size == 1)
    }

    private fun residentKilobytes(): Long {
        repeat(3) { System.gc() }
        return File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toLong()
    }
}
