import Fieldbook
import Foundation
import XCTest

/// Talking to the server, and giving up on it.
final class SyncTests: XCTestCase {
    func testASyncTellsWhatItDid() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let before = try await ada.status()

        let sent = try await ada.sync()
        var reports: [SyncReport] = []
        for try await report in ben.syncing() { reports.append(report) }

        let after = try await ada.status()
        XCTAssertEqual([before.pending, after.pending], [1, 0])
        XCTAssertEqual(sent.pushed, 1)
        XCTAssertNotNil(after.lastSync)
        XCTAssertEqual(reports.last?.pushed, 0)
        XCTAssertGreaterThanOrEqual(try XCTUnwrap(reports.last).pulledRecords, 1)
        let held = try await ben.count(Account.records)
        XCTAssertEqual(held, 1)
    }

    func testProgressIsToldAfterEveryAnswer() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let (told, teller) = AsyncStream.makeStream(of: SyncReport.self)

        let report = try await ada.sync { teller.yield($0) }
        teller.finish()

        var progress: [SyncReport] = []
        for await step in told { progress.append(step) }
        XCTAssertEqual(Int64(progress.count), report.roundTrips)
        XCTAssertEqual(progress.last, report)
    }

    func testACancelledSyncEndsPromptlyAndTheBookWorksOn() async throws {
        let office = try Office()
        let silent = try SilentServer()
        let ada = try await office.phone("Ada", server: silent.url)
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let sync = Task { try await ada.sync() }
        try silent.awaitCaller()
        let began = ContinuousClock.now

        sync.cancel()

        let result = await sync.result
        XCTAssertThrowsError(try result.get()) { XCTAssertTrue($0 is CancellationError, "\($0)") }
        XCTAssertLessThan(ContinuousClock.now - began, .seconds(2))
        _ = try await ada.signIn(server: Server.shared.url, token: office.token("Ada"))
        let report = try await ada.sync()
        XCTAssertEqual(report.pushed, 1)
    }

    func testALoopThatEndsEarlyGivesUpItsSync() async throws {
        let office = try Office()
        let silent = try SilentServer()
        let ada = try await office.phone("Ada", server: silent.url)
        let loop = Task { for try await _ in ada.syncing() {} }
        try silent.awaitCaller()

        loop.cancel()

        _ = try await within { await loop.result }
        XCTAssertTrue(silent.callerHangsUp())
    }

    func testASyncWhoseTaskIsCancelledAlreadyDoesNothing() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))

        let sync = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await ada.sync()
        }

        let result = await sync.result
        XCTAssertThrowsError(try result.get()) { XCTAssertTrue($0 is CancellationError, "\($0)") }
        let status = try await ada.status()
        XCTAssertEqual(status.pending, 1)
    }

    func testWithoutAServerEverEverythingButTheSyncWorks() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada", server: "http://127.0.0.1:9")
        let lead = Lead(id: ada.newId(), topic: "Pumps", lastName: "Lind", companyName: "Nordic Pumps")
        try await ada.create(lead)
        try await ada.act(on: lead, .qualify())
        let sales = try await ada.list(Opportunity.records)
        try await ada.act(on: XCTUnwrap(sales.first), .win(actualValue: 48_000))

        let error = try await thrown { try await ada.sync() }

        guard case .Offline = error else { return XCTFail("\(error)") }
        let won = try await ada.count(Opportunity.records.where(\.state, is: Opportunity.State.won))
        XCTAssertEqual(won, 1)
        let pipeline = try await ada.reportPipeline(by: .stage)
        XCTAssertEqual(pipeline.map(\.sum), [48_000])
        let status = try await ada.status()
        XCTAssertGreaterThan(status.pending, 0)
    }
}
