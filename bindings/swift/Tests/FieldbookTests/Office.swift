import Fieldbook
import Foundation
import XCTest

/// One organisation, its people and their phones, for one test. Ada and Ben sell, Maya leads them, Fay takes the
/// money, Omar administers.
final class Office {
    /// Where the books are.
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fieldbook-test-\(UUID())")
    private lazy var org = Result { try Server.shared.newOrg() }
    private var people: Set<String> = []
    private var books = 0

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// A token for somebody, who is taken on if they are not there yet.
    func token(_ name: String) throws -> String {
        let roles = ["Ada": "rep", "Ben": "rep", "Maya": "manager", "Fay": "finance", "Omar": "admin"]
        if people.insert(name).inserted {
            try Server.shared.addUser(name, role: roles[name] ?? "rep", org: org.get())
        }
        return try Server.shared.token(name, org: org.get())
    }

    /// Somebody's phone, signed in.
    func phone(_ name: String, server: String = Server.shared.url) async throws -> Book {
        let book = try await book()
        _ = try await book.signIn(server: server, token: token(name))
        return book
    }

    /// A book nobody is signed in to.
    func book(key: KeyProvider? = nil) async throws -> Book {
        books += 1
        return try await Book.open(path: path("book-\(books).db"), deviceName: "a phone", key: key)
    }

    func path(_ file: String) -> String { folder.appendingPathComponent(file).path }

    /// Syncs the phones until all of them have everything of each other.
    func level(_ phones: Book...) async throws {
        for phone in phones + phones { try await phone.sync() }
    }
}

/// How long something that is bound to happen may take on a busy machine.
let deadline = Duration.seconds(30)

/// What `work` gives; a failure if it takes too long.
func within<T: Sendable>(_ limit: Duration = deadline, _ work: @escaping @Sendable () async throws -> T) async throws -> T {
    try await withThrowingTaskGroup(of: T?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else { throw TestFailure("not done within \(limit)") }
        return value
    }
}

extension Updates {
    /// The first update that satisfies the question; a failure if it does not come.
    func first(_ question: @escaping @Sendable (Element) async throws -> Bool) async throws -> Element {
        let updates = self
        return try await within {
            for try await update in updates where try await question(update) { return update }
            throw TestFailure("the updates ended too soon")
        }
    }
}

extension Book {
    /// The decisions in the inbox that follow a rule.
    func told(_ rule: String) async throws -> [Decision] {
        try await inbox().compactMap { item in
            if case .decided(let decision) = item.content, decision.rule == rule { decision } else { nil }
        }
    }
}

/// The `FieldbookError` a call ends with.
func thrown<T>(_ call: () async throws -> T, line: UInt = #line) async throws -> FieldbookError {
    do {
        _ = try await call()
    } catch let error as FieldbookError {
        return error
    }
    throw TestFailure("nothing was thrown in line \(line)")
}
