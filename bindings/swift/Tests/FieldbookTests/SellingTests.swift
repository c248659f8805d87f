import Fieldbook
import Foundation
import XCTest

/// A sale from the first hand shake to the last payment: every figure is exact, and the network is needed only at the office.
final class SellingTests: XCTestCase {
    func testALeadFromATradeFairBecomesAPaidInvoice() async throws {
        let office = try Office()
        let (omar, ada, maya) = (try await office.phone("Omar"), try await office.phone("Ada"), try await office.phone("Maya"))
        let shop = try await Shop.open(on: omar)
        try await office.level(omar, ada)
        _ = try await ada.signIn(server: nowhere, token: office.token("Ada"))

        let sale = try await qualified(on: ada)
        var offered = sale
        offered.pricing = Pricing(currency: "EUR", priceList: shop.prices)
        offered.lines = lines(of: shop, for: ada)
        offered.discountPercentage = 5
        offered.discountAmount = amount("25.00")
        offered.freightAmount = amount("35.00")
        try await ada.save(was: sale, now: offered)
        let untaxed = try await ada.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(untaxed.totalAmount, amount("1729.04"), "an opportunity leaves taxes out")

        try await ada.act(on: sale, .createQuote)
        let quote = try await only(ada.list(Quote.records.where(\.opportunity, is: sale.id)))
        try await assertComesToWhatWasAgreed(ada.price(quote))
        XCTAssertEqual([quote.totalAmount, quote.effectiveDiscount], [amount("1873.80"), amount("9.22")])
        try await ada.act(on: quote, .activate())
        let active = try await ada.record(Quote.self, id: quote.id)
        XCTAssertEqual(active.state, Quote.State.active)

        try await ada.act(on: quote, .createOrder())
        let accepted = try await ada.record(Quote.self, id: quote.id)
        XCTAssertEqual(accepted.state, Quote.State.won)
        let won = try await ada.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(won.state, Opportunity.State.won)
        XCTAssertEqual(won.actualValue, amount("1873.80"))
        let order = try await only(ada.list(SalesOrder.records.where(\.quote, is: quote.id)))
        XCTAssertEqual(order.totalAmount, amount("1873.80"))
        XCTAssertEqual(order.pricesLocked, true)

        let invoice = try await shippedAndBilled(order, on: ada)
        XCTAssertEqual([invoice.totalAmount, invoice.amountDue], [amount("1873.80"), amount("1873.80")])
        XCTAssertNil(invoice.invoiceNumber)
        let offline = try await thrown { try await ada.sync() }
        guard case .Offline = offline else { return XCTFail("\(offline)") }

        _ = try await ada.signIn(server: Server.shared.url, token: office.token("Ada"))
        try await office.level(ada, maya)
        try await maya.act(on: invoice, .issue())
        try await ada.sync()
        let issued = try await ada.record(Invoice.self, id: invoice.id)
        XCTAssertEqual([issued.state, issued.statusReason, issued.invoiceNumber], ["active", "billed", "INV-000001"])

        try await maya.act(on: invoice, .recordPayment(amount: 1000, method: "transfer"))
        let part = try await maya.record(Invoice.self, id: invoice.id)
        XCTAssertEqual(part.statusReason, "partial")
        XCTAssertEqual([part.amountPaid, part.amountDue], [1000, amount("873.80")])
        try await maya.act(on: invoice, .recordPayment())
        try await office.level(ada, maya, omar)

        let paid = try await ada.record(Invoice.self, id: invoice.id)
        XCTAssertEqual([paid.state, paid.statusReason], ["paid", "complete"])
        XCTAssertEqual([paid.amountPaid, paid.amountDue, paid.amountOverpaid], [amount("1873.80"), 0, nil])
        let told = try await ada.inbox()
        XCTAssertEqual(told, [], "the server agrees with everything")
        let (adas, mayas) = (try await ada.recordsDigest(), try await maya.recordsDigest())
        XCTAssertEqual(adas, mayas)
    }

    private func qualified(on ada: Book) async throws -> Opportunity {
        let lead = Lead(
            id: ada.newId(), topic: "Forty pumps", lastName: "Lind", companyName: "Globex", source: Lead.Source.tradeShow)
        try await ada.create(lead)
        try await ada.act(on: lead, .qualify())
        let shown = try await ada.record(Lead.self, id: lead.id)
        XCTAssertEqual(shown.state, Lead.State.qualified)
        return try await only(ada.list(Opportunity.records.where(\.originatingLead, is: lead.id)))
    }

    private func lines(of shop: Shop, for ada: Book) -> [OpportunityLine] {
        [
            OpportunityLine(
                id: ada.newId(), product: shop.pump, quantity: pieces("2"), manualDiscount: amount("50.00"),
                tax: amount("115.84"), sortKey: 1),
            OpportunityLine(id: ada.newId(), product: shop.hose, quantity: pieces("24"), tax: amount("22.52"), sortKey: 2),
            OpportunityLine(
                id: ada.newId(), product: shop.valve, quantity: pieces("1.5"), manualDiscount: amount("6.55"),
                tax: amount("6.40"), sortKey: 3),
        ]
    }

    private func assertComesToWhatWasAgreed(_ sheet: PriceSheet) {
        XCTAssertEqual(sheet.lines.map(\.cataloguePrice), [749, amount("12.35"), amount("57.70")])
        XCTAssertEqual(sheet.lines.map(\.volumeDiscount), [0, amount("0.62"), 0])
        XCTAssertEqual(sheet.lines.map(\.amounts?.base), [1498, amount("281.52"), amount("86.55")])
        XCTAssertEqual(sheet.lines.map(\.amounts?.extended), [amount("1563.84"), amount("304.04"), amount("86.40")])
        let totals = Totals(
            detail: amount("1809.52"), lineDiscount: amount("56.55"), headerDiscount: amount("115.48"),
            totalDiscount: amount("172.03"), preFreight: amount("1694.04"), freight: 35, tax: amount("144.76"),
            total: amount("1873.80"))
        XCTAssertEqual(sheet.totals, totals)
        XCTAssertEqual(sheet.effectiveDiscount, amount("9.22"))
        XCTAssertNil(sheet.error)
    }

    /// Some hoses go out first, then everything else; then it is billed.
    private func shippedAndBilled(_ order: SalesOrder, on ada: Book) async throws -> Invoice {
        try await ada.act(on: order, .ship(line: order.lines[1].id, quantity: 20))
        let partly = try await ada.record(SalesOrder.self, id: order.id)
        XCTAssertEqual([partly.state, partly.statusReason], ["fulfilled", "partial"])
        XCTAssertEqual(partly.lines.map(\.quantityBackordered), [2, 4, amount("1.5")])
        try await ada.act(on: order, .fulfil())
        let shipped = try await ada.record(SalesOrder.self, id: order.id)
        XCTAssertEqual(shipped.fulfilmentStatus, "complete")
        try await ada.act(on: order, .createInvoice)
        return try await only(ada.list(Invoice.records.where(\.order, is: order.id)))
    }

    func testProductsThatGoWithOthersAreSuggestedUntilTheyAreOnTheLines() async throws {
        let office = try Office()
        let omar = try await office.phone("Omar")
        let shop = try await Shop.open(on: omar)
        let valve = Suggestion(kind: "accessory", product: shop.valve, name: "Valve", becauseOf: shop.pump)

        let pump = try await omar.record(Product.self, id: shop.pump)
        let goesWithPumps = try await omar.suggest(pump)

        XCTAssertEqual(goesWithPumps, [valve])
        let sale = try await opportunity(pieces("1"), of: shop, on: omar)
        let before = try await omar.suggest(sale)
        XCTAssertEqual(before, [valve])
        var more = sale
        more.lines.append(OpportunityLine(id: omar.newId(), product: shop.valve, quantity: pieces("1")))
        try await omar.save(was: sale, now: more)
        let after = try await omar.suggest(sale)
        XCTAssertEqual(after, [])
    }

    func testALineThatCannotBePricedSaysWhyAndALeadHasNoPrices() async throws {
        let office = try Office()
        let omar = try await office.phone("Omar")
        let sale = try await opportunity(pieces("2.5"), of: Shop.open(on: omar), on: omar)

        let sheet = try await omar.price(sale)

        XCTAssertEqual(sheet.error, PricingError(code: 29, message: "the product is not sold in this quantity"))
        XCTAssertEqual(sheet.lines.map(\.error), [sheet.error])
        let lead = Lead(id: omar.newId(), topic: "Pumps")
        try await omar.create(lead)
        let refused = try await thrown { try await omar.price(lead) }
        XCTAssertEqual(refused.code, "record.no_prices")
    }

    func testAQuoteSaysWhatIsStillToBeSaidAboutItsProducts() async throws {
        let office = try Office()
        let omar = try await office.phone("Omar")
        let shop = try await Shop.open(on: omar)
        let was = try await omar.record(Product.self, id: shop.pump)
        var now = was
        now.properties = [PropertyDefinition(id: omar.newId(), name: "Colour", dataType: "text", required: true)]
        try await omar.save(was: was, now: now)
        let globex = Account(id: omar.newId(), name: "Globex")
        try await omar.create(globex)
        let line = QuoteLine(id: omar.newId(), product: shop.pump, quantity: pieces("1"))
        let quote = Quote(
            id: omar.newId(), name: "Pumps", customer: globex.ref, pricing: Pricing(currency: "EUR", priceList: shop.prices),
            lines: [line])
        try await omar.create(quote)
        _ = try await thrown { try await omar.act(on: quote, .activate()) }

        let missing = try await omar.missingProperties(quote)

        XCTAssertEqual(missing, [MissingProperty(line: line.id, property: "Colour")])
        let shown = try await omar.record(Quote.self, id: quote.id)
        var said = shown
        said.properties = [PropertyValue(id: omar.newId(), line: line.id, name: "Colour", value: "blue")]
        try await omar.save(was: shown, now: said)
        let left = try await omar.missingProperties(quote)
        XCTAssertEqual(left, [])
        try await omar.act(on: quote, .activate())
    }

    func testSomebodyWhoIsHereAlreadyIsFoundBeforeTheyAreEnteredAgain() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let known = Contact(id: ada.newId(), lastName: "Lind", firstName: "Eva", email: "eva@globex.example")
        try await ada.create(known)

        let same = try await ada.duplicates(of: Lead(id: ada.newId(), topic: "Pumps", email: "eva@globex.example"))

        XCTAssertEqual(same, [Duplicate(record: known.ref, title: "Eva Lind", same: "the e-mail address")])
        let other = try await ada.duplicates(of: Lead(id: ada.newId(), topic: "Pumps", email: "ole@globex.example"))
        XCTAssertEqual(other, [])
        let themselves = try await ada.duplicates(of: known)
        XCTAssertEqual(themselves, [], "nobody is their own duplicate")
    }

    /// An opportunity for so many pumps, as the book shows it.
    private func opportunity(_ quantity: Quantity, of shop: Shop, on book: Book) async throws -> Opportunity {
        let line = OpportunityLine(id: book.newId(), product: shop.pump, quantity: quantity)
        let sale = Opportunity(
            id: book.newId(), topic: "Pumps", pricing: Pricing(currency: "EUR", priceList: shop.prices), lines: [line])
        return try await book.record(Opportunity.self, id: book.create(sale))
    }

    /// The one record there is.
    private func only<Record>(_ records: [Record]) throws -> Record {
        XCTAssertEqual(records.count, 1)
        return try XCTUnwrap(records.first)
    }

    /// A server that is not there.
    private let nowhere = "http://127.0.0.1:9"
}
