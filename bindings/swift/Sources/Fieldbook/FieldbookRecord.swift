import Foundation

/// A record of one type, such as an ``Opportunity`` or an ``Account``.
public protocol FieldbookRecord: Sendable, Hashable, Identifiable where ID == UUID {
    /// What lists of this type can be filtered and sorted by.
    associatedtype Fields: Sendable
    /// What can be done to a record of this type.
    associatedtype Action: RecordAction

    /// The type's name in documents and references.
    static var kind: String { get }
    /// What lists of this type can be filtered and sorted by.
    static var fields: Fields { get }

    /// The record of this type in `any`; `nil` if it is of another.
    init?(_ any: AnyRecord)

    /// Identifies the record.
    var id: UUID { get }
    /// The record as one of any type.
    var any: AnyRecord { get }
}

extension FieldbookRecord {
    /// What other records refer to it by.
    public var ref: RecordRef { Self.ref(id) }

    /// What records refer to the record of this type under `id` by.
    public static func ref(_ id: UUID) -> RecordRef { RecordRef(kind: kind, id: id) }

    /// All records of this type that are not deleted, to be narrowed.
    public static var records: Query<Self> { Query() }

    /// The record in what the book gave for this type.
    static func own(_ any: AnyRecord) throws -> Self {
        guard let record = Self(any) else {
            throw FieldbookError.Bug(code: "record.type", reason: "a \(kind) was asked for and something else was given")
        }
        return record
    }
}
