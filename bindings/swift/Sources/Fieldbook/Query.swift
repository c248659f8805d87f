import Foundation

/// Which records of a type a list shows, and in which order. Deleted records never.
///
/// ```swift
/// Opportunity.records.where(\.state, is: Opportunity.State.open).sorted(by: \.estCloseDate, descending: true).limit(50)
/// ```
public struct Query<Record: FieldbookRecord>: Sendable, Hashable {
    /// The query where the type of the records is not known to the compiler.
    public private(set) var recordQuery = RecordQuery(kind: Record.kind)

    init() {}

    /// Only the records that hold `value` in the field; `nil` asks for nothing in it.
    public func `where`<Value>(_ field: KeyPath<Record.Fields, Field<Value>>, is value: Value?) -> Query {
        with { query in
            query.filters.append(NamedValue(name: Record.fields[keyPath: field].path, value: value?.fieldValue ?? .empty))
        }
    }

    /// Sorted by what the field holds, smallest first unless `descending`; else by id, which follows the time of creation.
    public func sorted<Value>(by field: KeyPath<Record.Fields, Field<Value>>, descending: Bool = false) -> Query {
        with { query in
            query.sort = Record.fields[keyPath: field].path
            query.descending = descending
        }
    }

    /// `count` records at most.
    public func limit(_ count: Int) -> Query {
        with { $0.limit = UInt32(clamping: count) }
    }

    /// Without the first `count` records.
    public func offset(_ count: Int) -> Query {
        with { $0.offset = UInt32(clamping: count) }
    }

    private func with(_ change: (inout RecordQuery) -> Void) -> Query {
        var query = self
        change(&query.recordQuery)
        return query
    }
}
