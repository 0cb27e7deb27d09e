import Protocol

/// Reads the callbacks of a fit.
enum CallbackReading {
    /// The objects that watch the fit; throws a problem that lists every fault.
    static func read(_ values: [JSONValue], for site: CallbackSite) throws(Problem) -> [CallbackRun] {
        let faults = Faults()
        var site = site
        var names: [String: Int] = [:]
        let runs = values.enumerated().compactMap { index, value in
            let place = JSONPointer.root.appending("callbacks").appending(index)
            guard !isFunction(value, at: place, faults: faults),
                let callback = Registry.callbacks.read(value, at: place, faults: faults)
            else { return nil as CallbackRun? }
            for name in callback.outputNames {
                if let first = names.updateValue(index, forKey: name) {
                    faults.add(place, "'\(name)' is written by callback \(first) already; give another name.")
                }
            }
            return run(callback, value, at: place, for: &site, faults: faults)
        }
        try faults.check()
        return runs
    }

    /// Whether it is Keras's callback of Python functions, which is then noted.
    private static func isFunction(_ value: JSONValue, at place: JSONPointer, faults: Faults) -> Bool {
        let name = value.string ?? value["class_name"]?.string
        guard name == "LambdaCallback" || name == "lambda_callback" else { return false }
        faults.add(
            value.string == nil ? place.appending("class_name") : place,
            "LambdaCallback holds Python functions, and Python is never run. Follow the job's events instead; a "
                + "learning rate is set by LearningRateScheduler, whose schedule is an expression of epoch and lr."
        )
        return true
    }

    private static func run(
        _ callback: any Callback, _ value: JSONValue, at place: JSONPointer, for site: inout CallbackSite,
        faults: Faults
    ) -> CallbackRun? {
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
