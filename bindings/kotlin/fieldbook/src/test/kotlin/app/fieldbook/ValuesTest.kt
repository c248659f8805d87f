package app.fieldbook

import app.fieldbook.records.Account
import app.fieldbook.records.Contact
import app.fieldbook.records.Note
import app.fieldbook.records.Opportunity
import app.fieldbook.records.TaskActivity
import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import java.util.UUID
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import org.junit.jupiter.api.Test

/** Values arrive as they were typed: on disk, at the server, on a colleague's phone. */
class ValuesTest {
    private suspend fun <R : Any> Office.travelled(type: RecordType<R>, make: (UUID) -> R): R {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val id = ada.newId()
        ada.createRecord(type.wrap(make(id)))
        level(ada, ben)
        return ben.get(type, id)
    }

    @Test
    fun `text of every script survives`() = story {
        val text = "Ærø “quotes” 'x' \"y\" \\ / 日本語 עברית \uD83D\uDC69\u200D\uD83D\uDE80 é e\u0301"

        val note = travelled(Notes) { Note(id = it, title = text, text = "$text\n\t$text\n") }

        assertEquals(text, note.title)
        assertEquals("$text\n\t$text\n", note.text)
    }

    @Test
    fun `amounts are exact`() = story {
        val amounts = listOf("0.1", "12345678.90", "0.0001", "999999999999.9999", "0", "1E+3").map(::BigDecimal)
        val ada = phone("Ada")
        val sales = amounts.map { Opportunity(id = ada.newId(), topic = "Pumps", budgetAmount = it) }
        ada.bundle { sales.forEach { create(it) } }
        val ben = phone("Ben")
        level(ada, ben)

        val kept = sales.map { ben.get(Opportunities, it.id).budgetAmount!! }

        assertEquals(listOf("0.1", "12345678.9", "0.0001", "999999999999.9999", "0", "1000"), kept.map { it.toPlainString() })
        amounts.zip(kept).forEach { (typed, stored) -> assertEquals(0, typed.compareTo(stored), "$typed became $stored") }
    }

    @Test
    fun `days long ago and far ahead are the same days`() = story {
        for (day in listOf("1900-01-01", "1969-12-31", "2000-02-29", "2200-12-31").map(LocalDate::parse)) {
            assertEquals(day, travelled(Contacts) { Contact(id = it, lastName = "Lind", birthday = day) }.birthday)
        }
    }

    @Test
    fun `moments keep their milliseconds`() = story {
        val moments = listOf(
            "1969-07-20T20:17:40.001Z", "1969-12-31T23:59:59.001Z", "1969-12-31T23:59:59.999Z", "2026-11-24T08:30:00.123Z",
            "2199-12-31T23:59:59.999Z",
        )
        for (moment in moments.map(Instant::parse)) {
            assertEquals(moment, travelled(TaskActivities) { TaskActivity(id = it, subject = "Call", due = moment) }.due)
        }
    }

    @Test
    fun `numbers and flags are kept, false apart from nothing`() = story {
        val account = travelled(Accounts) { Account(id = it, name = "Globex", employees = 10_000_000, doNotEmail = false) }

        assertEquals(Triple(10_000_000L, false, null), Triple(account.employees, account.doNotEmail, account.doNotPhone))
    }

    @Test
    fun `every value goes to a field and back`() {
        val values = listOf(
            null, "text", true, 7L, BigDecimal("0.1"), LocalDate.of(1969, 12, 31), Instant.EPOCH, UUID(1, 2),
            Accounts.ref(UUID(1, 2)),
        )

        assertEquals(values, values.map { fieldValue(it).plain })
        assertEquals(FieldValue.Number(7), fieldValue(7))
        assertFailsWith<IllegalArgumentException> { fieldValue(1.5) }
    }
}
