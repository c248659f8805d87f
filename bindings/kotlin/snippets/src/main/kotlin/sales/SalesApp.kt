package com.example.sales

import android.app.Application
import android.content.Context
import android.os.Build
import app.fieldbook.Book
import java.io.File
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async

class SalesApp : Application() {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    @Volatile
    private var opening: Deferred<Book> = open()

    /** One book for the whole app, opened at first use. */
    suspend fun book(): Book = opening.await()

    private fun open() = scope.async(start = CoroutineStart.LAZY) {
        val file = File(noBackupFilesDir, "fieldbook.db")
        Book.open(file.path, Build.MODEL, KeystoreKey(noBackupFilesDir))
    }

    override fun onCreate() {
        super.onCreate()
        staySynced()
        syncInBackground(this)
    }

    /** Deletes the book, signed in or not; the next one is empty. */
    suspend fun wipe(discardUnsent: Boolean) {
        book().wipe(discardUnsent)
        opening = open()
    }
}

suspend fun Context.book(): Book = (applicationContext as SalesApp).book()
