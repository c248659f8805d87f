package app.fieldbook

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.withTimeout

/** A flow that is collected in the background and looked at step by step. */
class Follower<T>(flow: Flow<T>) : AutoCloseable {
    private val scope = CoroutineScope(Dispatchers.Default)
    private val given: ReceiveChannel<T> = flow.buffer(Channel.UNLIMITED).produceIn(scope)

    /** What is given next. */
    suspend fun next(): T = withTimeout(DEADLINE) { given.receive() }

    /** What is given next that satisfies the question. */
    suspend fun until(question: (T) -> Boolean): T {
        while (true) {
            val value = next()
            if (question(value)) return value
        }
    }

    override fun close() = scope.cancel()
}
