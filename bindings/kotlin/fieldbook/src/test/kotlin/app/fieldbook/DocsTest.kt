package app.fieldbook

import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test

/** The documentation shows nothing that was not compiled. */
class DocsTest {
    private val root = File("../../..")

    @Test
    fun `every Kotlin block of the Android page stands in a snippet that is compiled`() {
        val page = File(root, "docs/android.md").readText()
        val fenced = Regex("```kotlin\n(.*?)```", RegexOption.DOT_MATCHES_ALL)
        val blocks = fenced.findAll(page).map { it.groupValues[1].trim('\n') }.toList()
        val sources = File(root, "bindings/kotlin/snippets").walk().filter { it.extension == "kt" }.map { it.readLines() }.toList()

        assertTrue(blocks.size >= 5, "the page has ${blocks.size} blocks")
        assertEquals(emptyList(), blocks.filterNot { block -> sources.any { it.shows(block.lines()) } })
    }

    private fun List<String>.shows(block: List<String>): Boolean =
        windowed(block.size).any { it.joinToString("\n").trimIndent() == block.joinToString("\n").trimIndent() }
}
