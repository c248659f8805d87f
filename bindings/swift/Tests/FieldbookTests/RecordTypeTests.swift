import Fieldbook
import Foundation
import XCTest

/// Every record type crosses the boundary and comes back as it went.
final class RecordTypeTests: XCTestCase {
    func testABusinessUnitIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ BusinessUnit(id: $1, name: "North") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testASecurityRoleIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ SecurityRole(id: $1, name: "Key accounts", role: "rep") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testATerritoryIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Territory(id: $1, name: "North") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAUserIsCreatedAndReadBackAsTheyWere() async throws {
        try await roundTrip({ User(id: $1, name: "Eve", role: "rep") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testATeamIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Team(id: $1, name: "Pumps") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAnAccountIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Account(id: $1, name: "Globex") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAContactIsCreatedAndReadBackAsTheyWere() async throws {
        try await roundTrip({ Contact(id: $1, lastName: "Lind") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testALeadIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Lead(id: $1, topic: "Pumps") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAnOpportunityIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Opportunity(id: $1, topic: "Pumps") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAQuoteIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Quote(id: $1, name: "Pumps", customer: try await self.globex($0)) }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            ($0.owner, $0.quoteNumber, $0.provisionalNumber, $0.revision) = (nil, nil, nil, nil)
        }
    }

    func testAnOrderIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ SalesOrder(id: $1, name: "Pumps", customer: try await self.globex($0)) }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            ($0.owner, $0.orderNumber, $0.provisionalNumber) = (nil, nil, nil)
            ($0.pricesLocked, $0.fulfilmentStatus) = (nil, nil)
        }
    }

    func testAnInvoiceIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Invoice(id: $1, name: "Pumps", customer: try await self.globex($0)) }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            ($0.owner, $0.paperTitle, $0.provisionalNumber) = (nil, nil, nil)
            ($0.pricesLocked, $0.amountDue) = (nil, nil)
        }
    }

    func testACompetitorIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Competitor(id: $1, name: "Initech") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testACurrencyIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ TransactionCurrency(id: $1, isoCode: "EUR", exchangeRate: 1.25) }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAUnitGroupIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ UnitGroup(id: $1, name: "Pieces") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAUnitIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ UnitOfMeasure(id: $1, name: "Box") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAProductIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Product(id: $1, name: "Pump") }) {
            $0.version = nil
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAProductRelationshipIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ omar, id in
            let (pump, hose) = (try await self.product(omar, "Pump"), try await self.product(omar, "Hose"))
            return ProductRelationship(id: id, product: pump, relatedProduct: hose, kind: "accessory")
        }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAPriceListIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ PriceList(id: $1, name: "2026", currency: "EUR") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAPriceListItemIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ omar, _ in
            let list = try await omar.create(PriceList(id: omar.newId(), name: "2026", currency: "EUR"))
            let pump = try await self.product(omar, "Pump")
            let box = try await omar.create(UnitOfMeasure(id: omar.newId(), name: "Box"))
            let id = priceListItemId(priceList: list, product: pump, unit: box)
            return PriceListItem(id: id, priceList: list, product: pump, unit: box, amount: 12.5)
        }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testADiscountListIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ DiscountList(id: $1, name: "Volume", kind: "percent") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAFiscalCalendarIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ FiscalCalendar(id: $1, name: "2026", yearStart: Day("2026-01-01"), template: "quarter") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAGoalMetricIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ GoalMetric(id: $1, name: "Revenue", metricType: "amount") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testARollupQueryIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ RollupQuery(id: $1, name: "Won", entity: "opportunity") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAGoalIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ omar, id in
            let metric = try await omar.create(GoalMetric(id: omar.newId(), name: "Revenue", metricType: "amount"))
            let period = GoalPeriod(kind: "custom", from: Day("2026-01-01"), to: Day("2026-12-31"))
            let owner = try await omar.session().user
            return Goal(id: id, title: "2026", metric: metric, owner: owner, period: period)
        }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testSalesLiteratureIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ SalesLiterature(id: $1, title: "Pumps in brief") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testATaskIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ TaskActivity(id: $1, subject: "Call") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAPhoneCallIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ PhoneCall(id: $1, subject: "Call") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAnEmailIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ EmailMessage(id: $1, subject: "Offer") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testASeriesOfAppointmentsIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ RecurringAppointment(id: $1, subject: "Visit") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAnAppointmentIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Appointment(id: $1, subject: "Visit") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testANoteIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Note(id: $1, title: "Call") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    private func globex(_ book: Book) async throws -> RecordRef {
        Account.ref(try await book.create(Account(id: book.newId(), name: "Globex")))
    }

    private func product(_ book: Book, _ name: String) async throws -> UUID {
        try await book.create(Product(id: book.newId(), name: name))
    }

    /// Creates the least a record of a type holds and reads it on two phones; `untouch` takes away what nobody typed.
    private func roundTrip<Record: FieldbookRecord>(
        _ make: (Book, UUID) async throws -> Record, untouch: (inout Record) -> Void
    ) async throws {
        let office = try Office()
        let (omar, another) = (try await office.phone("Omar"), try await office.phone("Omar"))
        let record = try await make(omar, omar.newId())

        let id = try await omar.create(record)
        var shown = try await omar.record(Record.self, id: id)
        try await office.level(omar, another)

        XCTAssertEqual(id, record.id)
        untouch(&shown)
        XCTAssertEqual(shown, record)
        let (mine, theirs) = (try await omar.record(Record.self, id: id), try await another.record(Record.self, id: id))
        XCTAssertEqual(mine, theirs)
        let found = try await another.find(id: id)
        XCTAssertEqual(found, record.ref)
        let listed = try await another.list(Record.records)
        XCTAssertEqual(listed.filter { $0.id == id }, [theirs])
        let (omars, others) = (try await omar.recordsDigest(), try await another.recordsDigest())
        XCTAssertEqual(omars, others)
        XCTAssertEqual(Record(record.any), record)
    }

    /// What the book fills in, untouched.
    private var blank: (String, String, Date?, Date?, Bool) { ("", "", nil, nil, false) }
}
