import Foundation

/// How many events of a connection are kept for a loop that is busy.
private let eventsWaiting = 256

extension Book {
    /// The records of a query now, and again whenever they differ. A loop that is busy is given the latest list, not every one.
    ///
    /// Throws `Refused` for a name the type does not have, and `Storage`, `book.closed`, when the book ends.
    public func live<Record>(_ query: Query<Record>) -> Updates<[Record]> {
        Updates(keeping: 1) { told in
            let subscription = try self.observeRecords(query: query.recordQuery, listener: RecordsTeller<Record>(told))
            return { subscription.end() }
        }
    }

    /// Tells that something was written, by the person or by a sync, so that status and inbox can be read again. Several writes
    /// may be told as one; nothing is told at the start. Throws `Storage`, `book.closed`, when the book ends.
    public var changes: Updates<Void> {
        Updates(keeping: 1) { told in
            let subscription = try self.observeChanges(listener: ChangeTeller(told))
            return { subscription.end() }
        }
    }

    /// Connected to the server for as long as somebody listens: colleagues' changes arrive as they happen, local work leaves as
    /// it is done. It waits and tries again by itself; ``network(state:)`` tells it more.
    ///
    /// A loop that is more than a few hundred events behind misses the oldest. Throws `SignedOut` or `UpgradeNeeded` when trying
    /// again is of no use, and `Storage`, `book.closed`, when the book ends.
    public func connection() -> Updates<ConnectionEvent> {
        Updates(keeping: eventsWaiting) { told in
            let subscription = try self.connect(listener: ConnectionTeller(told))
            return { subscription.end() }
        }
    }
}

// The book lets go of a listener when there is nothing more to tell; a loop must not wait for more.

private final class RecordsTeller<Record: FieldbookRecord>: RecordsListener {
    private let told: Updates<[Record]>.Stream.Continuation

    init(_ told: Updates<[Record]>.Stream.Continuation) {
        self.told = told
    }

    func onRecords(records: [AnyRecord]) throws {
        told.yield(try records.map(Record.own))
    }

    func onEnd(error: FieldbookError) {
        told.finish(throwing: error)
    }

    deinit {
        told.finish()
    }
}

private final class ChangeTeller: ChangeListener {
    private let told: Updates<Void>.Stream.Continuation

    init(_ told: Updates<Void>.Stream.Continuation) {
        self.told = told
    }

    func onChange() {
        told.yield()
    }

    func onEnd(error: FieldbookError) {
        told.finish(throwing: error)
    }

    deinit {
        told.finish()
    }
}

private final class ConnectionTeller: ConnectionListener {
    private let told: Updates<ConnectionEvent>.Stream.Continuation

    init(_ told: Updates<ConnectionEvent>.Stream.Continuation) {
        self.told = told
    }

    func onEvent(event: ConnectionEvent) {
        told.yield(event)
    }

    func onEnd(error: FieldbookError) {
        told.finish(throwing: error)
    }

    deinit {
        told.finish()
    }
}
