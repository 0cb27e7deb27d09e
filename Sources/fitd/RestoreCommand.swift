import ArgumentParser
import Server

/// `fitd restore`: makes a data directory of a copy.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a data directory of what fitd backup copied.",
        discussion: "The copy is checked first, each file against its SHA-256.")

    @Argument(help: "The copy.", completion: .directory)
    var directory: String

    @Option(help: "The new data directory: empty, or not there yet.", completion: .directory)
    var dataDir: String = Environment["DATA_DIR"] ?? "./fitd-data"

    func run() throws {
        let backup = try Backup.restore(directory, to: dataDir)
        print("\(dataDir) is restored from \(directory): the database and \(backup.fileCount) files.")
    }
}
