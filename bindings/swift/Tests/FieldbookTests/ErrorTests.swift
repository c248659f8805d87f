import Fieldbook
import Foundation
import XCTest

/// Everything an app has to act on arrives as the error that says so.
final class ErrorTests: XCTestCase {
    func testARefusalNamesTheRuleAndTheFieldAndHasASentence() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let sale = Opportunity(id: ada.newId(), topic: "Pumps")
        try await ada.create(sale)

        let long = try await thrown { try await ada.create(Account(id: ada.newId(), name: String(repeating: "x", count: 161))) }
        let rep = try await thrown { try await ada.create(Territory(id: ada.newId(), name: "North")) }
        let again = try await thrown { try await ada.create(sale) }
        let ahead = try await thrown {
            try await ada.act(on: sale, .lose(reason: "canceled", actualCloseDate: Day("2199-01-01")))
        }

        guard case .Refused("field.too_long", "name", let reason) = long else { return XCTFail("\(long)") }
        XCTAssertEqual(long.localizedDescription, reason)
        XCTAssertEqual(again.code, "record.exists")
        XCTAssertEqual(ahead.code, "opportunity.lose.date")
        for error in [long, rep, again, ahead] {
            guard case .Refused = error else { return XCTFail("\(error)") }
            XCTAssertGreaterThan(error.reason.count, 10)
        }
    }

    func testAClosedOpportunityIsFrozen() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let account = Account(id: ada.newId(), name: "Globex")
        let sale = Opportunity(id: ada.newId(), topic: "Pumps", customer: account.ref)
        _ = try await ada.apply(steps: [.create(account), .create(sale), .act(on: sale, .win())])
        let won = try await ada.record(Opportunity.self, id: sale.id)
        var rated = won
        rated.rating = Opportunity.Rating.hot

        let error = try await thrown { [rated] in try await ada.save(was: won, now: rated) }

        guard case .Refused("record.frozen", "rating", _) = error else { return XCTFail("\(error)") }
    }

    func testWhatIsNotOnTheDeviceIsNotFound() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let nobody = Lead(id: ada.newId(), topic: "Pumps")

        let error = try await thrown { try await ada.history(nobody) }

        guard case .NotFound("lead", nobody.id, _) = error else { return XCTFail("\(error)") }
        XCTAssertNil(error.code)
        let found = try await ada.find(id: nobody.id)
        XCTAssertNil(found)
    }

    func testThatNobodyIsSignedInIsSaidSo() async throws {
        let office = try Office()
        let book = try await office.book()

        for error in [
            try await thrown { try await book.session() },
            try await thrown { try await book.create(Account(id: book.newId(), name: "Globex")) },
            try await thrown { try await book.sync() },
        ] {
            guard case .SignedOut = error else { return XCTFail("\(error)") }
        }
        let refused = try await thrown { try await book.signIn(server: Server.shared.url, token: "no token") }
        XCTAssertEqual(refused.code, "login.token")
    }

    func testATokenTheServerDoesNotTakeAsksForAnotherSignInAndKeepsTheWork() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let token = try office.token("Ada")
        let forged = token.split(separator: ".").dropLast().joined(separator: ".") + "." + String(repeating: "A", count: 43)
        _ = try await ada.signIn(server: Server.shared.url, token: forged)

        let error = try await thrown { try await ada.sync() }

        guard case .SignedOut = error else { return XCTFail("\(error)") }
        _ = try await ada.signIn(server: Server.shared.url, token: token)
        let report = try await ada.sync()
        XCTAssertEqual(report.pushed, 1)
    }

    func testACancelledExchangeSaysSo() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let cancel = Cancel()
        cancel.cancel()

        let error = try await thrown { try await ada.exchange(cancel: cancel) }

        guard case .Cancelled = error else { return XCTFail("\(error)") }
        XCTAssertTrue(cancel.isCancelled())
    }

    func testABookOfANewerAppAsksForAnUpgradeAndIsLeftAlone() async throws {
        let office = try Office()
        try await office.book().shutDown()
        let versionAt = 60..<64
        let url = URL(fileURLWithPath: office.path("book-1.db"))
        var file = try Data(contentsOf: url)
        file.replaceSubrange(versionAt, with: [0, 0, 0x27, 0x0f])
        try file.write(to: url)

        let error = try await thrown { try await Book.open(path: url.path, deviceName: "a phone") }

        guard case .UpgradeNeeded = error else { return XCTFail("\(error)") }
        XCTAssertEqual(try Data(contentsOf: url), file)
    }

    func testAFileThatIsNoBookIsLeftAlone() async throws {
        let office = try Office()
        let diary = Data(String(repeating: "dear diary", count: 1_000).utf8)
        try diary.write(to: URL(fileURLWithPath: office.path("diary.db")))

        let damaged = try await thrown { try await Book.open(path: office.path("diary.db"), deviceName: "a phone") }
        let nowhere = try await thrown { try await Book.open(path: office.path("no/folder.db"), deviceName: "a phone") }

        XCTAssertEqual(damaged.code, "book.damaged")
        XCTAssertEqual(nowhere.code, "book.open")
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: office.path("diary.db"))), diary)
    }

    func testAServerThatIsBusyIsOfflineAndOneThatTalksNonsenseIsABugToReport() async throws {
        let office = try Office()
        let (busy, strange) = (try SilentServer(), try SilentServer())
        let (ada, ben) = (try await office.phone("Ada", server: busy.url), try await office.phone("Ben", server: strange.url))
        busy.answer(503, code: "unavailable")
        strange.answer(400, code: "nonsense")

        let unavailable = try await thrown { try await ada.sync() }
        let bug = try await thrown { try await ben.sync() }

        guard case .Offline = unavailable else { return XCTFail("\(unavailable)") }
        guard case .Bug("nonsense", _) = bug else { return XCTFail("\(bug)") }
    }
}
