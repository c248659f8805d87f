@file:JvmName("FieldValues")

package app.fieldbook

import app.fieldbook.records.RecordRef
import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate
import java.util.UUID

/**
 * What a field holds, from Kotlin's own types: text, flags, whole numbers, amounts, days, moments, ids, references; null is
 * nothing. Throws `IllegalArgumentException` for anything else.
 */
@JvmName("of")
public fun fieldValue(value: Any?): FieldValue = when (value) {
    null -> FieldValue.Empty
    is FieldValue -> value
    is String -> FieldValue.Text(value)
    is Boolean -> FieldValue.Flag(value)
    is Int -> FieldValue.Number(value.toLong())
    is Long -> FieldValue.Number(value)
    is BigDecimal -> FieldValue.Amount(value)
    is LocalDate -> FieldValue.Day(value)
    is Instant -> FieldValue.Moment(value)
    is UUID -> FieldValue.Link(value)
    is RecordRef -> FieldValue.Reference(value)
    else -> throw IllegalArgumentException("no field holds a ${value.javaClass.name}")
}

/** The value in Kotlin's own type, null where there is nothing; JSON stays text. */
@get:JvmName("plain")
public val FieldValue.plain: Any?
    get() = when (this) {
        is FieldValue.Empty -> null
        is FieldValue.Text -> value
        is FieldValue.Flag -> value
        is FieldValue.Number -> value
        is FieldValue.Amount -> value
        is FieldValue.Day -> value
        is FieldValue.Moment -> value
        is FieldValue.Link -> value
        is FieldValue.Reference -> value
        is FieldValue.Json -> value
    }
