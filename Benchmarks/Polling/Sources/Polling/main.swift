import Foundation
import Hummingbird
import Logging

// Polling PORT FILE: answers GET /v1/jobs/{id} with a file's bytes, as JSON.
let arguments = CommandLine.arguments
guard arguments.count == 3, let port = Int(arguments[1]) else { fatalError("Polling PORT FILE") }
let body = ByteBuffer(bytes: try Data(contentsOf: URL(filePath: arguments[2])))

var logger = Logger(label: "Polling")
logger.logLevel = .error
let router = Router()
router.get("/v1/jobs/{id}") { _, _ in
    Response(
        status: .ok, headers: [.contentType: "application/json", .contentLength: String(body.readableBytes)],
        body: .init(byteBuffer: body))
}
let application = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
try await application.runService()
