@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.compose.foundation.layout

import android.content.standIn
import androidx.compose.runtime.Composable

@Composable
fun Column(content: () -> Unit): Unit = standIn()
