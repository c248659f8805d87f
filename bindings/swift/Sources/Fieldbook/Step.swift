import Foundation

extension Step {
    /// Creates `record` under the id it carries.
    public static func create(_ record: some FieldbookRecord) -> Step {
        .create(record: record.any)
    }

    /// Writes what changed between `was`, the copy the app showed, and `now`, the copy the person edited.
    public static func save<Record: FieldbookRecord>(was: Record, now: Record) -> Step {
        .save(was: was.any, now: now.any)
    }

    /// Performs `action` on `record`.
    public static func act<Record: FieldbookRecord>(on record: Record, _ action: Record.Action) -> Step {
        .act(target: record.ref, action: action.verb, arguments: action.arguments)
    }
}
