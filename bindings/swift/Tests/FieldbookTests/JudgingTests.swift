import Fieldbook
import Foundation
import XCTest

/// What waits for somebody's word, what will be decided, and what can be done about what was.
final class JudgingTests: XCTestCase {
    func testAPaymentARepReportsCountsOnceTheBackOfficeConfirmsIt() async throws {
        let office = try Office()
        let (ada, maya, fay) = (try await office.phone("Ada"), try await office.phone("Maya"), try await office.phone("Fay"))
        let invoice = try await issued(by: maya)
        try await office.level(maya, ada, fay)
        let role = try await fay.session().role
        XCTAssertEqual(role, .finance)

        let forecast = try await ada.forecast(on: invoice, .recordPayment(amount: 40))
        try await ada.act(on: invoice, .recordPayment(amount: 40))
        try await office.level(ada, maya, fay)

        XCTAssertEqual(forecast.outcome, .held)
        XCTAssertEqual(forecast.rule, "AUTHORITY")
        let before = try await ada.record(Invoice.self, id: invoice.id)
        XCTAssertNil(before.amountPaid, "nothing counts until somebody confirms it")
        let inbox = try await ada.inbox()
        let told = try XCTUnwrap(inbox.first)
        XCTAssertEqual(inbox.count, 1)
        XCTAssertEqual(told.waitsFor, ["Fay"])
        let queue = try await fay.review()
        let waiting = try XCTUnwrap(queue.first)
        XCTAssertEqual(queue.count, 1)
        XCTAssertEqual(waiting.record, invoice.ref)
        XCTAssertEqual(waiting.authorName, "Ada")
        XCTAssertEqual(waiting.choices.map(\.name), ["confirm", "deny"])
        XCTAssertEqual(waiting.held.map(\.actions), [["record_payment"]])

        _ = try await fay.decide(item: waiting.id, choice: "confirm", note: "It is on the statement.")
        let left = try await fay.review()
        XCTAssertEqual(left, [], "it leaves the queue at once")
        try await office.level(fay, maya, ada)

        let after = try await ada.record(Invoice.self, id: invoice.id)
        XCTAssertEqual([after.state, after.statusReason], ["paid", "partial"])
        XCTAssertEqual([after.amountPaid, after.amountDue], [40, 60])
        let settled = try await ada.inboxItem(item: told.id)
        XCTAssertEqual(settled.waitsFor, [])
        let (adas, fays) = (try await ada.recordsDigest(), try await fay.recordsDigest())
        XCTAssertEqual(adas, fays)
    }

    func testAValueThatLostIsTakenOrLetGo() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex")
        try await ada.create(account)
        try await office.level(ada, ben)
        try await set(ada, account) { ($0.city, $0.phone) = ("Oslo", "+47 11 11 11 11") }
        try await set(ben, account) { ($0.city, $0.phone) = ("Bergen", "+47 22 22 22 22") }
        try await office.level(ben, ada)
        let lost = try await ada.alternatives(account)
        let city = try XCTUnwrap(lost.first { $0.field == "city" })
        let phone = try XCTUnwrap(lost.first { $0.field == "phone" })

        try await ada.choose(city, of: account)
        try await ada.dismiss(phone, of: account)
        try await office.level(ada, ben)

        let shown = try await ben.record(Account.self, id: account.id)
        XCTAssertEqual(shown.city, city.value.content())
        let kept = try await ben.alternatives(account)
        XCTAssertFalse(kept.contains { $0.field == "phone" })
    }

    func testAnItemOffersSomethingWithWordsForItAndIsTakenOffTheList() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex")
        let sale = Opportunity(id: ada.newId(), topic: "Pumps", customer: account.ref)
        _ = try await ada.apply(steps: [.create(account), .create(sale)])
        try await office.level(ada, ben)
        try await ada.act(on: sale, .win(actualValue: 100))
        try await ben.act(on: sale, .lose(reason: "canceled"))
        try await office.level(ada, ben)
        let inbox = try await ben.inbox()
        let item = try XCTUnwrap(inbox.first)
        guard case .decided(let decision) = item.content else { return XCTFail("\(item.content)") }

        XCTAssertTrue(decision.salvage.isEmpty || salvageOffers().contains { $0.name == decision.salvage })
        let nothing = try await thrown { try await ben.salvagePlan(item: ben.newId()) }
        XCTAssertEqual(nothing.code, "inbox.not_found")
        try await ben.dismiss(item: item.id)

        let left = try await ben.inbox()
        XCTAssertEqual(left, [])
        let flags = try await ben.flags(of: sale)
        XCTAssertEqual(flags, [])
        let report = try await ben.reportAccount(id: account.id)
        XCTAssertEqual([report.accounts, report.openDeals], [1, 0], "the sale is won")
    }

    /// An invoice over 100.00 that is out.
    private func issued(by maya: Book) async throws -> Invoice {
        let globex = Account(id: maya.newId(), name: "Globex")
        try await maya.create(globex)
        let line = InvoiceLine(id: maya.newId(), description: "Pump", quantity: pieces("1"), pricePerUnit: 100)
        let invoice = Invoice(
            id: maya.newId(), name: "Pumps", customer: globex.ref, pricing: Pricing(currency: "EUR"), lines: [line])
        try await maya.create(invoice)
        try await maya.sync()
        try await maya.act(on: invoice, .issue())
        return invoice
    }

    private func set(_ phone: Book, _ account: Account, _ edit: (inout Account) -> Void) async throws {
        let was = try await phone.record(Account.self, id: account.id)
        var now = was
        edit(&now)
        try await phone.save(was: was, now: now)
    }
}
