@file:Suppress("UNUSED_PARAMETER", "unused")

package android.net

open class Network

class ConnectivityManager {
    open class NetworkCallback {
        open fun onAvailable(network: Network) = Unit

        open fun onLost(network: Network) = Unit
    }

    fun registerDefaultNetworkCallback(callback: NetworkCallback) = Unit
}
