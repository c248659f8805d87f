import Foundation

/// Writing records.
extension Book {
    /// Creates `record` under the id it carries, which `newId()` gives; its children take their ids from there as well.
    ///
    /// Throws `SignedOut`; `Refused`: not permitted, a value that cannot be kept.
    @discardableResult
    public func create(_ record: some FieldbookRecord) async throws -> UUID {
        try await createRecord(record: record.any)
    }

    /// Writes what changed between `was`, the copy the app showed, and `now`, the copy the person edited; touches no other field.
    ///
    /// Throws `NotFound`; `Refused`: not permitted, frozen, deleted, a value that cannot be kept.
    public func save<Record: FieldbookRecord>(was: Record, now: Record) async throws {
        try await saveRecord(was: was.any, now: now.any)
    }

    /// Performs `action` on `record`; gives the id of the action itself.
    ///
    /// What only the office does, wherever it starts, is done there, as by ``actAtOffice(on:_:)``. What the office does only
    /// from some states is refused from those with the code `TYPE.ACTION.office`; `AvailableAction.office` tells it before.
    ///
    /// Throws `NotFound`; `Refused`: not permitted, not possible from here, a guard that does not hold.
    @discardableResult
    public func act<Record: FieldbookRecord>(on record: Record, _ action: Record.Action) async throws -> UUID {
        if action.onlyAtOffice {
            return try await actAtOffice(on: record, action)
        }
        return try await perform(target: record.ref, action: action.verb, arguments: action.arguments)
    }

    /// Performs `action` on `record` at the office, while the person waits; gives the id of the action itself.
    ///
    /// Throws `Offline`: nothing is queued, its reason says whether it was not done or its answer was lost; `SignedOut`,
    /// `NotFound`; `Refused`: what the office says no to.
    @discardableResult
    public func actAtOffice<Record: FieldbookRecord>(on record: Record, _ action: Record.Action) async throws -> UUID {
        try await performAtOffice(target: record.ref, action: action.verb, arguments: action.arguments)
    }

    /// Deletes `record`; an edit somebody made meanwhile brings it back.
    ///
    /// Throws `NotFound`, `Refused`.
    @discardableResult
    public func delete(_ record: some FieldbookRecord) async throws -> UUID {
        try await delete(target: record.ref)
    }
}

/// Reading records.
extension Book {
    /// The record of a type under `id`, deleted ones included.
    ///
    /// Throws `NotFound`; `UpgradeNeeded` where a newer app keeps what this one cannot show.
    public func record<Record: FieldbookRecord>(_ type: Record.Type, id: UUID) async throws -> Record {
        try Record.own(try await record(target: Record.ref(id)))
    }

    /// The records a query asks for.
    ///
    /// Throws `Refused` for a name the type does not have.
    public func list<Record>(_ query: Query<Record>) async throws -> [Record] {
        try await listRecords(query: query.recordQuery).map(Record.own)
    }

    /// How many records a query asks for, whatever its limit.
    ///
    /// Throws as ``list(_:)``.
    public func count<Record>(_ query: Query<Record>) async throws -> Int {
        Int(try await countRecords(query: query.recordQuery))
    }

    /// The actions of `record`: what can be done now, and why the rest cannot.
    ///
    /// Throws `NotFound`, `SignedOut`.
    public func available(_ record: some FieldbookRecord) async throws -> [AvailableAction] {
        try await available(target: record.ref)
    }

    /// Who changed what in `record`, and when, each change after what it builds on.
    ///
    /// Throws `NotFound`.
    public func history(_ record: some FieldbookRecord) async throws -> [HistoryEntry] {
        try await history(target: record.ref)
    }

    /// What happened around `record` and what is to happen, a page at a time.
    ///
    /// Throws `NotFound`; `Refused` for a query that cannot be answered.
    public func timeline(_ record: some FieldbookRecord, _ query: TimelineQuery = TimelineQuery()) async throws -> TimelinePage {
        try await timeline(target: record.ref, query: query)
    }

    /// The values that lost against others in `record`, kept for their authors.
    ///
    /// Throws `NotFound`.
    public func alternatives(_ record: some FieldbookRecord) async throws -> [Alternative] {
        try await alternatives(target: record.ref)
    }
}
