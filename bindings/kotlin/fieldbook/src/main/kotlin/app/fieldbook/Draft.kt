package app.fieldbook

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
