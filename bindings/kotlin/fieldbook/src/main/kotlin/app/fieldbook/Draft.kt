package app.fieldbook

import app.fieldbook.records.Estimate
import app.fieldbook.records.Pricing

/**
 * A record that is being filled in, for Java, which has no `copy`:
 *
 * ```java
 * Account globex = Accounts.INSTANCE.draft(book.newId()).set(Accounts.name, "Globex").set(Accounts.city, "Oslo").getRecord();
 * ```
 *
 * Every call gives another draft.
 *
 * @property record the record so far
 */
public class Draft<R : Any> internal constructor(public val record: R) {
    /** Fills in [field]; null empties it. */
    public fun <V : Any> set(field: Editable<R, V>, value: V?): Draft<R> = Draft(field.set(record, value))
}

// A part of a compound can be set where the compound is not there yet.

internal fun Pricing?.orNew(): Pricing = this ?: Pricing()

internal fun Estimate?.orNew(): Estimate = this ?: Estimate()
