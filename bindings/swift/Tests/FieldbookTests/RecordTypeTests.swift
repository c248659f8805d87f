import Fieldbook
import Foundation
import XCTest

/// Every record type crosses the boundary and comes back as it went.
final class RecordTypeTests: XCTestCase {
    func testATerritoryIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Territory(id: $0, name: "North") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAUserIsCreatedAndReadBackAsTheyWere() async throws {
        try await roundTrip({ User(id: $0, name: "Eve", role: "rep") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testATeamIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Team(id: $0, name: "Pumps") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAnAccountIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Account(id: $0, name: "Globex") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAContactIsCreatedAndReadBackAsTheyWere() async throws {
        try await roundTrip({ Contact(id: $0, lastName: "Lind") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testALeadIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Lead(id: $0, topic: "Pumps") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testAnOpportunityIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Opportunity(id: $0, topic: "Pumps") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testACompetitorIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Competitor(id: $0, name: "Initech") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAUnitIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ UnitOfMeasure(id: $0, name: "Box") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAProductIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Product(id: $0, name: "Pump") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testAPriceListIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ PriceList(id: $0, name: "2026", currency: "EUR") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
        }
    }

    func testATaskIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ TaskActivity(id: $0, subject: "Call") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    func testANoteIsCreatedAndReadBackAsItWas() async throws {
        try await roundTrip({ Note(id: $0, title: "Call") }) {
            ($0.state, $0.statusReason, $0.createdAt, $0.modifiedAt, $0.pending) = blank
            $0.owner = nil
        }
    }

    /// Creates the least a record of a type holds and reads it on two phones; `untouch` takes away what nobody typed.
    private func roundTrip<Record: FieldbookRecord>(_ make: (UUID) -> Record, untouch: (inout Record) -> Void) async throws {
        let office = try Office()
        let (omar, another) = (try await office.phone("Omar"), try await office.phone("Omar"))
        let record = make(omar.newId())

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
