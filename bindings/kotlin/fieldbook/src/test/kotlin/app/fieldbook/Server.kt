package app.fieldbook

import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** The server of all tests: the real program over a folder of its own. */
object Server {
    private val program = System.getenv("FIELDBOOK_SERVER") ?: error("FIELDBOOK_SERVER names the server's program")
    private val data: File = Files.createTempDirectory("fieldbook-server").toFile()
    private val process: Process
    private val orgs = AtomicInteger()

    /** Where it listens. */
    val url: String

    init {
        process = ProcessBuilder(program, "serve", "--data", data.path, "--listen", "127.0.0.1:0")
            .redirectError(ProcessBuilder.Redirect.DISCARD).start()
        Runtime.getRuntime().addShutdownHook(Thread(::stop))
        val said = process.inputStream.bufferedReader().readLine() ?: error("the server ended at once")
        url = said.removePrefix("listening on ")
    }

    /** An organisation nobody else has. */
    fun newOrg(): String = "Acme ${orgs.incrementAndGet()}".also { manage("org create", it) }

    fun addUser(org: String, name: String, role: String) {
        manage("user add", "--org", org, "--name", name, "--email", "$name@example.com", "--role", role)
    }

    fun token(org: String, name: String): String = manage("token", "--org", org, "--user", name)

    private fun manage(verbs: String, vararg args: String): String {
        val command = listOf(program) + verbs.split(' ') + listOf("--data", data.path) + args
        val run = ProcessBuilder(command).redirectErrorStream(true).start()
        val said = run.inputStream.bufferedReader().readText().trim()
        check(run.waitFor() == 0) { "$verbs failed: $said" }
        return said
    }

    private fun stop() {
        process.destroy()
        if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly()
        data.deleteRecursively()
    }
}
