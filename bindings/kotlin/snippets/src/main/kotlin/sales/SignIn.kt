package com.example.sales

import app.fieldbook.FieldbookException
import app.fieldbook.reason

/** Gives what to tell the person, or nothing if they are signed in. Needs no network. */
suspend fun SalesApp.signIn(server: String, token: String): String? = try {
    book().signIn(server, token)
    disconnected.value = null
    null
} catch (error: FieldbookException) {
    error.reason
}

/** Gives what to ask the person before unsent work is thrown away, or nothing if the phone is clean. */
suspend fun SalesApp.leave(throwAway: Boolean): String? = try {
    wipe(discardUnsent = throwAway)
    null
} catch (refused: FieldbookException.Refused) {
    refused.reason
}
