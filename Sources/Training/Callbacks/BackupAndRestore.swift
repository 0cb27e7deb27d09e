import Protocol

/// What every fit here does without it: state is backed up at each epoch's end, and a fit that is interrupted goes on
/// from there (keras/src/callbacks/backup_and_restore.py).
///
/// The arguments are checked and change nothing: backups are the server's own, stand in no directory of the
/// client's, keep the last two states, and go when the fit ends.
struct BackupAndRestore: Callback {
    static let className = "BackupAndRestore"
    static let arguments: [Argument] = [
        .string("backup_dir"),
        .saveFrequency,
        .boolean("double_checkpoint", default: false),
        .boolean("delete_checkpoint", default: true),
    ]

    let configuration: Arguments

    init(_ arguments: Arguments) throws {
        configuration = arguments
        guard !arguments.string("backup_dir").isEmpty else {
            throw ArgumentError("backup_dir", "backup_dir is not empty.")
        }
        _ = try arguments.saveFrequency()
    }

    func makeRun(_ site: CallbackSite) -> CallbackRun { CallbackRun() }
}
