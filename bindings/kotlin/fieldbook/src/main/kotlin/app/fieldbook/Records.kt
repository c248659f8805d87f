@file:JvmName("Records")

package app.fieldbook

import app.fieldbook.records.AnyRecord
import java.util.UUID
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * A record, deleted ones included.
 *
 * Throws `NotFound`; `UpgradeNeeded` where a newer app keeps what this one cannot show.
 */
public suspend fun <R : Any> Book.get(type: RecordType<R>, id: UUID): R = type.own(record(type.ref(id)))

/** The records a query asks for. Throws `Refused` for a name the type does not have. */
public suspend fun <R : Any> Book.list(query: Query<R>): List<R> =
    // Long lists are taken apart away from the caller's thread, which may be the one that draws.
    withContext(Dispatchers.Default) { listRecords(query.toRecordQuery()).map(query.type::own) }

/** How many records a query asks for, whatever its limit. Throws as `list`. */
public suspend fun Book.count(query: Query<*>): Long = countRecords(query.toRecordQuery())

/**
 * Performs an action on the record with this id; gives the id of the action itself.
 *
 * What only the office does, wherever it starts, is done there, as by `actAtOffice`. What the office does only from some
 * states is refused from those with the code `TYPE.ACTION.office`; `AvailableAction.office` tells it before.
 *
 * Throws `NotFound`; `Refused`: not permitted, not possible from here, a guard that does not hold.
 */
public suspend fun <R : Any> Book.act(id: UUID, action: RecordAction<R>): UUID =
    if (action.onlyAtOffice) actAtOffice(id, action) else perform(action.type.ref(id), action.verb, action.arguments)

/**
 * Performs an action at the office, while the person waits; gives the id of the action itself.
 *
 * Throws `Offline`: nothing is queued, its reason says whether it was not done or its answer was lost; `SignedOut`,
 * `NotFound`; `Refused`: what the office says no to.
 */
public suspend fun <R : Any> Book.actAtOffice(id: UUID, action: RecordAction<R>): UUID =
    performAtOffice(action.type.ref(id), action.verb, action.arguments)

/** Deletes a record; an edit somebody made meanwhile brings it back. Throws `NotFound`, `Refused`. */
public suspend fun Book.delete(type: RecordType<*>, id: UUID): UUID = delete(type.ref(id))

/** The actions of a record: what can be done now, and why the rest cannot. Throws `NotFound`, `SignedOut`. */
public suspend fun Book.available(type: RecordType<*>, id: UUID): List<AvailableAction> = available(type.ref(id))

/** Who changed what, and when, each change after what it builds on. Throws `NotFound`. */
public suspend fun Book.history(type: RecordType<*>, id: UUID): List<HistoryEntry> = history(type.ref(id))

/** What happened around a record and what is to happen, a page at a time. Throws `NotFound`, `Refused`. */
public suspend fun Book.timeline(type: RecordType<*>, id: UUID, query: TimelineQuery = TimelineQuery()): TimelinePage =
    timeline(type.ref(id), query)

/** The attachments of a record, and where their files are. Throws `NotFound`. */
public suspend fun Book.attachments(type: RecordType<*>, id: UUID): List<AttachedFile> = attachments(type.ref(id))

/** The values that lost against others, kept for their authors. Throws `NotFound`. */
public suspend fun Book.alternatives(type: RecordType<*>, id: UUID): List<Alternative> = alternatives(type.ref(id))

/** The record, which the book gave for this type. */
internal fun <R : Any> RecordType<R>.own(any: AnyRecord): R =
    unwrap(any) ?: throw FieldbookException.Bug("record.type", "a $typeName was asked for and something else was given")
