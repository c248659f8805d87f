import Fieldbook
import Foundation
import XCTest

/// What a person does to records, with the types of Swift.
final class WritingTests: XCTestCase {
    func testAnOpportunityWithLinesIsCreatedEditedLineByLineAndTotalled() async throws {
        let office = try Office()
        let omar = try await office.phone("Omar")
        let box = UnitOfMeasure(id: omar.newId(), name: "Box")
        let pump = Product(id: omar.newId(), name: "Pump", defaultUnit: box.id)
        let prices = PriceList(id: omar.newId(), name: "2026", currency: "EUR")
        let item = PriceListItem(
            id: priceListItemId(priceList: prices.id, product: pump.id, unit: box.id), priceList: prices.id, product: pump.id,
            unit: box.id, amount: 12.5)
        let line = OpportunityLine(id: omar.newId(), product: pump.id, quantity: Quantity(value: 3, unit: box.id))
        let sale = Opportunity(
            id: omar.newId(), topic: "Pumps", pricing: Pricing(currency: "EUR", priceList: prices.id),
            estValue: Estimate(systemCalculated: true), lines: [line])
        let ids = try await omar.apply(steps: [.create(box), .create(pump), .create(prices), .create(item), .create(sale)])
        XCTAssertEqual(ids, [box.id, pump.id, prices.id, item.id, sale.id])

        let was = try await omar.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(was.lines.map(\.id), [line.id])
        XCTAssertEqual(was.lines.map(\.quantity), [line.quantity])
        XCTAssertEqual(was.lines.map(\.unitPrice), [12.5])
        XCTAssertEqual(was.lines.map(\.extendedAmount), [37.5])
        let transport = OpportunityLine(id: omar.newId(), description: "Transport", quantity: Quantity(value: 1), pricePerUnit: 40)
        var edited = was
        edited.lines[0].manualDiscount = 7.5
        edited.lines.append(transport)
        try await omar.save(was: was, now: edited)
        try await omar.sync()

        let now = try await omar.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(now.lines.map(\.id), [line.id, transport.id])
        XCTAssertEqual(now.lines.map(\.manualDiscount), [7.5, nil])
        XCTAssertEqual(now.totalAmount, 70)
        XCTAssertEqual(now.pricing, Pricing(currency: "EUR", priceList: prices.id))
        var shorter = now
        shorter.lines.removeAll { $0.id == line.id }
        try await omar.save(was: now, now: shorter)
        let last = try await omar.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(last.lines.map(\.id), [transport.id])
        let items = try await omar.list(PriceListItem.records.where(\.priceList, is: prices.id))
        XCTAssertEqual(items.map(\.id), [item.id])
    }

    func testASaveWritesTheFieldThatDiffersAndNoOther() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let account = Account(id: ada.newId(), name: "Globex", city: "Oslo")
        try await ada.create(account)
        let shown = try await ada.record(Account.self, id: account.id)
        var (called, moved) = (shown, shown)
        called.phone = "+47 22 22 22 22"
        moved.city = nil
        try await ada.save(was: shown, now: called)

        try await ada.save(was: shown, now: moved)

        let now = try await ada.record(Account.self, id: account.id)
        XCTAssertEqual([now.name, now.phone, now.city], ["Globex", "+47 22 22 22 22", nil])
        let last = try await ada.history(account).last
        XCTAssertEqual(last?.fields, [NamedValue(name: "city", value: .empty)])
        XCTAssertEqual(last?.pending, true)
    }

    func testABundleHappensWhollyOrNotAtAll() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let sale = Opportunity(id: ada.newId(), topic: "Pumps", customer: Account.ref(UUID()))

        let error = try await thrown {
            try await ada.apply(steps: [.create(Account(id: ada.newId(), name: "Globex")), .create(sale)])
        }

        guard case .Refused("field.reference", "customer", _) = error else { return XCTFail("\(error)") }
        let (accounts, status) = (try await ada.count(Account.records), try await ada.status())
        XCTAssertEqual(accounts, 0)
        XCTAssertEqual(status.pending, 0)
    }

    func testALeadIsQualifiedWithTypedArgumentsAndATaskIsCompletedInOneBundle() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let account = Account(id: ada.newId(), name: "Nordic Pumps")
        let lead = Lead(id: ada.newId(), topic: "Pumps", lastName: "Lind", companyName: "Nordic")
        let task = TaskActivity(id: ada.newId(), subject: "Call", regarding: lead.ref, priority: TaskActivity.Priority.high)
        var urgent = task
        urgent.subject = "Call today"

        _ = try await ada.apply(steps: [
            .create(account), .create(lead), .create(task), .save(was: task, now: urgent),
            .act(on: lead, .qualify(account: account.id)), .act(on: task, .complete()),
        ])

        let (contacts, sales) = (try await ada.list(Contact.records), try await ada.list(Opportunity.records))
        XCTAssertEqual(contacts.map(\.account), [account.id])
        XCTAssertEqual(sales.map(\.customer), [account.ref])
        let done = try await ada.record(TaskActivity.self, id: task.id)
        XCTAssertEqual(done.state, TaskActivity.State.completed)
        XCTAssertEqual(done.subject, "Call today")
    }

    func testQueriesFilterByEveryKindOfValueSortBothWaysAndGiveAStretch() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let account = Account(id: ada.newId(), name: "Globex", employees: 7, creditHold: true)
        let amounts: [Decimal] = [9.5, 10, 100]
        let sales = amounts.enumerated().map { day, amount in
            Opportunity(
                id: ada.newId(), topic: "\(amount)", customer: account.ref, pricing: Pricing(currency: day == 0 ? "EUR" : "USD"),
                estCloseDate: Day(year: 2027, month: 1, day: day + 1), budgetAmount: amount)
        }
        let contact = Contact(id: ada.newId(), lastName: "Lind", account: account.id)
        _ = try await ada.applyEach(bundles: [[.create(account), .create(contact)], sales.map { .create($0) }])
        let all = Opportunity.records
        let topics = { (query: Query<Opportunity>) in try await ada.list(query).map(\.topic) }

        let expected: [(Query<Opportunity>, [String])] = [
            (all.sorted(by: \.budgetAmount, descending: true), ["100", "10", "9.5"]),
            (all.sorted(by: \.estCloseDate).offset(1).limit(1), ["10"]),
            (all.where(\.budgetAmount, is: 10), ["10"]),
            (all.where(\.pricingCurrency, is: "EUR"), ["9.5"]),
            (all.where(\.estCloseDate, is: Day("2027-01-03")), ["100"]),
            (all.where(\.customer, is: account.ref).where(\.pricingCurrency, is: "EUR"), ["9.5"]),
            (all.where(\.state, is: Opportunity.State.won), []),
        ]
        for (query, names) in expected {
            let found = try await topics(query)
            XCTAssertEqual(found, names, "\(query)")
        }
        let unstaged = try await ada.count(all.where(\.stage, is: nil).limit(1))
        XCTAssertEqual(unstaged, 3, "a count has no limit")
        let held = try await ada.count(Account.records.where(\.creditHold, is: true).where(\.employees, is: 7))
        XCTAssertEqual(held, 1)
        let known = try await ada.count(Contact.records.where(\.account, is: account.id))
        XCTAssertEqual(known, 1)
    }

    func testTheActionsOfARecordSayWhatCanBeDoneAndWhyTheRestCannot() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let sale = Opportunity(id: ada.newId(), topic: "Pumps")
        try await ada.create(sale)

        let available = try await ada.available(sale)
        let actions = Dictionary(uniqueKeysWithValues: available.map { ($0.action, $0) })

        let verbs = ["hold", "resume", "win", "lose", "reopen", "delete"]
        let more = ["create_quote", "create_order", "create_invoice", "recalculate"]
        XCTAssertEqual(Set(actions.keys), Set(verbs + more))
        XCTAssertEqual(actions["hold"]?.possible, true)
        XCTAssertEqual(actions["win"]?.reason?.code, "opportunity.win.customer")
        XCTAssertEqual(actions["win"]?.arguments, ["actual_value", "actual_close_date", "quotes", "description"])
        XCTAssertEqual(actions["reopen"]?.reason?.code, "opportunity.reopen.state")
        XCTAssertEqual(actions["delete"]?.possible, false, "a rep deletes nothing")
        XCTAssertTrue(available.allSatisfy { $0.possible == ($0.reason == nil) })
        try await ada.act(on: sale, .hold)
        let held = try await ada.record(Opportunity.self, id: sale.id)
        XCTAssertEqual(held.statusReason, "on_hold")
    }

    func testTheHistorySaysWhoDidWhatOnWhichDevice() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex", description: "Pumps")
        try await ada.create(account)
        try await office.level(ada, ben)
        let was = try await ben.record(Account.self, id: account.id)
        var now = was
        (now.employees, now.description) = (12, "Pumps!")
        try await ben.save(was: was, now: now)
        try await office.level(ben, ada)

        let history = try await ada.history(account)

        XCTAssertEqual(history.map(\.userName), ["Ada", "Ben"])
        let session = try await ben.session()
        XCTAssertEqual(history.last?.user, session.user)
        XCTAssertEqual(history.last?.fields[Account.fields.employees], 12)
        XCTAssertEqual(history.last?.lettersAdded, 1)
        XCTAssertEqual(history.map(\.pending), [false, false])
    }

    func testAManagerDeletesARecordAndListsNoLongerShowIt() async throws {
        let office = try Office()
        let maya = try await office.phone("Maya")
        let lead = Lead(id: maya.newId(), topic: "Pumps")
        try await maya.create(lead)

        try await maya.delete(lead)

        let left = try await maya.count(Lead.records)
        XCTAssertEqual(left, 0)
        let deleted = try await maya.record(Lead.self, id: lead.id)
        XCTAssertTrue(deleted.deleted)
    }
}
