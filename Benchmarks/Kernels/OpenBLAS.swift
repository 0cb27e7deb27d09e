import Glibc
import Kernels

/// OpenBLAS's single-precision product, loaded when the program runs, so that nothing is needed to build it.
struct OpenBLAS {
    private typealias SGEMM =
        @convention(c) (
            Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
            UnsafePointer<Float>, Int32,
            Float, UnsafeMutablePointer<Float>, Int32
        ) -> Void
    private typealias SetThreads = @convention(c) (Int32) -> Void
    private typealias Name = @convention(c) () -> UnsafePointer<CChar>?

    private let sgemm: SGEMM
    private let setThreads: SetThreads
    /// The processor whose kernels it runs.
    let core: String

    /// The library as Debian's libopenblas0 has it; nil where it is not installed.
    init?() {
        // It chooses its kernels for the processor, not for what someone's environment says. Debian's takes newer
        // processors for one of 2004, however, so those with AVX-512 are named.
        for name in ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS"] { unsetenv(name) }
        if Lanes.widest == .sixteen { setenv("OPENBLAS_CORETYPE", "SkylakeX", 1) }
        guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
            let sgemm = dlsym(library, "cblas_sgemm"),
            let setThreads = dlsym(library, "openblas_set_num_threads"),
            let name = dlsym(library, "openblas_get_corename")
        else { return nil }
        self.sgemm = unsafeBitCast(sgemm, to: SGEMM.self)
        self.setThreads = unsafeBitCast(setThreads, to: SetThreads.self)
        core = unsafeBitCast(name, to: Name.self)().map { String(cString: $0) } ?? "unknown"
    }

    /// `c = op(a) · op(b)`, dense and row-major.
    func multiply(_ shape: Shape, _ a: [Float], _ b: [Float], _ c: UnsafeMutablePointer<Float>, threads: Int)
    {
        setThreads(Int32(threads))
        let (rows, columns, depth) = (Int32(shape.rows), Int32(shape.columns), Int32(shape.depth))
        // CBLAS's numbers: row-major is 101, as it is 111, transposed 112.
        sgemm(
            101, shape.transposeA ? 112 : 111, shape.transposeB ? 112 : 111, rows, columns, depth, 1, a,
            shape.transposeA ? rows : depth, b, shape.transposeB ? depth : columns, 0, c, columns)
    }
}
