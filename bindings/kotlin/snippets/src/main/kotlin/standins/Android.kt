@file:Suppress("UNUSED_PARAMETER", "unused")

// Just enough of Android for the snippets to compile where there is no Android SDK. Nothing here is ever run or shipped.
package android.app

import android.content.Context

open class Application : Context() {
    open fun onCreate() = Unit
}
