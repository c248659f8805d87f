import Fieldbook
import Foundation

/// What crossing the boundary costs, measured on a book of a thousand accounts.
struct Bench {
    private let book: Book

    /// The measurements as one line of JSON. The session is that of `FIELDBOOK_URL` and `FIELDBOOK_TOKEN`.
    static func run(in folder: URL) async throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("bench-\(UUID()).db").path
        let bench = Bench(book: try await Book.open(path: path, deviceName: "bench"))
        let environment = ProcessInfo.processInfo.environment
        _ = try await bench.book.signIn(
            server: environment["FIELDBOOK_URL"] ?? "http://127.0.0.1:1", token: environment["FIELDBOOK_TOKEN"] ?? "")
        try await bench.fill()
        let line = try await bench.measure()
        try await bench.book.wipe(discardUnsent: true)
        return line
    }

    private func fill() async throws {
        let bundles = (0..<100).map { bundle in
            (0..<10).map { Step.create(account("Globex \(bundle * 10 + $0)")) }
        }
        _ = try await book.applyEach(bundles: bundles)
    }

    private func measure() async throws -> String {
        let measured = [
            ("status_calls_per_s", try await rate(of: 2_000) { _ = try await book.status() }),
            ("new_id_calls_per_s", newIdRate(of: 100_000)),
            ("list_1000_ms", try await median(of: 20) { _ = try await book.list(Account.records.limit(1_000)) }),
            ("create_ms", try await median(of: 50) { try await book.create(account("Initech")) }),
            ("live_ms", try await liveMedian(of: 50)),
        ]
        let numbers = measured.map { name, value in "\"\(name)\":\(String(format: "%.3f", value))" }
        return "{\"language\":\"swift\",\(numbers.joined(separator: ","))}"
    }

    private func account(_ name: String) -> Account {
        Account(id: book.newId(), name: name)
    }

    private func rate(of calls: Int, _ call: () async throws -> Void) async throws -> Double {
        for _ in 0..<calls / 10 { try await call() }
        let began = ContinuousClock.now
        for _ in 0..<calls { try await call() }
        return Double(calls) / seconds(since: began)
    }

    private func newIdRate(of calls: Int) -> Double {
        for _ in 0..<calls / 10 { _ = book.newId() }
        let began = ContinuousClock.now
        for _ in 0..<calls { _ = book.newId() }
        return Double(calls) / seconds(since: began)
    }

    private func median(of runs: Int, _ call: () async throws -> Void) async throws -> Double {
        for _ in 0..<3 { try await call() }
        var times: [Double] = []
        for _ in 0..<runs {
            let began = ContinuousClock.now
            try await call()
            times.append(seconds(since: began) * 1_000)
        }
        return times.sorted()[runs / 2]
    }

    /// From calling `create` to the list that shows the new account.
    private func liveMedian(of runs: Int) async throws -> Double {
        var lists = book.live(Account.records.sorted(by: \.createdAt, descending: true).limit(50)).makeAsyncIterator()
        _ = try await lists.next()
        var times: [Double] = []
        for run in -3..<runs {
            let new = account("Live \(run)")
            let began = ContinuousClock.now
            try await book.create(new)
            while let list = try await lists.next(), !list.contains(where: { $0.id == new.id }) {}
            if run >= 0 { times.append(seconds(since: began) * 1_000) }
        }
        return times.sorted()[runs / 2]
    }

    private func seconds(since began: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - began) / .seconds(1)
    }
}
