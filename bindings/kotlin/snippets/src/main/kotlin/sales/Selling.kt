package com.example.sales

import app.fieldbook.Book
import app.fieldbook.FieldbookException
import app.fieldbook.InvoiceAction
import app.fieldbook.Opportunities
import app.fieldbook.OpportunityAction
import app.fieldbook.QuoteAction
import app.fieldbook.Quotes
import app.fieldbook.SalesOrders
import app.fieldbook.act
import app.fieldbook.get
import app.fieldbook.list
import app.fieldbook.price
import app.fieldbook.reason
import app.fieldbook.records.OpportunityLine
import app.fieldbook.records.Quantity
import app.fieldbook.records.Quote
import app.fieldbook.records.SalesOrder
import app.fieldbook.save
import java.math.BigDecimal
import java.util.UUID

/** Puts a product on an opportunity at the catalogue's price and drafts a quote with everything on it. */
suspend fun Book.quote(opportunity: UUID, product: UUID, pieces: BigDecimal): Quote {
    val was = get(Opportunities, opportunity)
    val line = OpportunityLine(id = newId(), product = product, quantity = Quantity(value = pieces))
    save(was, was.copy(lines = was.lines + line))
    act(opportunity, OpportunityAction.CreateQuote)
    val newest = Quotes.where(Quotes.opportunity, opportunity).sortedBy(Quotes.createdAt, descending = true).limit(1)
    return list(newest).single()
}

/** Every line and what they come to, or why that cannot be told. */
suspend fun Book.prices(quote: Quote): List<String> {
    val sheet = price(Quotes, quote.id)
    sheet.error?.let { return listOf(it.message) }
    val lines = sheet.lines.map { "${it.quantity} × ${it.unitPrice} = ${it.amounts?.extended}" }
    return lines + "Total ${sheet.totals?.total}"
}

/** The customer has the quote and accepts it: quote and opportunity are won. */
suspend fun Book.takeOrder(quote: Quote): SalesOrder {
    act(quote.id, QuoteAction.Activate())
    act(quote.id, QuoteAction.CreateOrder())
    return list(SalesOrders.where(SalesOrders.quote, quote.id)).single()
}

/** The office gives the invoice its number, which needs a network; gives what to tell the person if that was not possible. */
suspend fun Book.issue(invoice: UUID): String? = try {
    act(invoice, InvoiceAction.Issue())
    null
} catch (error: FieldbookException) {
    error.reason
}
