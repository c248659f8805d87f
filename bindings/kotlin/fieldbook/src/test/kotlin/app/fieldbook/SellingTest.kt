package app.fieldbook

import app.fieldbook.records.*
import java.math.BigDecimal
import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** A sale from the first hand shake to the last payment: every figure is exact, and the network is needed only at the office. */
class SellingTest {
    @Test
    fun `a lead from a trade fair becomes a paid invoice`() = story {
        val (omar, ada, maya) = listOf(phone("Omar"), phone("Ada"), phone("Maya"))
        val shop = omar.openShop()
        level(omar, ada)
        ada.signIn(NOWHERE, token("Ada"))

        val sale = ada.qualified()
        ada.save(sale, sale.copy(pricing = Pricing("EUR", shop.prices), lines = lines(ada, shop)).withHeader())
        assertEquals(BigDecimal("1729.04"), ada.get(Opportunities, sale.id).totalAmount, "an opportunity leaves taxes out")

        ada.act(sale.id, OpportunityAction.CreateQuote)
        val quote = ada.list(Quotes.where(Quotes.opportunity, sale.id)).single()
        assertComesToWhatWasAgreed(ada.price(Quotes, quote.id))
        assertEquals(BigDecimal("1873.8") to BigDecimal("9.22"), quote.totalAmount to quote.effectiveDiscount)
        ada.act(quote.id, QuoteAction.Activate())
        assertEquals(Quotes.State.ACTIVE, ada.get(Quotes, quote.id).state)

        ada.act(quote.id, QuoteAction.CreateOrder())
        assertEquals(Quotes.State.WON, ada.get(Quotes, quote.id).state)
        val won = ada.get(Opportunities, sale.id)
        assertEquals(Opportunities.State.WON to BigDecimal("1873.8"), won.state to won.actualValue)
        val order = ada.list(SalesOrders.where(SalesOrders.quote, quote.id)).single()
        assertEquals(BigDecimal("1873.8") to true, order.totalAmount to order.pricesLocked)

        val invoice = ada.shippedAndBilled(order)
        assertEquals(BigDecimal("1873.8") to BigDecimal("1873.8"), invoice.totalAmount to invoice.amountDue)
        assertNull(invoice.invoiceNumber, "the office gives it")
        thrown<FieldbookException.Offline> { ada.sync() }
        assertTrue(ada.status().pending > 0)

        ada.signIn(Server.url, token("Ada"))
        level(ada, maya)
        maya.act(invoice.id, InvoiceAction.Issue())
        ada.sync()
        val issued = ada.get(Invoices, invoice.id)
        assertEquals(listOf("active", "billed", "INV-000001"), issued.run { listOf(state, statusReason, invoiceNumber) })

        maya.act(invoice.id, InvoiceAction.RecordPayment(amount = BigDecimal("1000"), method = "transfer"))
        val part = maya.get(Invoices, invoice.id)
        assertEquals("partial", part.statusReason)
        assertEquals(BigDecimal("1000") to BigDecimal("873.8"), part.amountPaid to part.amountDue)
        maya.act(invoice.id, InvoiceAction.RecordPayment())
        level(ada, maya, omar)

        val paid = ada.get(Invoices, invoice.id)
        assertEquals(listOf("paid", "complete"), listOf(paid.state, paid.statusReason))
        assertEquals(BigDecimal("1873.8") to BigDecimal.ZERO, paid.amountPaid to paid.amountDue)
        assertNull(paid.amountOverpaid)
        assertEquals(emptyList(), ada.inbox(), "the server agrees with everything")
        assertEquals(ada.recordsDigest(), maya.recordsDigest())
    }

    private suspend fun Book.qualified(): Opportunity {
        val lead = Lead(newId(), "Forty pumps", lastName = "Lind", companyName = "Globex", source = Leads.Source.TRADE_SHOW)
        create(lead)
        act(lead.id, LeadAction.Qualify())
        assertEquals(Leads.State.QUALIFIED, get(Leads, lead.id).state)
        return list(Opportunities.where(Opportunities.originatingLead, lead.id)).single()
    }

    private fun lines(book: Book, shop: Shop) = listOf(
        OpportunityLine(
            book.newId(), shop.pump, quantity = pieces("2"), manualDiscount = BigDecimal("50.00"), tax = BigDecimal("115.84"),
        ),
        OpportunityLine(book.newId(), shop.hose, quantity = pieces("24"), tax = BigDecimal("22.52")),
        OpportunityLine(
            book.newId(), shop.valve, quantity = pieces("1.5"), manualDiscount = BigDecimal("6.55"), tax = BigDecimal("6.40"),
        ),
    ).mapIndexed { place, line -> line.copy(sortKey = place + 1L) }

    private fun Opportunity.withHeader() = copy(
        discountPercentage = BigDecimal("5"),
        discountAmount = BigDecimal("25.00"),
        freightAmount = BigDecimal("35.00"),
    )

    private fun assertComesToWhatWasAgreed(sheet: PriceSheet) {
        fun figures(of: (PriceSheetLine) -> BigDecimal?) = sheet.lines.map { of(it)?.toPlainString() }
        assertEquals(listOf("749", "12.35", "57.7"), figures { it.cataloguePrice })
        assertEquals(listOf("0", "0.62", "0"), figures { it.volumeDiscount })
        assertEquals(listOf("1498", "281.52", "86.55"), figures { it.amounts?.base })
        assertEquals(listOf("1563.84", "304.04", "86.4"), figures { it.amounts?.extended })
        val totals = Totals(
            detail = BigDecimal("1809.52"),
            lineDiscount = BigDecimal("56.55"),
            headerDiscount = BigDecimal("115.48"),
            totalDiscount = BigDecimal("172.03"),
            preFreight = BigDecimal("1694.04"),
            freight = BigDecimal("35"),
            tax = BigDecimal("144.76"),
            total = BigDecimal("1873.8"),
        )
        assertEquals(totals, sheet.totals)
        assertEquals(BigDecimal("9.22"), sheet.effectiveDiscount)
        assertNull(sheet.error)
    }

    /** Some hoses go out first, then everything else; then it is billed. */
    private suspend fun Book.shippedAndBilled(order: SalesOrder): Invoice {
        val hoses = order.lines[1].id
        act(order.id, SalesOrderAction.Ship(line = hoses, quantity = BigDecimal("20")))
        val partly = get(SalesOrders, order.id)
        assertEquals("fulfilled/partial", "${partly.state}/${partly.statusReason}")
        assertEquals(listOf(BigDecimal("2"), BigDecimal("4"), BigDecimal("1.5")), partly.lines.map { it.quantityBackordered })
        act(order.id, SalesOrderAction.Fulfil())
        assertEquals("complete", get(SalesOrders, order.id).fulfilmentStatus)
        act(order.id, SalesOrderAction.CreateInvoice)
        return list(Invoices.where(Invoices.order, order.id)).single()
    }

    @Test
    fun `products that go with others are suggested until they are on the lines`() = story {
        val omar = phone("Omar")
        val shop = omar.openShop()

        val goesWithPumps = omar.suggest(Products, shop.pump)

        assertEquals(listOf(Suggestion("accessory", shop.valve, "Valve", becauseOf = shop.pump)), goesWithPumps)
        val line = OpportunityLine(omar.newId(), shop.pump, quantity = pieces("1"))
        val sale = Opportunity(omar.newId(), "Pumps", pricing = Pricing("EUR", shop.prices), lines = listOf(line))
        omar.create(sale)
        assertEquals(goesWithPumps, omar.suggest(Opportunities, sale.id))
        val was = omar.get(Opportunities, sale.id)
        omar.save(was, was.copy(lines = was.lines + OpportunityLine(omar.newId(), shop.valve, quantity = pieces("1"))))
        assertEquals(emptyList(), omar.suggest(Opportunities, sale.id))
    }

    @Test
    fun `a line that cannot be priced says why, and a lead has no prices`() = story {
        val omar = phone("Omar")
        val shop = omar.openShop()
        val line = OpportunityLine(omar.newId(), shop.pump, quantity = pieces("2.5"))
        val sale = Opportunity(omar.newId(), "Pumps", pricing = Pricing("EUR", shop.prices), lines = listOf(line))
        omar.create(sale)

        val sheet = omar.price(Opportunities, sale.id)

        assertEquals(PricingError(29, "the product is not sold in this quantity"), sheet.error)
        assertEquals(listOf(sheet.error), sheet.lines.map { it.error })
        val lead = omar.create(Lead(omar.newId(), "Pumps"))
        assertEquals("record.no_prices", thrown<FieldbookException.Refused> { omar.price(Leads, lead) }.code)
    }

    @Test
    fun `a quote says what is still to be said about its products`() = story {
        val omar = phone("Omar")
        val shop = omar.openShop()
        val was = omar.get(Products, shop.pump)
        val colour = PropertyDefinition(omar.newId(), name = "Colour", dataType = "text", required = true)
        omar.save(was, was.copy(properties = listOf(colour)))
        val customer = Accounts.ref(omar.create(Account(omar.newId(), "Globex")))
        val line = QuoteLine(omar.newId(), shop.pump, quantity = pieces("1"))
        val draft = Quote(omar.newId(), "Pumps", customer = customer, pricing = Pricing("EUR", shop.prices), lines = listOf(line))
        val quote = omar.create(draft)
        val refused = thrown<FieldbookException.Refused> { omar.act(quote, QuoteAction.Activate()) }

        val missing = omar.missingProperties(Quotes, quote)

        assertEquals(listOf(MissingProperty(line.id, "Colour")), missing)
        assertTrue(refused.code.startsWith("quote.activate."), refused.code)
        val shown = omar.get(Quotes, quote)
        omar.save(shown, shown.copy(properties = listOf(PropertyValue(omar.newId(), line.id, "Colour", "blue"))))
        assertEquals(emptyList(), omar.missingProperties(Quotes, quote))
        omar.act(quote, QuoteAction.Activate())
    }

    @Test
    fun `somebody who is here already is found before they are entered again`() = story {
        val ada = phone("Ada")
        val known = Contact(ada.newId(), lastName = "Lind", firstName = "Eva", email = "eva@globex.example")
        ada.create(known)

        val same = ada.duplicates(Leads, Lead(ada.newId(), "Pumps", email = "eva@globex.example"))

        assertEquals(listOf(Duplicate(Contacts.ref(known.id), "Eva Lind", "the e-mail address")), same)
        assertEquals(emptyList(), ada.duplicates(Leads, Lead(ada.newId(), "Pumps", email = "ole@globex.example")))
        assertEquals(emptyList(), ada.duplicates(Contacts, ada.get(Contacts, known.id)), "nobody is their own duplicate")
    }

    private companion object {
        /** A server that is not there. */
        const val NOWHERE = "http://127.0.0.1:9"
    }
}
