package app.fieldbook

import java.util.UUID

/**
 * Something that can be done to a record of type [R]: `OpportunityAction.Win(actualValue = "120".toBigDecimal())`.
 *
 * @property type the type of the records it is for
 * @property verb its name in the lifecycle's table
 */
public abstract class RecordAction<R : Any> internal constructor(
    public val type: RecordType<R>,
    public val verb: String,
    vararg given: Pair<String, Any?>,
) {
    /** What the person says with it; what was not said is not there. */
    public val arguments: List<NamedValue> =
        given.mapNotNull { (name, value) -> value?.let { NamedValue(name, fieldValue(it)) } }

    /** Whether only the office does it, wherever it starts, so that it needs a connection. */
    public open val onlyAtOffice: Boolean get() = false

    /** The step of a bundle that does this to the record with this id. */
    public fun on(id: UUID): Step = Step.Act(type.ref(id), verb, arguments)
}
