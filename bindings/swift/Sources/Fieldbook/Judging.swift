import Foundation

/// What people see of the judge, for typed records.
extension Book {
    /// What the office would decide about `action` on `record` if nothing else has happened there; nothing is written.
    ///
    /// Throws `NotFound`; `Refused`: what the phone itself refuses.
    public func forecast<R: FieldbookRecord>(on record: R, _ action: R.Action) async throws -> Forecast {
        try await forecast(target: record.ref, action: action.verb, arguments: action.arguments)
    }

    /// What of `record` deserves a look; none of it is refused. Throws `NotFound`.
    public func flags(of record: some FieldbookRecord) async throws -> [RecordFlag] {
        try await flags(target: record.ref)
    }

    /// Takes a value that lost: writes it as an edit like any other. Throws `NotFound`, `Refused`.
    public func choose(_ alternative: Alternative, of record: some FieldbookRecord) async throws {
        try await chooseAlternative(target: record.ref, key: alternative.key)
    }

    /// Lets go of a value that lost, here at once and everywhere with the next sync. Throws `NotFound`, `Refused`.
    public func dismiss(_ alternative: Alternative, of record: some FieldbookRecord) async throws {
        try await dismissAlternative(target: record.ref, key: alternative.key)
    }
}
