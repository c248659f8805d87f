@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.compose.runtime

import kotlin.reflect.KProperty

annotation class Composable

interface State<T> {
    val value: T
}

operator fun <T> State<T>.getValue(thisRef: Any?, property: KProperty<*>): T = value
