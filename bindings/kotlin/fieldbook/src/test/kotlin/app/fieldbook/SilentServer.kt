package app.fieldbook

import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.SocketTimeoutException
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** A server that takes calls and never answers. */
class SilentServer : AutoCloseable {
    private val socket = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val callers = LinkedBlockingQueue<Socket>()
    private lateinit var caller: Socket

    val url: String = "http://127.0.0.1:${socket.localPort}"

    init {
        thread(isDaemon = true) {
            runCatching { while (true) callers.add(socket.accept()) }
        }
    }

    /** Waits until somebody calls and has said something. */
    fun awaitCaller() {
        caller = callers.poll(DEADLINE.inWholeSeconds, TimeUnit.SECONDS) ?: error("nobody called")
        caller.soTimeout = DEADLINE.inWholeMilliseconds.toInt()
        check(caller.getInputStream().read() >= 0) { "the caller hung up at once" }
    }

    /** Whether the caller hangs up before the deadline. */
    fun callerHangsUp(): Boolean = try {
        while (caller.getInputStream().read() >= 0) Unit
        true
    } catch (_: SocketTimeoutException) {
        false
    } catch (_: java.io.IOException) {
        true
    }

    override fun close() {
        socket.close()
        callers.forEach(Socket::close)
        if (::caller.isInitialized) caller.close()
    }
}
