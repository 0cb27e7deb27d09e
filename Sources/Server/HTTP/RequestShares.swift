/// Gives each request with a content its share, until it is answered; one that the answer takes along, until that is sent.
struct RequestShares: Middleware {
    let memory: RequestMemory

    func admit(_ request: inout Request) {
        if request.body.contentLength != 0 { request.memory = RequestMemory.Share(of: memory) }
    }

    func settle(
        _ outcome: Result<Response, any Error>, of request: Request
    ) -> Result<Response, any Error> {
        if let share = request.memory, (try? outcome.get())?.memory !== share { share.release() }
        return outcome
    }
}
