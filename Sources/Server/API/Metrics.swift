import Protocol

/// The measurements in Prometheus's text format.
extension API {
    func measurements() throws(Problem) -> String {
        var text = PrometheusText()
        write(requests: counters.requests, to: &text)
        let counts = try jobs.counts()
        text.metric("fitd_jobs", "gauge", "Jobs by state.")
        for status in JobStatus.allCases {
            text.sample("fitd_jobs", ["status": status.rawValue], Double(counts[status] ?? 0))
        }
        text.metric("fitd_queue_depth", "gauge", "What waits for a worker, synchronous work included.")
        text.sample("fitd_queue_depth", [:], Double(jobs.depth))
        let samples = counters.samples.total
        text.metric("fitd_trained_samples_total", "counter", "Samples trained on.")
        text.sample("fitd_trained_samples_total", [:], Double(samples.samples))
        text.metric("fitd_training_seconds_total", "counter", "Seconds of training epochs.")
        text.sample("fitd_training_seconds_total", [:], samples.seconds)
        text.metric("fitd_samples_per_second", "gauge", "Samples a second in the last epoch that ended.")
        text.sample("fitd_samples_per_second", [:], samples.rate)
        text.metric("fitd_stored_bytes", "gauge", "Bytes of datasets and models on the disk.")
        text.sample("fitd_stored_bytes", [:], Double(try store.storedBytes()))
        text.metric("fitd_free_bytes", "gauge", "Bytes that the data directory has room for.")
        text.sample("fitd_free_bytes", [:], Double(try store.freeBytes()))
        text.metric("fitd_connections", "gauge", "Connections that are open.")
        text.sample("fitd_connections", [:], Double(counters.connections.withLock { $0 }()))
        text.metric("fitd_event_streams", "gauge", "Event streams that are open.")
        text.sample("fitd_event_streams", [:], Double(streams.count))
        text.metric("fitd_ready", "gauge", "Whether the server takes work: 1, or 0 with /readyz 503.")
        text.sample("fitd_ready", [:], (try? checkReadiness()) == nil ? 0 : 1)
        text.metric("fitd_info", "gauge", "The version that runs.")
        text.sample("fitd_info", ["version": Self.version], 1)
        return text.text
    }

    private func write(
        requests: [(key: Counters.Route, value: Counters.Requests)], to text: inout PrometheusText
    ) {
        text.metric("fitd_requests_total", "counter", "Requests answered.")
        for (route, requests) in requests {
            for (status, count) in requests.byStatus.sorted(by: { $0.key < $1.key }) {
                text.sample(
                    "fitd_requests_total",
                    ["method": route.method, "route": route.pattern, "status": "\(status)"], Double(count))
            }
        }
        text.metric("fitd_sent_bytes_total", "counter", "Bytes of content sent.")
        for (route, requests) in requests {
            text.sample(
                "fitd_sent_bytes_total", ["method": route.method, "route": route.pattern],
                Double(requests.bytes))
        }
        text.metric("fitd_request_seconds", "histogram", "From a request's head to the end of its answer.")
        for (route, requests) in requests {
            let labels: KeyValuePairs = ["method": route.method, "route": route.pattern]
            for (bound, count) in zip(Counters.bounds, requests.buckets) {
                text.sample("fitd_request_seconds_bucket", labels, Double(count), bound: "\(bound)")
            }
            text.sample("fitd_request_seconds_bucket", labels, Double(requests.count), bound: "+Inf")
            text.sample("fitd_request_seconds_sum", labels, requests.seconds)
            text.sample("fitd_request_seconds_count", labels, Double(requests.count))
        }
    }
}

/// Prometheus's text exposition format, version 0.0.4.
private struct PrometheusText {
    private(set) var text = ""

    mutating func metric(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(
        _ name: String, _ labels: KeyValuePairs<String, String>, _ value: Double, bound: String? = nil
    ) {
        var pairs = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        let number = Int(exactly: value).map(String.init) ?? "\(value)"
        text += name + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(number)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
