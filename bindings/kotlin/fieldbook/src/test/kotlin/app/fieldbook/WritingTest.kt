package app.fieldbook

import app.fieldbook.records.Account
import app.fieldbook.records.Address
import app.fieldbook.records.Contact
import app.fieldbook.records.Estimate
import app.fieldbook.records.Lead
import app.fieldbook.records.Opportunity
import app.fieldbook.records.OpportunityLine
import app.fieldbook.records.PriceList
import app.fieldbook.records.PriceListItem
import app.fieldbook.records.Pricing
import app.fieldbook.records.Product
import app.fieldbook.records.Quantity
import app.fieldbook.records.TaskActivity
import app.fieldbook.records.UnitOfMeasure
import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import java.util.UUID
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** What a person does to records, with the types of Kotlin. */
class WritingTest {
    @Test
    fun `an opportunity with lines is created, edited line by line and totalled by the server`() = story {
        val omar = phone("Omar")
        val box = UnitOfMeasure(id = omar.newId(), name = "Box")
        val pump = Product(id = omar.newId(), name = "Pump", defaultUnit = box.id)
        val prices = PriceList(id = omar.newId(), name = "2026", currency = "EUR")
        val item = PriceListItem(
            id = priceListItemId(prices.id, pump.id, box.id),
            priceList = prices.id,
            product = pump.id,
            unit = box.id,
            amount = BigDecimal("12.5"),
        )
        val line = OpportunityLine(id = omar.newId(), product = pump.id, quantity = Quantity(BigDecimal("3"), box.id))
        val sale = Opportunity(
            id = omar.newId(),
            topic = "Pumps",
            pricing = Pricing(currency = "EUR", priceList = prices.id),
            estValue = Estimate(systemCalculated = true),
            lines = listOf(line),
        )
        val ids = omar.bundle {
            create(box)
            create(pump)
            create(prices)
            create(item)
            create(sale)
        }
        assertEquals(listOf(box.id, pump.id, prices.id, item.id, sale.id), ids)

        val was = omar.get(Opportunities, sale.id)
        val priced = was.lines.single()
        assertEquals(listOf(line.id, pump.id, line.quantity), priced.run { listOf(id, product, quantity) })
        assertEquals(BigDecimal("12.5") to BigDecimal("37.5"), priced.unitPrice to priced.extendedAmount)
        val writeIn = OpportunityLine(
            id = omar.newId(),
            description = "Transport",
            quantity = Quantity(value = BigDecimal.ONE),
            pricePerUnit = BigDecimal("40"),
        )
        omar.save(was, was.copy(lines = listOf(priced.copy(manualDiscount = BigDecimal("7.5")), writeIn)))
        omar.sync()

        val now = omar.get(Opportunities, sale.id)
        assertEquals(listOf(line.id to BigDecimal("7.5"), writeIn.id to null), now.lines.map { it.id to it.manualDiscount })
        assertEquals(BigDecimal("70"), now.totalAmount)
        assertEquals(Pricing(currency = "EUR", priceList = prices.id), now.pricing)
        omar.save(now, now.copy(lines = now.lines.filter { it.id != line.id }))
        assertEquals(listOf(writeIn.id), omar.get(Opportunities, sale.id).lines.map { it.id })
        assertEquals(listOf(item.id), omar.list(PriceListItems.where(PriceListItems.priceList, prices.id)).map { it.id })
    }

    @Test
    fun `a save writes the field that differs and no other`() = story {
        val ada = phone("Ada")
        val account = Account(id = ada.newId(), name = "Globex", city = "Oslo")
        ada.create(account)
        val shown = ada.get(Accounts, account.id)
        ada.save(shown, shown.copy(phone = "+47 22 22 22 22"))

        ada.save(shown, shown.copy(city = null))

        val now = ada.get(Accounts, account.id)
        assertEquals(Triple("Globex", "+47 22 22 22 22", null), Triple(now.name, now.phone, now.city))
        val last = ada.history(Accounts, account.id).last()
        assertEquals(listOf(NamedValue("city", FieldValue.Empty)), last.fields)
        assertTrue(last.pending)
    }

    @Test
    fun `a bundle happens wholly or not at all`() = story {
        val ada = phone("Ada")
        val account = Account(id = ada.newId(), name = "Globex")

        val refused = thrown<FieldbookException.Refused> {
            ada.bundle {
                create(account)
                create(Opportunity(id = ada.newId(), topic = "Pumps", customer = Accounts.ref(UUID.randomUUID())))
            }
        }

        assertEquals("field.reference" to "customer", refused.code to refused.field)
        assertEquals(0L, ada.count(Accounts.all()))
        assertEquals(0, ada.status().pending)
    }

    @Test
    fun `a lead is qualified with typed arguments and a task is completed`() = story {
        val ada = phone("Ada")
        val account = Account(id = ada.newId(), name = "Nordic Pumps")
        val lead = Lead(id = ada.newId(), topic = "Pumps", lastName = "Lind", companyName = "Nordic")
        val task = TaskActivity(
            id = ada.newId(),
            subject = "Call",
            regarding = Leads.ref(lead.id),
            due = Instant.parse("2026-11-24T08:30:00.123Z"),
            priority = TaskActivities.Priority.HIGH,
        )
        ada.bundle {
            create(account)
            create(lead)
            create(task)
            act(lead.id, LeadAction.Qualify(account = account.id))
            act(task.id, TaskActivityAction.Complete())
        }

        assertEquals(account.id, ada.list(Contacts.all()).single().account)
        assertEquals(Accounts.ref(account.id), ada.list(Opportunities.all()).single().customer)
        val done = ada.get(TaskActivities, task.id)
        assertEquals(TaskActivities.State.COMPLETED, done.state)
        assertEquals(task.due, done.due)
        assertEquals(1L, ada.count(Accounts.all()))
    }

    @Test
    fun `queries filter by every kind of value, sort both ways and give a stretch`() = story {
        val ada = phone("Ada")
        val account = Account(id = ada.newId(), name = "Globex", employees = 7, creditHold = true)
        val sales = listOf("9.5", "10", "100").mapIndexed { day, amount ->
            Opportunity(
                id = ada.newId(),
                topic = "Sale $amount",
                customer = Accounts.ref(account.id),
                budgetAmount = BigDecimal(amount),
                estCloseDate = LocalDate.of(2027, 1, 1 + day),
                pricing = Pricing(currency = if (day == 0) "EUR" else "USD"),
            )
        }
        ada.bundle {
            create(account)
            create(Contact(id = ada.newId(), lastName = "Lind", account = account.id))
            sales.forEach { create(it) }
        }
        suspend fun topics(query: Query<Opportunity>) = ada.list(query).map { it.topic.removePrefix("Sale ") }

        assertEquals(listOf("100", "10", "9.5"), topics(Opportunities.sortedBy(Opportunities.budgetAmount, descending = true)))
        assertEquals(listOf("10"), topics(Opportunities.sortedBy(Opportunities.estCloseDate).offset(1).limit(1)))
        assertEquals(listOf("10"), topics(Opportunities.where(Opportunities.budgetAmount, BigDecimal("10.00"))))
        assertEquals(listOf("9.5"), topics(Opportunities.where(Opportunities.pricingCurrency, "EUR")))
        assertEquals(listOf("100"), topics(Opportunities.where(Opportunities.estCloseDate, LocalDate.of(2027, 1, 3))))
        assertEquals(3L, ada.count(Opportunities.where(Opportunities.customer, Accounts.ref(account.id)).limit(1)))
        assertEquals(3L, ada.count(Opportunities.where(Opportunities.stage, null)))
        assertEquals(1L, ada.count(Accounts.where(Accounts.creditHold, true).where(Accounts.employees, 7L)))
        assertEquals(1L, ada.count(Contacts.where(Contacts.account, account.id)))
        assertEquals(0L, ada.count(Opportunities.where(Opportunities.state, Opportunities.State.WON)))
    }

    @Test
    fun `a field is read from and set in a record`() {
        val account = Accounts.draft(UUID(1, 2)).set(Accounts.name, "Globex").set(Accounts.employees, 7L).record
        assertEquals(Account(id = UUID(1, 2), name = "Globex", employees = 7), account)
        assertEquals("Globex", Accounts.name.get(account))
        assertEquals("", Accounts.name.set(account, null).name)

        val sale = Opportunities.draft(UUID(3, 4)).set(Opportunities.pricingCurrency, "EUR").record
        assertEquals(Pricing(currency = "EUR"), sale.pricing)
        assertNull(Opportunities.estValueAmount.get(sale))
        val quote = Quotes.draft(UUID(5, 6)).set(Quotes.billToCity, "Oslo").record
        assertEquals(Address(city = "Oslo"), quote.billTo)
        listOf(Opportunities.state, Opportunities.totalAmount, Quotes.quoteNumber).forEach {
            assertFalse(it is Editable<*, *>, "$it is never typed")
        }
    }

    @Test
    fun `the actions of a record say what can be done and why the rest cannot`() = story {
        val ada = phone("Ada")
        val sale = Opportunity(id = ada.newId(), topic = "Pumps")
        ada.create(sale)

        val actions = ada.available(Opportunities, sale.id).associateBy { it.action }

        val more = setOf("create_quote", "create_order", "create_invoice", "recalculate")
        assertEquals(setOf("hold", "resume", "win", "lose", "reopen", "delete") + more, actions.keys)
        assertTrue(actions.getValue("hold").possible)
        assertEquals("opportunity.win.customer", actions.getValue("win").reason?.code)
        assertEquals(listOf("actual_value", "actual_close_date", "quotes", "description"), actions.getValue("win").arguments)
        assertEquals("opportunity.reopen.state", actions.getValue("reopen").reason?.code)
        assertFalse(actions.getValue("delete").possible, "a rep deletes nothing")
        assertTrue(actions.values.all { it.possible == (it.reason == null) })
        ada.act(sale.id, OpportunityAction.Hold)
        assertEquals("on_hold", ada.get(Opportunities, sale.id).statusReason)
    }

    @Test
    fun `the history says who did what on which device`() = story {
        val (ada, ben) = listOf(phone("Ada"), phone("Ben"))
        val account = Account(id = ada.newId(), name = "Globex", description = "Pumps")
        ada.create(account)
        level(ada, ben)
        val shown = ben.get(Accounts, account.id)
        ben.save(shown, shown.copy(employees = 12, description = "Pumps!"))
        level(ben, ada)

        val (created, saved) = ada.history(Accounts, account.id)

        assertEquals(listOf("Ada", "Ben"), listOf(created.userName, saved.userName))
        assertEquals(ben.session().user, saved.user)
        assertEquals(listOf(NamedValue("employees", FieldValue.Number(12))), saved.fields)
        assertEquals(1L to 0L, saved.lettersAdded to saved.lettersRemoved)
        assertFalse(saved.pending)
    }
}
