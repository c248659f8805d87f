import Fieldbook
import Foundation
import XCTest

/// Two phones work without a network, collide, sync and agree.
final class CollisionTests: XCTestCase {
    func testOfTwoValuesTypedIntoOneFieldTheLaterStandsAndTheOtherIsKeptForItsAuthor() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex", city: "Molde")
        try await ada.create(account)
        try await office.level(ada, ben)

        try await set(ada, account) { $0.city = "Oslo" }
        awaitLaterMillisecond()
        try await set(ben, account) { $0.city = "Bergen" }
        try await office.level(ben, ada)

        let (adas, bens) = (try await ada.recordsDigest(), try await ben.recordsDigest())
        XCTAssertEqual(adas, bens)
        let shown = try await ada.record(Account.self, id: account.id)
        XCTAssertEqual(shown.city, "Bergen")
        let told = try await ada.told("FCR")
        let session = try await ada.session()
        XCTAssertEqual(told.count, 1)
        XCTAssertEqual(told.first?.record, account.ref)
        XCTAssertEqual(told.first?.field, "city")
        XCTAssertEqual(told.first?.kept, .text(value: "Bergen"))
        XCTAssertEqual(told.first?.lost, .text(value: "Oslo"))
        XCTAssertEqual(told.first?.author, session.user)
        XCTAssertTrue(told.first?.message.contains("Globex") ?? false, told.first?.message ?? "no decision")
        let bensNews = try await ben.told("FCR")
        XCTAssertEqual(bensNews, [], "a town is not material: only the other author is told")
        let kept = try await ben.alternatives(account)
        XCTAssertEqual(kept.map(\.field), ["city"])
        XCTAssertEqual(kept.first?.value.content(), "Oslo")
        XCTAssertEqual(kept.first?.author, session.user)
    }

    func testEditsOfDifferentFieldsBothStandAndNobodyIsBothered() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex", description: "Pumps.")
        try await ada.create(account)
        try await office.level(ada, ben)

        try await set(ada, account) { ($0.city, $0.description) = ("Oslo", "Big pumps.") }
        try await set(ben, account) { ($0.phone, $0.description) = ("+47 22 22 22 22", "Pumps. Valves.") }
        try await office.level(ada, ben)

        let merged = try await ben.record(Account.self, id: account.id)
        XCTAssertEqual([merged.city, merged.phone, merged.description], ["Oslo", "+47 22 22 22 22", "Big pumps. Valves."])
        let (adas, bens) = (try await ada.recordsDigest(), try await ben.recordsDigest())
        XCTAssertEqual(adas, bens)
        let inboxes = (try await ada.inbox(), try await ben.inbox())
        XCTAssertTrue(inboxes.0.isEmpty && inboxes.1.isEmpty)
    }

    func testAnOpportunityWonOnOnePhoneAndLostOnAnotherIsWonAndBothAreTold() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex")
        let sale = Opportunity(id: ada.newId(), topic: "Pumps", customer: account.ref)
        _ = try await ada.apply(steps: [.create(account), .create(sale)])
        try await office.level(ada, ben)

        try await ada.act(on: sale, .win(actualValue: 48_000))
        try await ben.act(on: sale, .lose(reason: "canceled"))
        try await office.level(ben, ada)

        let shown = try await ben.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(shown.state, Opportunity.State.won)
        XCTAssertEqual(shown.actualValue, 48_000)
        let (adas, bens) = (try await ada.recordsDigest(), try await ben.recordsDigest())
        XCTAssertEqual(adas, bens)
        let (toAda, toBen) = (try await ada.told("INV-25"), try await ben.told("INV-25"))
        XCTAssertEqual(toAda.count, 1)
        XCTAssertEqual(toBen.count, 1)
        XCTAssertEqual(toBen.first?.outcome, .rejected)
        XCTAssertEqual(toBen.first?.record, sale.ref)
        XCTAssertEqual(toBen.first?.title, "Pumps")
        XCTAssertTrue(toBen.first?.message.contains("Pumps") ?? false, toBen.first?.message ?? "no decision")
        guard case .json(let lost) = toBen.first?.lost else { return XCTFail("Ben's loss is kept") }
        XCTAssertTrue(lost.contains("canceled"), lost)
    }

    func testALeadQualifiedOnTwoPhonesBecomesOneOpportunity() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let lead = Lead(id: ada.newId(), topic: "Pumps", lastName: "Lind", companyName: "Nordic Pumps")
        try await ada.create(lead)
        try await office.level(ada, ben)

        try await ada.act(on: lead, .qualify())
        try await ben.act(on: lead, .qualify())
        try await office.level(ben, ada)

        let sales = try await ben.list(Opportunity.records)
        XCTAssertEqual(sales.map(\.originatingLead), [lead.id])
        let customers = (try await ben.count(Account.records), try await ben.count(Contact.records))
        XCTAssertTrue(customers == (1, 1))
        let qualified = try await ada.record(Lead.self, id: lead.id)
        XCTAssertEqual(qualified.state, Lead.State.qualified)
        let (adas, bens) = (try await ada.recordsDigest(), try await ben.recordsDigest())
        XCTAssertEqual(adas, bens)
    }

    func testAnItemOfTheInboxIsMarkedAsRead() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex")
        try await ada.create(account)
        try await office.level(ada, ben)
        try await set(ada, account) { $0.city = "Oslo" }
        awaitLaterMillisecond()
        try await set(ben, account) { $0.city = "Bergen" }
        try await office.level(ben, ada)
        let unread = try await ada.inbox()
        XCTAssertEqual(unread.map(\.read), [false])

        try await ada.markRead(item: XCTUnwrap(unread.first).id)

        let read = try await ada.inbox()
        XCTAssertEqual(read.map(\.read), [true])
    }

    private func set(_ phone: Book, _ account: Account, _ edit: (inout Account) -> Void) async throws {
        let was = try await phone.record(Account.self, id: account.id)
        var now = was
        edit(&now)
        try await phone.save(was: was, now: now)
    }

    /// Claims of one millisecond are settled by who made them, not by when.
    private func awaitLaterMillisecond() {
        let milliseconds = { Int64(Date().timeIntervalSince1970 * 1_000) }
        let now = milliseconds()
        while milliseconds() <= now {}
    }
}
