import ArgumentParser
import Server

/// `fitd backup`: copies the data directory, also of a server that runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the data directory, also while a server uses it.",
        discussion: """
            What the server has acknowledged when the command ends is in the copy. A job that runs meanwhile goes on \
            from its last checkpoint when the copy is served.
            """)

    @Argument(help: "The copy: a directory that is empty or not there yet.", completion: .directory)
    var directory: String

    @Option(help: "The data directory.", completion: .directory)
    var dataDir: String = Environment["DATA_DIR"] ?? "./fitd-data"

    func run() throws {
        let backup = try Backup.make(of: dataDir, in: directory)
        print("\(dataDir) is copied to \(backup.directory): the database and \(backup.fileCount) files.")
    }
}
