package app.fieldbook

import java.util.UUID

/**
 * Several things that are done as one: all of them or none, here and on the server.
 *
 * `create` and `save` take every type of record:
 * ```
 * book.bundle {
 *     create(account)
 *     create(opportunity)
 *     act(lead.id, LeadAction.Qualify(account = account.id))
 * }
 * ```
 */
public class Bundle {
    private val given = mutableListOf<Step>()

    /** The steps so far, in their order. */
    public val steps: List<Step> get() = given.toList()

    /** Takes a step. */
    public fun add(step: Step) {
        given += step
    }

    /** Performs an action on the record with this id. */
    public fun <R : Any> act(id: UUID, action: RecordAction<R>): Unit = add(action.on(id))
}

/**
 * Does several things as one; gives, in order, the id of each record created or saved and of each action.
 *
 * Throws as the single calls; then nothing was written.
 */
public suspend fun Book.bundle(build: Bundle.() -> Unit): List<UUID> = apply(Bundle().also(build).steps)

/**
 * Does a bundle for each of [items] in one transaction of the book; the server answers each on its own. Much faster than one
 * by one. Gives for each bundle what `bundle` gives.
 *
 * Throws as the single calls; then nothing was written.
 */
public suspend fun <T> Book.bundleEach(items: Iterable<T>, build: Bundle.(T) -> Unit): List<List<UUID>> =
    applyEach(items.map { item -> Bundle().also { it.build(item) }.steps })
