@file:Suppress("UNUSED_PARAMETER", "unused", "UnusedReceiverParameter")

package androidx.lifecycle

import android.content.standIn
import kotlinx.coroutines.CoroutineScope

open class ViewModel

val ViewModel.viewModelScope: CoroutineScope get() = standIn()

class Lifecycle {
    enum class State { STARTED }
}

interface LifecycleOwner {
    val lifecycle: Lifecycle
}

val LifecycleOwner.lifecycleScope: CoroutineScope get() = standIn()

suspend fun LifecycleOwner.repeatOnLifecycle(state: Lifecycle.State, block: suspend CoroutineScope.() -> Unit): Unit = standIn()

object ProcessLifecycleOwner {
    fun get(): LifecycleOwner = standIn()
}
