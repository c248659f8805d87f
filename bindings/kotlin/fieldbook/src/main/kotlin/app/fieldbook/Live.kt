@file:JvmName("Live")

package app.fieldbook

import kotlinx.coroutines.channels.BufferOverflow
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.ProducerScope
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.channelFlow
import kotlinx.coroutines.flow.conflate

/** How many events of the connection wait for a collector that is busy. */
private const val EVENTS_WAITING = 256

/**
 * The records of a query now, and again whenever they differ, for as long as somebody collects. A collector that is busy is
 * given the latest list, not every one.
 *
 * Fails with `Refused` for a name the type does not have, and with `Storage`, `book.closed`, when the book ends.
 */
public fun <R : Any> Book.live(query: Query<R>): Flow<List<R>> = callbackFlow {
    endWithFlow(observeRecords(query.toRecordQuery(), Rows(query.type, ::trySend, ::close)))
}.conflate()

/**
 * Says once at the start, and then whenever something was written, by the person or by a sync, that status and inbox can be read
 * (again): `book.changes().map { book.status() }`. Several writes may be told as one.
 *
 * Fails with `Storage`, `book.closed`, when the book ends.
 */
public fun Book.changes(): Flow<Unit> = callbackFlow {
    val subscription = observeChanges(Written({ trySend(Unit) }, ::close))
    // After the subscription, so that nothing is written in between.
    trySend(Unit)
    endWithFlow(subscription)
}.conflate()

/**
 * Connected to the server for as long as somebody collects: colleagues' changes arrive as they happen, local work leaves as
 * it is done. It waits and tries again by itself; `network` tells it more.
 *
 * A collector that is more than a few hundred events behind misses the oldest. Fails with `SignedOut` or `UpgradeNeeded`
 * when trying again is of no use, and with `Storage`, `book.closed`, when the book ends.
 */
public fun Book.connection(): Flow<ConnectionEvent> = callbackFlow {
    endWithFlow(connect(Events(::trySend, ::close)))
}.buffer(EVENTS_WAITING, BufferOverflow.DROP_OLDEST)

/**
 * Sends what waits and fetches what is new; [progress] is told after every answer, on a thread of the book. Cancelling the
 * coroutine gives up: what was stored until then stays stored, nothing is lost.
 *
 * Throws `SignedOut`, `Offline`, `UpgradeNeeded`.
 */
public suspend fun Book.sync(progress: ((SyncReport) -> Unit)? = null): SyncReport =
    exchange(progress = progress?.let(::Progress))

/** A sync whose progress is collected; the last report is the whole of it. Fails as `sync`; nothing is done until collected. */
public fun Book.syncing(): Flow<SyncReport> = channelFlow {
    send(sync { report -> trySend(report) })
}.buffer(Channel.UNLIMITED)

private suspend fun ProducerScope<*>.endWithFlow(subscription: Subscription) = awaitClose {
    subscription.end()
    subscription.close()
}
