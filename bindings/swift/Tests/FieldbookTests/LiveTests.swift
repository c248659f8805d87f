import Fieldbook
import Foundation
import XCTest

/// Lists, changes and the connection tell what happens as it happens.
final class LiveTests: XCTestCase {
    func testALiveListFollowsAWriterOfFiveHundredRecordsAndEndsEqualToTheList() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let query = Account.records.sorted(by: \.name)

        async let last = ada.live(query).first { $0.count == 500 }
        for number in 0..<500 {
            try await ada.create(Account(id: ada.newId(), name: "Globex \(number)"))
        }

        let (shown, listed) = (try await last, try await ada.list(query))
        XCTAssertEqual(shown, listed)
    }

    func testALiveListIsGivenAtOnceAndAgainOnlyWhenItDiffers() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        var lists = ada.live(Account.records.where(\.city, is: "Oslo")).makeAsyncIterator()

        let empty = try await lists.next()
        try await ada.create(Account(id: ada.newId(), name: "Initech", city: "Bergen"))
        try await ada.create(Account(id: ada.newId(), name: "Globex", city: "Oslo"))
        let one = try await lists.next()

        XCTAssertEqual(empty, [])
        XCTAssertEqual(one?.map(\.name), ["Globex"])
    }

    func testALiveListEndsWithTheBook() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        var lists = ada.live(Account.records).makeAsyncIterator()
        _ = try await lists.next()

        try await ada.shutDown()

        let error = try await thrown { try await lists.next() }
        XCTAssertEqual(error.code, "book.closed")
    }

    func testACancelledTaskEndsItsLoopAndWhatItListenedWith() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let (began, starts) = AsyncStream.makeStream(of: Void.self)
        let loop = Task {
            var lists = 0
            for try await _ in ada.live(Account.records) {
                lists += 1
                starts.yield()
            }
            return lists
        }
        for await _ in began { break }

        loop.cancel()

        let lists = try await within { try await loop.value }
        XCTAssertEqual(lists, 1)
    }

    func testChangesTellOfWritesAndOfTheEndOfTheBook() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        var changes = ada.changes.makeAsyncIterator()

        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let written: Void? = try await changes.next()
        try await ada.shutDown()

        XCTAssertNotNil(written)
        let error = try await thrown { _ = try await changes.next() as Void? }
        XCTAssertEqual(error.code, "book.closed")
    }

    func testAListenerThatThrowsIsCountedAndIsToldAgain() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let listener = Thrower()
        let subscription = try ada.observeRecords(query: Account.records.recordQuery, listener: listener)
        _ = try await within { await listener.next() }

        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let names = try await within { await listener.next() }

        XCTAssertEqual(names, ["Globex"])
        let listed = try await ada.count(Account.records)
        XCTAssertEqual(listed, 1)
        let counted = try await within {
            while subscription.faults() < 2 { await Task.yield() }
            return subscription.faults()
        }
        XCTAssertEqual(counted, 2)
        subscription.end()
    }

    func testAConnectedPhoneShowsAColleaguesWorkAsItHappens() async throws {
        let office = try Office()
        let (ada, ben) = (try await office.phone("Ada"), try await office.phone("Ben"))
        let account = Account(id: ada.newId(), name: "Globex")
        let told = Task { try await ben.connection().first { $0 == .changed(record: account.ref) } }
        let adasConnection = Task { for try await _ in ada.connection() {} }

        async let shown = ben.live(Account.records).first { !$0.isEmpty }
        try await ada.create(account)

        let accounts = try await shown
        XCTAssertEqual(accounts.map(\.name), ["Globex"])
        let event = try await told.value
        XCTAssertEqual(event, .changed(record: account.ref))
        adasConnection.cancel()
        _ = await adasConnection.result
    }

    func testWithoutANetworkTheConnectionRestsUntilThereIsOne() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        ada.network(state: .unavailable)
        var events = ada.connection().makeAsyncIterator()
        let resting = try await events.next()

        ada.network(state: .available)
        let connected = try await events.next()

        XCTAssertEqual(resting, .paused)
        XCTAssertEqual(connected, .connected)
    }

    func testAConnectionOfNobodyEndsWithSignedOut() async throws {
        let book = try await Office().book()
        var events = book.connection().makeAsyncIterator()

        let error = try await thrown { while try await events.next() != nil {} }

        guard case .SignedOut = error else { return XCTFail("\(error)") }
    }

    func testAMainActorModelFollowsALiveList() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let model = Model()

        await model.follow(ada)

        let names = await model.names
        XCTAssertEqual(names, ["Globex"])
    }
}

@MainActor
private final class Model {
    private(set) var names: [String] = []

    nonisolated init() {}

    func follow(_ book: Book) async {
        do {
            for try await accounts in book.live(Account.records) {
                names = accounts.map(\.name)
                return
            }
        } catch {
            XCTFail("\(error)")
        }
    }
}

/// Hands on what it is told, and throws.
private final class Thrower: RecordsListener {
    private let told = AsyncStream.makeStream(of: [String].self)

    func onRecords(records: [AnyRecord]) throws {
        told.continuation.yield(records.compactMap { Account($0)?.name })
        throw TestFailure("a fault in the view")
    }

    func onEnd(error: FieldbookError) {}

    func next() async -> [String]? {
        var names = told.stream.makeAsyncIterator()
        return await names.next()
    }
}
