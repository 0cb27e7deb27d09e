import Protocol

/// Reads the callbacks of a fit.
enum CallbackReading {
    /// The objects that watch the fit; throws a problem that lists every fault.
    static func read(_ values: [JSONValue], for site: CallbackSite) throws(Problem) -> [CallbackRun] {
        let faults = Faults()
        var site = site
        let runs = values.enumerated().compactMap { index, value in
            run(
                value, at: JSONPointer.root.appending("callbacks").appending(index), for: &site,
                faults: faults)
        }
        try faults.check()
        return runs
    }

    private static func run(
        _ value: JSONValue, at place: JSONPointer, for site: inout CallbackSite, faults: Faults
    ) -> CallbackRun? {
        guard let callback = Registry.callbacks.read(value, at: place, faults: faults) else { return nil }
        do {
            defer { site.addedFigures += type(of: callback).addedFigures }
            return try callback.makeRun(site)
        } catch let error as ArgumentError {
            let config = value.string == nil ? place.appending("config") : place
            faults.add(
                error.argument.map { config.appending($0) } ?? place, error.detail ?? "It does not fit.")
        } catch {
            faults.add(place, "\(type(of: callback).className) does not fit this fit.")
        }
        return nil
    }
}
