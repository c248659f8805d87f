@file:Suppress("unused", "UnusedReceiverParameter")

package androidx.lifecycle.compose

import android.content.standIn
import androidx.compose.runtime.Composable
import androidx.compose.runtime.State
import kotlinx.coroutines.flow.StateFlow

@Composable
fun <T> StateFlow<T>.collectAsStateWithLifecycle(): State<T> = standIn()
