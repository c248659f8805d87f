@file:JvmName("Judging")

package app.fieldbook

import app.fieldbook.records.RecordFlag
import java.util.UUID

/**
 * What the office would decide about an action if nothing else has happened there; nothing is written.
 *
 * Throws `NotFound`; `Refused`: what the phone itself refuses.
 */
public suspend fun <R : Any> Book.forecast(id: UUID, action: RecordAction<R>): Forecast =
    forecast(action.type.ref(id), action.verb, action.arguments)

/** What of a record deserves a look; none of it is refused. Throws `NotFound`. */
public suspend fun Book.flags(type: RecordType<*>, id: UUID): List<RecordFlag> = flags(type.ref(id))

/** Takes a value that lost: writes it as an edit like any other. Throws `NotFound`, `Refused`. */
public suspend fun Book.choose(type: RecordType<*>, id: UUID, alternative: Alternative): Unit =
    chooseAlternative(type.ref(id), alternative.key)

/** Lets go of a value that lost, here at once and everywhere with the next sync. Throws `NotFound`, `Refused`. */
public suspend fun Book.dismiss(type: RecordType<*>, id: UUID, alternative: Alternative): Unit =
    dismissAlternative(type.ref(id), alternative.key)
