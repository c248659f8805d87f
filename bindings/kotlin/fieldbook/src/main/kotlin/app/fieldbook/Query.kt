package app.fieldbook

/**
 * What a list shows: records of one type, filtered, sorted, a stretch of it. Deleted records never.
 *
 * ```
 * Opportunities.where(Opportunities.state, Opportunities.State.OPEN).sortedBy(Opportunities.estCloseDate).limit(50)
 * ```
 *
 * Every call gives another query; a query can be kept and shared.
 *
 * @property type the type of the records
 */
public class Query<R : Any> private constructor(public val type: RecordType<R>, private val query: RecordQuery) {
    internal constructor(type: RecordType<R>) : this(type, RecordQuery(type.typeName))

    /** Only the records that hold [value] in [field]; null asks for nothing in it. */
    public fun <V : Any> where(field: Field<R, V>, value: V?): Query<R> =
        with(query.copy(filters = query.filters + NamedValue(field.path, fieldValue(value))))

    /** By what [field] holds, smallest first unless [descending]. Unsorted lists follow the time of creation. */
    @JvmOverloads
    public fun sortedBy(field: Field<R, *>, descending: Boolean = false): Query<R> =
        with(query.copy(sort = field.path, descending = descending))

    /** At most [count] records. */
    public fun limit(count: Int): Query<R> {
        require(count >= 0) { "a limit is not negative: $count" }
        return with(query.copy(limit = count.toUInt()))
    }

    /** Without the first [count] records. */
    public fun offset(count: Int): Query<R> {
        require(count >= 0) { "an offset is not negative: $count" }
        return with(query.copy(offset = count.toUInt()))
    }

    /** The query as the book takes it. */
    public fun toRecordQuery(): RecordQuery = query

    override fun equals(other: Any?): Boolean = other is Query<*> && other.query == query

    override fun hashCode(): Int = query.hashCode()

    override fun toString(): String = query.toString()

    private fun with(changed: RecordQuery) = Query(type, changed)
}
