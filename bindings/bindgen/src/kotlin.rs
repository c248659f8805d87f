//! The record types as Kotlin sees them: an object for each type, a sealed class for its actions, typed calls of the book.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use fieldbook_domain::field::{Freeze, Kind};
use fieldbook_domain::record::Collection;
use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToUpperCamelCase};

use crate::face::{Action, Holds, Member, Record, escaped, lettered, records};

/// `RecordTypes.kt`. `structs` is what uniffi declared the records with.
///
/// # Errors
/// A compound that `structs` does not declare.
pub(crate) fn record_types(structs: &str) -> Result<String> {
    let mut page = "// Written by `make bindings` from the tables in sdk/domain; never edited.\n\npackage app.fieldbook\n\n\
                    import app.fieldbook.records.*\nimport java.math.BigDecimal\nimport java.time.Instant\nimport \
                    java.time.LocalDate\nimport java.util.UUID\n"
        .to_owned();
    let records = records();
    for record in &records {
        object(&mut page, record, structs)?;
        actions(&mut page, record);
        calls(&mut page, record);
    }
    list(&mut page, &records);
    Ok(page)
}

fn object(page: &mut String, record: &Record, structs: &str) -> Result<()> {
    let (name, plural) = (&record.name, record.plural());
    let _ = write!(
        page,
        "\n/** {} */
public object {plural} : RecordType<{name}>(\"{}\") {{
    override fun wrap(record: {name}): AnyRecord = AnyRecord.{name}(record)

    override fun unwrap(any: AnyRecord): {name}? = (any as? AnyRecord.{name})?.record

    override fun idOf(record: {name}): UUID = record.id

    override fun blank(id: UUID): {name} = {name}(id)
",
        record.doc, record.kind
    );
    for member in &record.fields {
        field(page, record, member, structs)?;
    }
    for collection in record.declared.collections {
        let Collection { name: path, doc, .. } = collection;
        let (children, doc) = (word(&path.to_lower_camel_case()), doc.trim());
        let _ = write!(
            page,
            "\n    /** {doc} */\n    @JvmField\n    public val {children} = Children({{ it: {name} -> it.{children} }}, {{ it, value -> \
             it.copy({children} = value) }})\n"
        );
    }
    for (set, words) in record.words() {
        let _ = write!(page, "\n    /** Words of this field; a newer app may know more. */\n    public object {set} {{\n");
        for value in words {
            let _ = writeln!(page, "        public const val {}: String = \"{value}\"", lettered(&value.to_shouty_snake_case()));
        }
        page.push_str("    }\n");
    }
    page.push_str("}\n");
    Ok(())
}

/// A field: what follows from the rest can be read, what a person types can be set as well.
fn field(page: &mut String, record: &Record, member: &Member, structs: &str) -> Result<()> {
    let Member { path, name: field, doc, holds, .. } = member;
    let (name, holds, field) = (&record.name, kotlin_type(*holds), word(field));
    let (head, part) = path.split_once('.').map_or((path.as_str(), None), |(head, part)| (head, Some(part)));
    let declared = record.declared.field(head).filter(|field| field.freeze != Freeze::Server && !field.computed);
    let property = word(&head.to_lower_camel_case());
    let made = match (declared, part) {
        (None, None) => format!("Field<{name}, {holds}> = Field(\"{path}\") {{ it.{property} }}"),
        (None, Some(part)) => {
            let part = word(&part.to_lower_camel_case());
            format!("Field<{name}, {holds}> = Field(\"{path}\") {{ it.{property}?.{part} }}")
        }
        (Some(_), Some(part)) => {
            let part = word(&part.to_lower_camel_case());
            let whole = compound(structs, name, &head.to_lower_camel_case())?;
            format!(
                "EditableField<{name}, {holds}> =\n        EditableField(\"{path}\", {{ it.{property}?.{part} }}) {{ it, value -> \
                 it.copy({property} = (it.{property} ?: {whole}()).copy({part} = value)) }}"
            )
        }
        (Some(declared), None) => {
            let always = matches!(declared.kind, Kind::LongText { .. })
                || (declared.required && holds == "String" && member.words.is_empty());
            let value = if always { "value.orEmpty()" } else { "value" };
            format!(
                "EditableField<{name}, {holds}> =\n        EditableField(\"{path}\", {{ it.{property} }}) {{ it, value -> \
                 it.copy({property} = {value}) }}"
            )
        }
    };
    let _ = write!(page, "\n    /** {doc} */\n    @JvmField\n    public val {field}: {made}\n");
    Ok(())
}

/// The struct a compound of this record is: a field does not know its name, uniffi's part of the face does.
fn compound<'a>(structs: &'a str, record: &str, property: &str) -> Result<&'a str> {
    let within = structs.split_once(&format!("data class {record} (")).map(|(_, rest)| rest);
    let after = within.and_then(|rest| rest.split_once(&format!("val `{property}`: "))).map(|(_, rest)| rest);
    let (name, _) = after.and_then(|rest| rest.split_once('?')).with_context(|| format!("{record} declares no {property}"))?;
    Ok(name)
}

fn actions(page: &mut String, record: &Record) {
    let (name, plural) = (&record.name, record.plural());
    let _ = write!(
        page,
        "\n/** What can be done to a record of [{plural}]. */
public sealed class {name}Action(verb: String, vararg given: Pair<String, Any?>) : RecordAction<{name}>({plural}, verb, *given) {{
"
    );
    for Action { verb, doc, arguments, only_at_office } in &record.actions {
        let class = verb.to_upper_camel_case();
        let office = if *only_at_office { " {\n        override val onlyAtOffice: Boolean get() = true\n    }" } else { "" };
        if arguments.is_empty() {
            let _ = writeln!(page, "    /** {doc} */\n    public data object {class} : {name}Action(\"{verb}\"){office}");
            continue;
        }
        let mut docs = String::new();
        let (mut declared, mut given) = (Vec::new(), Vec::new());
        for Member { path, name: argument, doc, holds, .. } in arguments {
            let argument = word(argument);
            let _ = write!(docs, "\n     * @property {argument} {doc}");
            declared.push(format!("val {argument}: {}? = null", kotlin_type(*holds)));
            given.push(format!("\"{path}\" to {argument}"));
        }
        let _ = writeln!(
            page,
            "    /**\n     * {doc}\n     *{docs}\n     */\n    public data class {class} @JvmOverloads constructor({}) :\n        {name}Action(\"{verb}\", {}){office}",
            declared.join(", "),
            given.join(", ")
        );
    }
    page.push_str("}\n");
}

fn calls(page: &mut String, record: &Record) {
    let (name, plural) = (&record.name, record.plural());
    let _ = write!(
        page,
        "\n/** Creates a record under the id it carries; gives that id. */
public suspend fun Book.create(record: {name}): UUID = createRecord({plural}.wrap(record))

/** Writes what changed between the copy the app showed and the copy the person edited; touches no other field. */
public suspend fun Book.save(was: {name}, now: {name}): kotlin.Unit = saveRecord({plural}.wrap(was), {plural}.wrap(now))

/** Creates a record under the id it carries. */
public fun Bundle.create(record: {name}): kotlin.Unit = add({plural}.create(record))

/** Writes what changed between the copy the app showed and the copy the person edited; touches no other field. */
public fun Bundle.save(was: {name}, now: {name}): kotlin.Unit = add({plural}.save(was, now))
"
    );
}

fn list(page: &mut String, records: &[Record]) {
    page.push_str("\n/** Every record type. */\npublic val RECORD_TYPES: List<RecordType<*>> = listOf(\n");
    for record in records {
        let _ = writeln!(page, "    {},", record.plural());
    }
    page.push_str(")\n");
}

fn kotlin_type(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "String",
        Holds::Flag => "Boolean",
        Holds::Number => "Long",
        Holds::Amount => "BigDecimal",
        Holds::Day => "LocalDate",
        Holds::Moment => "Instant",
        Holds::Link => "UUID",
        Holds::Reference => "RecordRef",
    }
}

/// A name Kotlin takes.
fn word(name: &str) -> String {
    const RESERVED: &[&str] = &[
        "as",
        "break",
        "class",
        "continue",
        "do",
        "else",
        "false",
        "for",
        "fun",
        "if",
        "in",
        "interface",
        "is",
        "null",
        "object",
        "package",
        "return",
        "super",
        "this",
        "throw",
        "true",
        "try",
        "typealias",
        "typeof",
        "val",
        "var",
        "when",
        "while",
    ];
    escaped(name, RESERVED)
}
