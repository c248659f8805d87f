import Foundation

/// Something that can be done to a record of one type, with what the person says about it.
public protocol RecordAction: Sendable, Hashable {
    /// The action's name in documents.
    var verb: String { get }
    /// What the person says with it.
    var arguments: [NamedValue] { get }
    /// Whether only the office does it, wherever it starts, so that it needs a connection.
    var onlyAtOffice: Bool { get }
}

extension RecordAction {
    public var onlyAtOffice: Bool { false }
}

/// The arguments that were given, by their names in documents.
func given(_ arguments: [(String, (any FieldContent)?)]) -> [NamedValue] {
    arguments.compactMap { name, value in
        value.map { NamedValue(name: name, value: $0.fieldValue) }
    }
}
