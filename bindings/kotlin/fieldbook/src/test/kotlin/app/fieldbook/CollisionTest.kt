package app.fieldbook

import app.fieldbook.records.Account
import app.fieldbook.records.Lead
import app.fieldbook.records.Opportunity
import app.fieldbook.records.Outcome
import java.math.BigDecimal
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** Two phones work without a network, collide, sync and agree. */
class CollisionTest {
    @Test
    fun `of two values typed into one field the later stands and the other is kept for its author`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val account = Account(id = ada.newId(), name = "Globex", city = "Molde")
        ada.create(account)
        level(ada, ben)

        val adas = ada.get(Accounts, account.id)
        ada.save(adas, adas.copy(city = "Oslo"))
        val bens = ben.get(Accounts, account.id)
        awaitLaterMillisecond()
        ben.save(bens, bens.copy(city = "Bergen"))
        level(ben, ada)

        assertEquals("Bergen", ada.get(Accounts, account.id).city)
        assertEquals(ada.recordsDigest(), ben.recordsDigest())
        val decision = ada.told("FCR").single()
        assertEquals(Accounts.ref(account.id), decision.record)
        assertEquals("city", decision.field)
        assertEquals(FieldValue.Text("Bergen"), decision.kept)
        assertEquals(FieldValue.Text("Oslo"), decision.lost)
        assertEquals(ada.session().user, decision.author)
        assertTrue(decision.message.isNotBlank())
        assertTrue(ben.told("FCR").isEmpty(), "a town is not material: only the other author is told")
        val kept = ben.alternatives(Accounts, account.id).single()
        assertEquals("city" to FieldValue.Text("Oslo"), kept.field to kept.value)
        assertEquals(ada.session().user, kept.author)
    }

    @Test
    fun `edits of different fields both stand and nobody is bothered`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val account = Account(id = ada.newId(), name = "Globex", description = "Pumps.")
        ada.create(account)
        level(ada, ben)

        val adas = ada.get(Accounts, account.id)
        ada.save(adas, adas.copy(city = "Oslo", description = "Big pumps."))
        val bens = ben.get(Accounts, account.id)
        ben.save(bens, bens.copy(phone = "+47 22 22 22 22", description = "Pumps. Valves."))
        level(ada, ben)

        val merged = ben.get(Accounts, account.id)
        assertEquals(listOf("Oslo", "+47 22 22 22 22", "Big pumps. Valves."), listOf(merged.city, merged.phone, merged.description))
        assertEquals(ada.recordsDigest(), ben.recordsDigest())
        assertEquals(emptyList(), ada.inbox() + ben.inbox())
    }

    @Test
    fun `an opportunity won on one phone and lost on another is won and both are told`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val opportunity = opportunityOf(ada)
        level(ada, ben)

        ada.act(opportunity.id, OpportunityAction.Win(actualValue = BigDecimal("48000")))
        ben.act(opportunity.id, OpportunityAction.Lose(reason = "canceled"))
        level(ben, ada)

        val shown = ben.get(Opportunities, opportunity.id)
        assertEquals(Opportunities.State.WON to BigDecimal("48000"), shown.state to shown.actualValue)
        assertEquals(ada.recordsDigest(), ben.recordsDigest())
        assertEquals(1, ada.told("INV-25").size)
        val decision = ben.told("INV-25").single()
        assertEquals(Outcome.REJECTED, decision.outcome)
        assertEquals(Opportunities.ref(opportunity.id), decision.record)
        assertEquals("Pumps", decision.title)
        assertTrue("canceled" in (decision.lost as FieldValue.Json).value, "Ben's reason is kept: ${decision.lost}")
    }

    @Test
    fun `a lead qualified on two phones becomes one opportunity`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val lead = Lead(id = ada.newId(), topic = "Pumps", lastName = "Lind", companyName = "Nordic Pumps")
        ada.create(lead)
        level(ada, ben)

        ada.act(lead.id, LeadAction.Qualify())
        ben.act(lead.id, LeadAction.Qualify())
        level(ben, ada)

        val opportunity = ben.list(Opportunities.all()).single()
        assertEquals(lead.id, opportunity.originatingLead)
        assertEquals(1L to 1L, ben.count(Accounts.all()) to ben.count(Contacts.all()))
        assertEquals(Leads.State.QUALIFIED, ada.get(Leads, lead.id).state)
        assertEquals(ada.recordsDigest(), ben.recordsDigest())
    }

    private suspend fun opportunityOf(book: Book): Opportunity {
        val account = Account(id = book.newId(), name = "Globex")
        val opportunity = Opportunity(id = book.newId(), topic = "Pumps", customer = Accounts.ref(account.id))
        book.bundle {
            create(account)
            create(opportunity)
        }
        return opportunity
    }

    /** Claims of one millisecond are settled by who made them, not by when. */
    private fun awaitLaterMillisecond() {
        val now = System.currentTimeMillis()
        while (System.currentTimeMillis() <= now) Thread.onSpinWait()
    }
}
