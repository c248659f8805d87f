//! The record types as Swift sees them: an extension of each record's struct.

use std::fmt::Write as _;

use heck::ToLowerCamelCase;

use crate::face::{Action, Holds, Member, Record, escaped, records};

/// `RecordTypes.swift`.
pub(crate) fn record_types() -> String {
    let mut page = "// Written by `make bindings` from the tables in sdk/domain; never edited.\n\nimport Foundation\n".to_owned();
    for record in records() {
        extension(&mut page, &record);
    }
    page
}

fn extension(page: &mut String, record: &Record) {
    let Record { kind, name, doc, .. } = record;
    let case = name.to_lower_camel_case();
    let _ = write!(
        page,
        "\n// {doc}\nextension {name}: FieldbookRecord {{
    /// The name in documents and references.
    public static let kind = \"{kind}\"

    public init?(_ any: AnyRecord) {{
        guard case .{case}(let record) = any else {{ return nil }}
        self = record
    }}

    public var any: AnyRecord {{ .{case}(record: self) }}

    /// What a list can be filtered and sorted by.
    public struct Fields: Sendable {{
"
    );
    for field in &record.fields {
        let Member { name, path, doc, holds, .. } = field;
        let _ =
            writeln!(page, "        /// {doc}\n        public let {} = Field<{}>(\"{path}\")", word(name), swift_type(*holds));
    }
    page.push_str("    }\n\n    /// What a list can be filtered and sorted by.\n    public static let fields = Fields()\n");
    for (set, words) in record.words() {
        let _ = writeln!(
            page,
            "\n    /// Words of `{}`; a newer app may know more.\n    public enum {set} {{",
            set.to_lower_camel_case()
        );
        for value in words {
            let _ = writeln!(page, "        public static let {} = \"{value}\"", word(&value.to_lower_camel_case()));
        }
        page.push_str("    }\n");
    }
    actions(page, record);
    page.push_str("}\n");
}

fn actions(page: &mut String, record: &Record) {
    page.push_str("\n    /// What can be done to it.\n    public enum Action: RecordAction {\n");
    for Action { verb, doc, arguments, .. } in &record.actions {
        let _ = writeln!(page, "        /// {doc}");
        for argument in arguments {
            let _ = writeln!(page, "        /// - Parameter {}: {}", argument.name, argument.doc);
        }
        let listed: Vec<String> =
            arguments.iter().map(|one| format!("{}: {}? = nil", word(&one.name), swift_type(one.holds))).collect();
        let listed = if listed.is_empty() { String::new() } else { format!("({})", listed.join(", ")) };
        let _ = writeln!(page, "        case {}{listed}", word(&verb.to_lower_camel_case()));
    }
    page.push_str("\n        public var verb: String {\n            switch self {\n");
    for action in &record.actions {
        let _ = writeln!(page, "            case .{}: \"{}\"", word(&action.verb.to_lower_camel_case()), action.verb);
    }
    page.push_str("            }\n        }\n\n        public var arguments: [NamedValue] {\n            switch self {\n");
    for Action { verb, arguments, .. } in &record.actions {
        let verb = word(&verb.to_lower_camel_case());
        if arguments.is_empty() {
            let _ = writeln!(page, "            case .{verb}: []");
            continue;
        }
        let bound: Vec<String> = arguments.iter().map(|one| word(&one.name)).collect();
        let given: Vec<String> = arguments.iter().map(|one| format!("(\"{}\", {})", one.path, word(&one.name))).collect();
        let _ = writeln!(page, "            case let .{verb}({}): given([{}])", bound.join(", "), given.join(", "));
    }
    page.push_str("            }\n        }\n");
    only_at_office(page, record);
    page.push_str("    }\n");
}

/// Which actions go to the office by themselves; the protocol says that none does.
fn only_at_office(page: &mut String, record: &Record) {
    let office: Vec<&Action> = record.actions.iter().filter(|action| action.only_at_office).collect();
    if office.is_empty() {
        return;
    }
    page.push_str("\n        public var onlyAtOffice: Bool {\n            switch self {\n");
    for action in &office {
        let _ = writeln!(page, "            case .{}: true", word(&action.verb.to_lower_camel_case()));
    }
    if office.len() < record.actions.len() {
        page.push_str("            default: false\n");
    }
    page.push_str("            }\n        }\n");
}

fn swift_type(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "String",
        Holds::Flag => "Bool",
        Holds::Number => "Int64",
        Holds::Amount => "Decimal",
        Holds::Day => "Day",
        Holds::Moment => "Date",
        Holds::Link => "UUID",
        Holds::Reference => "RecordRef",
    }
}

/// A name Swift takes.
fn word(name: &str) -> String {
    const RESERVED: &[&str] = &[
        "as",
        "break",
        "case",
        "catch",
        "class",
        "continue",
        "default",
        "defer",
        "do",
        "else",
        "enum",
        "extension",
        "false",
        "for",
        "func",
        "guard",
        "if",
        "import",
        "in",
        "init",
        "inout",
        "internal",
        "is",
        "let",
        "nil",
        "operator",
        "private",
        "protocol",
        "public",
        "repeat",
        "rethrows",
        "return",
        "self",
        "static",
        "struct",
        "subscript",
        "super",
        "switch",
        "throw",
        "throws",
        "true",
        "try",
        "var",
        "where",
        "while",
    ];
    escaped(name, RESERVED)
}
