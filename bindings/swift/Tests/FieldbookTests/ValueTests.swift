import Fieldbook
import Foundation
import XCTest

/// Values arrive as they were typed: on disk, at the server, on a colleague's phone.
final class ValueTests: XCTestCase {
    func testTextOfEveryScriptSurvives() async throws {
        let text = "Ærø “quotes” 'x' \"y\" \\ / 日本語 עברית 👩‍🚀 é e\u{301}"

        let note = try await travelled { Note(id: $0, title: text, text: "\(text)\n\t\(text)\n") }

        XCTAssertEqual(Array((note.title ?? "").unicodeScalars), Array(text.unicodeScalars))
        XCTAssertEqual(Array(note.text.unicodeScalars), Array("\(text)\n\t\(text)\n".unicodeScalars))
    }

    func testAmountsAreExact() async throws {
        for spelled in ["0.1", "12345678.9", "0.0001", "999999999999.9999", "0", "1000"] {
            let amount = try XCTUnwrap(Decimal(string: spelled))

            let sale = try await travelled { Opportunity(id: $0, topic: "Pumps", budgetAmount: amount) }

            XCTAssertEqual(sale.budgetAmount, amount)
            XCTAssertEqual(sale.budgetAmount?.description, spelled)
        }
        let sale = try await travelled { Opportunity(id: $0, topic: "Pumps", budgetAmount: Decimal(string: "12345678.90")) }
        XCTAssertEqual(sale.budgetAmount, Decimal(string: "12345678.9"))
    }

    func testDaysLongAgoAndFarAheadAreTheSameDays() async throws {
        for spelled in ["1900-01-01", "1969-12-31", "2000-02-29", "2200-12-31"] {
            let day = try XCTUnwrap(Day(spelled))

            let contact = try await travelled { Contact(id: $0, lastName: "Lind", birthday: day) }

            XCTAssertEqual(contact.birthday, day)
        }
    }

    func testMomentsKeepTheirMilliseconds() async throws {
        let moments: [Int64] = [-14_182_939_999, -999, -1, 0, 1_795_509_000_001, 1_795_509_000_123, 7_258_118_399_999]
        for milliseconds in moments {
            let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)

            let task = try await travelled { TaskActivity(id: $0, subject: "Call", due: moment) }

            let due = try XCTUnwrap(task.due)
            XCTAssertEqual(Int64((due.timeIntervalSince1970 * 1_000).rounded()), milliseconds)
        }
    }

    func testNumbersAndFlagsAreKeptFalseApartFromNothing() async throws {
        let account = try await travelled { Account(id: $0, name: "Globex", employees: 10_000_000, doNotEmail: false) }

        XCTAssertEqual(account.employees, 10_000_000)
        XCTAssertEqual(account.doNotEmail, false)
        XCTAssertNil(account.doNotPhone)
    }

    func testEveryValueGoesToAFieldAndBack() throws {
        XCTAssertEqual("text".fieldValue.content(), "text")
        XCTAssertEqual(true.fieldValue.content(), true)
        XCTAssertEqual(Int64(7).fieldValue.content(), Int64(7))
        let (amount, day) = (try XCTUnwrap(Decimal(string: "0.1")), try XCTUnwrap(Day("1969-12-31")))
        XCTAssertEqual(amount.fieldValue.content(), amount)
        XCTAssertEqual(day.fieldValue.content(), day)
        let (moment, id) = (Date(timeIntervalSince1970: 0), UUID())
        XCTAssertEqual(moment.fieldValue.content(), moment)
        XCTAssertEqual(id.fieldValue.content(), id)
        XCTAssertEqual(Account.ref(id).fieldValue.content(), Account.ref(id))
        XCTAssertNil(FieldValue.empty.content(as: String.self))
        XCTAssertNil("7".fieldValue.content(as: Int64.self))
    }

    func testADayIsSpelledOneWay() {
        XCTAssertEqual(Day("2026-02-03")?.description, "2026-02-03")
        XCTAssertEqual(Day(year: 2026, month: 2, day: 3), Day("2026-02-03"))
        for wrong in ["2026-02-30", "1899-12-31", "2201-01-01", "2026-2-3", "2026/02/03", ""] {
            XCTAssertNil(Day(wrong), wrong)
        }
    }

    /// A record as a colleague's phone shows it.
    private func travelled<Record: FieldbookRecord>(_ make: (UUID) -> Record) async throws -> Record {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let id = try await ada.create(make(ada.newId()))
        try await office.level(ada, ben)
        return try await ben.record(Record.self, id: id)
    }
}
