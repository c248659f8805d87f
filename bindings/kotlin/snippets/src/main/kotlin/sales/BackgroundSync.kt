package com.example.sales

import android.content.Context
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import app.fieldbook.FieldbookException
import app.fieldbook.sync
import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage
import java.util.concurrent.TimeUnit

class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    // When the system stops the worker it cancels this coroutine, and with it the sync.
    override suspend fun doWork(): Result = try {
        applicationContext.book().sync()
        Result.success()
    } catch (_: FieldbookException.Offline) {
        Result.retry()
    } catch (_: FieldbookException) {
        Result.failure()
    }
}

private val online = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()

fun syncInBackground(context: Context) {
    val often = PeriodicWorkRequestBuilder<SyncWorker>(1, TimeUnit.HOURS).setConstraints(online).build()
    WorkManager.getInstance(context).enqueueUniquePeriodicWork("sync", ExistingPeriodicWorkPolicy.KEEP, often)
}

fun syncSoon(context: Context) {
    val once = OneTimeWorkRequestBuilder<SyncWorker>().setConstraints(online).build()
    WorkManager.getInstance(context).enqueueUniqueWork("sync soon", ExistingWorkPolicy.REPLACE, once)
}

class WakeUp : FirebaseMessagingService() {
    override fun onMessageReceived(message: RemoteMessage) = syncSoon(this)
}
