package app.fieldbook

/**
 * A field of the records of type [R] that holds a [V]: what lists are filtered and sorted by.
 *
 * @property path the name in documents; a part of a compound is written `field.part`
 */
public open class Field<R : Any, V : Any> internal constructor(public val path: String, private val read: (R) -> V?) {
    /** What the record holds in it. */
    public fun get(record: R): V? = read(record)

    override fun toString(): String = path
}

/** Something of a record that a person can fill in. */
public interface Editable<R : Any, V : Any> {
    /** A copy of the record that holds [value] here, or nothing. */
    public fun set(record: R, value: V?): R
}

/** A field a person can fill in. */
public class EditableField<R : Any, V : Any> internal constructor(
    path: String,
    read: (R) -> V?,
    private val write: (R, V?) -> R,
) : Field<R, V>(path, read), Editable<R, V> {
    override fun set(record: R, value: V?): R = write(record, value)
}

/** The children of a record, such as the lines of an opportunity. */
public class Children<R : Any, C : Any> internal constructor(
    private val read: (R) -> List<C>,
    private val write: (R, List<C>) -> R,
) : Editable<R, List<C>> {
    /** The record's children. */
    public fun get(record: R): List<C> = read(record)

    override fun set(record: R, value: List<C>?): R = write(record, value.orEmpty())
}
