import HTTPTypes
import Protocol

/// The dashboard, for people who would rather look than read: a page and its modules, which ask the same API
/// as every other client.
extension API {
    func dashboard(_ router: inout Router) {
        let page = DashboardFile(
            page: PackageResources.index_html, style: PackageResources.style_css,
            script: PackageResources.theme_js)
        let files = Dictionary(
            uniqueKeysWithValues: Self.dashboardFiles.map { ($0.0, DashboardFile($0.0, $0.1)) })
        router.on(.get, "/") { request in try page.answer(request) }
        router.on(.get, "/dashboard/{file}") { request in
            let name = request.parameter("file")
            guard let file = files[name] else {
                throw Problem(.notFound, "The dashboard has no file '\(name.prefix(80))'.")
            }
            return try file.answer(request)
        }
    }

    private static let dashboardFiles: [(String, [UInt8])] = [
        ("api.js", PackageResources.api_js),
        ("app.js", PackageResources.app_js),
        ("chart.js", PackageResources.chart_js),
        ("curl.js", PackageResources.curl_js),
        ("curves.js", PackageResources.curves_js),
        ("dataset.js", PackageResources.dataset_js),
        ("datasets.js", PackageResources.datasets_js),
        ("dom.js", PackageResources.dom_js),
        ("feed.js", PackageResources.feed_js),
        ("fit.js", PackageResources.fit_js),
        ("format.js", PackageResources.format_js),
        ("happenings.js", PackageResources.happenings_js),
        ("histogram.js", PackageResources.histogram_js),
        ("icon.svg", PackageResources.icon_svg),
        ("job.js", PackageResources.job_js),
        ("jobs.js", PackageResources.jobs_js),
        ("model.js", PackageResources.model_js),
        ("models.js", PackageResources.models_js),
        ("npy.js", PackageResources.npy_js),
        ("npz.js", PackageResources.npz_js),
        ("parts.js", PackageResources.parts_js),
        ("run.js", PackageResources.run_js),
        ("sample.js", PackageResources.sample_js),
        ("scale.js", PackageResources.scale_js),
        ("series.js", PackageResources.series_js),
        ("stack.js", PackageResources.stack_js),
        ("statistics.js", PackageResources.statistics_js),
        ("stream.js", PackageResources.stream_js),
        ("suggestion.js", PackageResources.suggestion_js),
        ("themes.js", PackageResources.themes_js),
        ("token.js", PackageResources.token_js),
        ("uploads.js", PackageResources.uploads_js),
    ]
}
