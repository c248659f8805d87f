package app.fieldbook

import app.fieldbook.records.AnyRecord
import app.fieldbook.records.RecordRef
import java.util.UUID

/**
 * A type of records: `Accounts`, `Opportunities`. From here come queries, references and the steps of bundles.
 *
 * @property typeName the name in documents and references, `price_list`
 */
public abstract class RecordType<R : Any> internal constructor(public val typeName: String) {
    /** The record as any record. */
    public abstract fun wrap(record: R): AnyRecord

    /** The record, if it is of this type. */
    public abstract fun unwrap(any: AnyRecord): R?

    /** What identifies the record. */
    public abstract fun idOf(record: R): UUID

    /** A record with this id that holds nothing yet. */
    public abstract fun blank(id: UUID): R

    /** A record with this id, to be filled in by Java. */
    public fun draft(id: UUID): Draft<R> = edit(blank(id))

    /** A copy of [record], to be changed by Java. */
    public fun edit(record: R): Draft<R> = Draft(record)

    /** What points to the record with this id. */
    public fun ref(id: UUID): RecordRef = RecordRef(typeName, id)

    /** All records of this type that are not deleted. */
    public fun all(): Query<R> = Query(this)

    /** The records that hold [value] in [field]; null asks for nothing in it. */
    public fun <V : Any> where(field: Field<R, V>, value: V?): Query<R> = all().where(field, value)

    /** All records by what [field] holds, smallest first unless [descending]. */
    @JvmOverloads
    public fun sortedBy(field: Field<R, *>, descending: Boolean = false): Query<R> = all().sortedBy(field, descending)

    /** The first [count] records. */
    public fun limit(count: Int): Query<R> = all().limit(count)

    /** The step of a bundle that creates [record] under the id it carries. */
    public fun create(record: R): Step = Step.Create(wrap(record))

    /** The step of a bundle that writes what changed between the copy the app showed and the copy the person edited. */
    public fun save(was: R, now: R): Step = Step.Save(wrap(was), wrap(now))

    override fun toString(): String = typeName
}
