@file:Suppress("unused", "UNUSED_PARAMETER")

package com.google.firebase.messaging

import android.content.Context

class RemoteMessage

abstract class FirebaseMessagingService : Context() {
    open fun onMessageReceived(message: RemoteMessage) = Unit
}
