@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.compose.material3

import android.content.standIn
import androidx.compose.runtime.Composable

@Composable
fun Text(text: String): Unit = standIn()

@Composable
fun Button(onClick: () -> Unit, content: () -> Unit): Unit = standIn()

@Composable
fun ListItem(
    headlineContent: () -> Unit,
    supportingContent: (() -> Unit)? = null,
    trailingContent: (() -> Unit)? = null,
): Unit = standIn()
