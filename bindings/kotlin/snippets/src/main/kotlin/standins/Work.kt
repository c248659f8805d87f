@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.work

import android.content.Context
import android.content.standIn
import java.util.concurrent.TimeUnit

class WorkerParameters

abstract class ListenableWorker(val applicationContext: Context, parameters: WorkerParameters) {
    sealed class Result {
        companion object {
            fun success(): Result = standIn()

            fun retry(): Result = standIn()

            fun failure(): Result = standIn()
        }
    }
}

abstract class CoroutineWorker(context: Context, parameters: WorkerParameters) : ListenableWorker(context, parameters) {
    abstract suspend fun doWork(): Result
}

enum class NetworkType { CONNECTED }

enum class ExistingWorkPolicy { REPLACE }

enum class ExistingPeriodicWorkPolicy { KEEP }

class Constraints {
    class Builder {
        fun setRequiredNetworkType(type: NetworkType): Builder = this

        fun build(): Constraints = standIn()
    }
}

class OneTimeWorkRequest

class PeriodicWorkRequest

class OneTimeBuilder {
    fun setConstraints(constraints: Constraints): OneTimeBuilder = this

    fun build(): OneTimeWorkRequest = standIn()
}

class PeriodicBuilder {
    fun setConstraints(constraints: Constraints): PeriodicBuilder = this

    fun build(): PeriodicWorkRequest = standIn()
}

inline fun <reified W : ListenableWorker> OneTimeWorkRequestBuilder(): OneTimeBuilder = OneTimeBuilder()

inline fun <reified W : ListenableWorker> PeriodicWorkRequestBuilder(every: Long, unit: TimeUnit): PeriodicBuilder = PeriodicBuilder()

class WorkManager {
    fun enqueueUniqueWork(name: String, policy: ExistingWorkPolicy, request: OneTimeWorkRequest): Unit = standIn()

    fun enqueueUniquePeriodicWork(
        name: String,
        policy: ExistingPeriodicWorkPolicy,
        request: PeriodicWorkRequest,
    ): Unit = standIn()

    companion object {
        fun getInstance(context: Context): WorkManager = standIn()
    }
}
