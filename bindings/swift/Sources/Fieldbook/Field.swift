import Foundation

/// A field that holds a `Value`: what lists are filtered and sorted by.
public struct Field<Value: FieldContent>: Sendable, Hashable {
    /// The name in documents; a part of a compound is written `field.part`.
    public let path: String

    init(_ path: String) {
        self.path = path
    }
}

extension [NamedValue] {
    /// What the values say about a field: `entry.fields[Opportunity.fields.topic]`. `nil` where they say nothing about it, or
    /// that it was emptied.
    public subscript<Value: FieldContent>(field: Field<Value>) -> Value? {
        first { $0.name == field.path }?.value.content()
    }
}
