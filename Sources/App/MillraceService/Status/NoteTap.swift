import Millrace

/// The log, with an ear for what sinks' clients complain of.
struct NoteTap: NoteTaker {
    let notes: any NoteTaker
    let view: WorkerView

    func note(_ note: Note) {
        view.hears(note)
        notes.note(note)
    }

    func takes(_ level: NoteLevel) -> Bool { notes.takes(level) }
}
