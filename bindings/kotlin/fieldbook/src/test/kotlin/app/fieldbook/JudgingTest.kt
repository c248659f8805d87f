package app.fieldbook

import app.fieldbook.records.*
import java.math.BigDecimal
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** What waits for somebody's word, what will be decided, and what can be done about what was. */
class JudgingTest {
    @Test
    fun `a payment a rep reports counts once the back office confirms it`() = story {
        val (ada, maya, fay) = listOf(phone("Ada"), phone("Maya"), phone("Fay"))
        val invoice = maya.issued()
        level(maya, ada, fay)
        assertEquals(Role.FINANCE, fay.session().role)
        val payment = InvoiceAction.RecordPayment(amount = BigDecimal("40"))

        val forecast = ada.forecast(invoice.id, payment)
        ada.act(invoice.id, payment)
        level(ada, maya, fay)

        assertEquals(Outcome.HELD to "AUTHORITY", forecast.outcome to forecast.rule)
        assertNull(ada.get(Invoices, invoice.id).amountPaid, "nothing counts until somebody confirms it")
        val told = ada.inbox().single()
        assertEquals(listOf("Fay"), told.waitsFor)
        val waiting = fay.review().single()
        assertEquals(Invoices.ref(invoice.id) to "Ada", waiting.record to waiting.authorName)
        assertEquals(listOf("confirm", "deny"), waiting.choices.map { it.name })
        assertEquals(listOf(listOf("record_payment")), waiting.held.map { it.actions })

        fay.decide(waiting.id, "confirm", "It is on the statement.")
        assertEquals(emptyList(), fay.review(), "it leaves the queue at once")
        level(fay, maya, ada)

        val after = ada.get(Invoices, invoice.id)
        assertEquals("paid/partial", "${after.state}/${after.statusReason}")
        assertEquals(BigDecimal("40") to BigDecimal("60"), after.amountPaid to after.amountDue)
        assertEquals(emptyList(), ada.inboxItem(told.id).waitsFor)
        assertEquals(ada.recordsDigest(), fay.recordsDigest())
    }

    @Test
    fun `a value that lost is taken or let go`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val id = ada.create(Account(ada.newId(), name = "Globex"))
        level(ada, ben)
        ada.get(Accounts, id).let { ada.save(it, it.copy(city = "Oslo", phone = "+47 11 11 11 11")) }
        ben.get(Accounts, id).let { ben.save(it, it.copy(city = "Bergen", phone = "+47 22 22 22 22")) }
        level(ben, ada)
        val lost = ada.alternatives(Accounts, id).associateBy { it.field }

        ada.choose(Accounts, id, lost.getValue("city"))
        ada.dismiss(Accounts, id, lost.getValue("phone"))
        level(ada, ben)

        assertEquals(lost.getValue("city").value, FieldValue.Text(ben.get(Accounts, id).city.orEmpty()))
        assertTrue(ben.alternatives(Accounts, id).none { it.field == "phone" })
    }

    @Test
    fun `an item offers something with words for it and is taken off the list`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val account = ada.create(Account(ada.newId(), name = "Globex"))
        val sale = ada.create(Opportunity(ada.newId(), "Pumps", customer = Accounts.ref(account)))
        level(ada, ben)
        ada.act(sale, OpportunityAction.Win(BigDecimal("100")))
        ben.act(sale, OpportunityAction.Lose("canceled"))
        level(ada, ben)
        val item = ben.inbox().single()
        val decision = (item.content as InboxContent.Decided).decision

        assertTrue(decision.salvage.isEmpty() || salvageOffers().any { it.name == decision.salvage })
        assertEquals("inbox.not_found", thrown<FieldbookException.Refused> { ben.salvagePlan(ben.newId()) }.code)
        ben.dismiss(item.id)

        assertEquals(emptyList(), ben.inbox())
        assertEquals(emptyList(), ben.flags(Opportunities, sale))
        assertEquals(1L to 0L, ben.reportAccount(account).run { accounts to openDeals })
    }

    /** An invoice over 100.00 that is out. */
    private suspend fun Book.issued(): Invoice {
        val globex = Accounts.ref(create(Account(newId(), name = "Globex")))
        val line = InvoiceLine(newId(), description = "Pump", quantity = pieces("1"), pricePerUnit = BigDecimal("100"))
        val invoice = Invoice(newId(), "Pumps", customer = globex, pricing = Pricing("EUR"), lines = listOf(line))
        create(invoice)
        sync()
        act(invoice.id, InvoiceAction.Issue())
        return invoice
    }
}
