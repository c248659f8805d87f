import Fieldbook
import Foundation
import XCTest

/// A book is opened, signed in to, encrypted, closed and wiped.
final class BookTests: XCTestCase {
    func testTheStatusSaysWhoIsSignedInAndWhatIsHeld() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))

        let status = try await ada.status()

        XCTAssertTrue(status.signedIn)
        XCTAssertEqual(status.userName, "Ada")
        XCTAssertEqual(status.role, .rep)
        XCTAssertEqual(status.server, Server.shared.url)
        XCTAssertEqual(status.deviceName, "a phone")
        XCTAssertEqual(status.pending, 1)
        XCTAssertNil(status.lastSync)
        XCTAssertEqual(status.records.first { $0.kind == Account.kind }?.count, 1)
        let rows = try await ada.rebuildProjection()
        XCTAssertEqual(rows, 1)
    }

    func testWhatWasWrittenIsThereWhenTheBookIsOpenedAgain() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        let account = Account(id: ada.newId(), name: "Globex")
        try await ada.create(account)
        try await ada.shutDown()

        let again = try await Book.open(path: office.path("book-1.db"), deviceName: "a phone")

        let shown = try await again.record(Account.self, id: account.id)
        XCTAssertEqual(shown.name, "Globex")
    }

    func testSigningOutKeepsRecordsAndWork() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))

        try await ada.signOut()

        let (status, held) = (try await ada.status(), try await ada.count(Account.records))
        XCTAssertFalse(status.signedIn)
        XCTAssertEqual(status.pending, 1)
        XCTAssertEqual(held, 1)
        let error = try await thrown { try await ada.sync() }
        guard case .SignedOut = error else { return XCTFail("\(error)") }
    }

    func testAWipeIsRefusedWhileWorkWaitsAndThenLeavesNothing() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))

        let refused = try await thrown { try await ada.wipe() }
        let held = try await ada.count(Account.records)
        try await ada.wipe(discardUnsent: true)

        XCTAssertEqual(refused.code, "wipe.outbox")
        XCTAssertEqual(held, 1, "nothing was done")
        let closed = try await thrown { try await ada.status() }
        XCTAssertEqual(closed.code, "book.closed")
        XCTAssertFalse(FileManager.default.fileExists(atPath: office.path("book-1.db")))
    }

    func testAWipeThatCannotDeleteTheBookDeletesNothing() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        let (files, book, aside) = (FileManager.default, office.path("book-1.db"), office.path("aside.db"))
        try files.moveItem(atPath: book, toPath: aside)
        try files.createDirectory(atPath: book, withIntermediateDirectories: false)

        let stays = try await thrown { try await ada.wipe(discardUnsent: true) }

        XCTAssertEqual(stays.code, "book.wipe")
        try files.removeItem(atPath: book)
        try files.moveItem(atPath: aside, toPath: book)
        let again = try await Book.open(path: book, deviceName: "a phone")
        let held = try await again.count(Account.records)
        XCTAssertEqual(held, 1)
        try await again.wipe(discardUnsent: true)
        XCTAssertFalse(files.fileExists(atPath: book))
    }

    func testAnEncryptedBookOpensWithItsKeyAndNoOther() async throws {
        let office = try Office()
        let right = Key(Data(repeating: 7, count: 32))
        let book = try await office.book(key: right)
        let text = try await book.status().actor
        try await book.shutDown()
        let open = { (key: KeyProvider?) in
            _ = try await Book.open(path: office.path("book-1.db"), deviceName: "a phone", key: key)
        }

        let file = try Data(contentsOf: URL(fileURLWithPath: office.path("book-1.db")))
        XCTAssertNil(file.range(of: Data("SQLite format 3".utf8)), "the file shows nothing")
        XCTAssertNil(file.range(of: Data(text.utf8)))
        let wrong = try await thrown { try await open(Key(Data(repeating: 8, count: 32))) }
        XCTAssertEqual(wrong.code, "book.key")
        let without = try await thrown { try await open(nil) }
        guard case .Storage = without else { return XCTFail("\(without)") }
        let short = try await thrown { try await open(Key(Data(repeating: 7, count: 31))) }
        XCTAssertEqual(short.code, "book.key")
        XCTAssertTrue(short.reason.contains("31"), short.reason)
        let locked = try await thrown { try await open(Key(nil)) }
        XCTAssertEqual(locked.code, "book.key")
        try await open(right)
    }

    func testIdsAreNewAndFollowTheTimeOfCreation() async throws {
        let book = try await Office().book()

        let ids = (0..<1_000).map { _ in book.newId() }

        XCTAssertEqual(Set(ids).count, ids.count)
        XCTAssertLessThanOrEqual(ids[0].uuidString.prefix(13), ids[999].uuidString.prefix(13))
    }

    func testTenThousandSubscriptionsLeaveNothingBehind() async throws {
        let office = try Office()
        let ada = try await office.phone("Ada")
        try await ada.create(Account(id: ada.newId(), name: "Globex"))
        try await subscribe(ada, times: 1_000)
        let before = try residentBytes()

        try await subscribe(ada, times: 10_000)

        let grown = try residentBytes() - before
        XCTAssertLessThan(grown, 8 * 1_024 * 1_024)
    }

    private func subscribe(_ book: Book, times: Int) async throws {
        for _ in 0..<times {
            for try await accounts in book.live(Account.records) {
                XCTAssertEqual(accounts.count, 1)
                break
            }
        }
    }

    /// What the process holds in memory.
    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try XCTUnwrap(Int(pages[1])) * Int(getpagesize())
    }
}

private final class Key: KeyProvider {
    private let bytes: Data?

    init(_ bytes: Data?) {
        self.bytes = bytes
    }

    func key() throws -> Data {
        guard let bytes else { throw TestFailure("the key store is locked") }
        return bytes
    }
}
