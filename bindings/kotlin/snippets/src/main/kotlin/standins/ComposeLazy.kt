@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.compose.foundation.lazy

import android.content.standIn
import androidx.compose.runtime.Composable

interface LazyListScope

@Composable
fun LazyColumn(content: LazyListScope.() -> Unit): Unit = standIn()

fun <T> LazyListScope.items(items: List<T>, key: ((T) -> Any)? = null, content: (T) -> Unit): Unit = standIn()
