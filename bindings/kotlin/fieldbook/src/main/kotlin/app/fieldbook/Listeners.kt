package app.fieldbook

import app.fieldbook.records.AnyRecord

internal class Rows<R : Any>(
    private val type: RecordType<R>,
    private val rows: (List<R>) -> Any?,
    private val end: (FieldbookException) -> Any?,
) : RecordsListener {
    override fun onRecords(records: List<AnyRecord>) {
        rows(records.map(type::own))
    }

    override fun onEnd(error: FieldbookException) {
        end(error)
    }
}

internal class Written(private val tell: () -> Unit, private val end: (FieldbookException) -> Any?) : ChangeListener {
    override fun onChange() = tell()

    override fun onEnd(error: FieldbookException) {
        end(error)
    }
}

internal class Progress(private val tell: (SyncReport) -> Unit) : ProgressListener {
    override fun onProgress(report: SyncReport) = tell(report)
}

internal class Events(
    private val tell: (ConnectionEvent) -> Any?,
    private val end: (FieldbookException) -> Any?,
) : ConnectionListener {
    override fun onEvent(event: ConnectionEvent) {
        tell(event)
    }

    override fun onEnd(error: FieldbookException) {
        end(error)
    }
}
