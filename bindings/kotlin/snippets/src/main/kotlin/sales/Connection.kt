package com.example.sales

import android.net.ConnectivityManager
import android.net.Network
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.ProcessLifecycleOwner
import androidx.lifecycle.lifecycleScope
import androidx.lifecycle.repeatOnLifecycle
import app.fieldbook.FieldbookException
import app.fieldbook.connection
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.launch
import app.fieldbook.Network as Hint

/** Why the app no longer talks to the server: it has to ask for a sign-in, or for an upgrade. */
val disconnected = MutableStateFlow<FieldbookException?>(null)

/** Connected while the app is seen, until that is of no use; `disconnected.value = null` tries anew. */
fun SalesApp.staySynced() {
    val app = ProcessLifecycleOwner.get()
    app.lifecycleScope.launch {
        app.repeatOnLifecycle(Lifecycle.State.STARTED) {
            disconnected.collectLatest { ended -> if (ended == null) connected() }
        }
    }
    hintAt(getSystemService(ConnectivityManager::class.java)) { hint ->
        app.lifecycleScope.launch { book().network(hint) }
    }
}

private suspend fun SalesApp.connected() = try {
    book().connection().collect()
} catch (ended: FieldbookException) {
    disconnected.value = ended
}

private fun hintAt(platform: ConnectivityManager, tell: (Hint) -> Unit) {
    platform.registerDefaultNetworkCallback(object : ConnectivityManager.NetworkCallback() {
        private var before: Network? = null

        override fun onAvailable(network: Network) {
            tell(if (before == null) Hint.AVAILABLE else Hint.CHANGED)
            before = network
        }

        override fun onLost(network: Network) {
            tell(Hint.UNAVAILABLE)
            before = null
        }
    })
}
