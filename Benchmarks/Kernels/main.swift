// Inner loops beside the machine's limits and OpenBLAS: swift run -c release kernels
//
// GFLOP/s of products beside OpenBLAS's, and GB/s of passes over memory, as tables in Markdown.

import Kernels

let openBLAS = OpenBLAS()
let peak = peakOfOneThread()
print("# Inner loops\n\n`make bench-kernels` makes this page.\n")
print(
    "One thread's peak: \(column(peak, width: 0)) GFLOP/s of fused multiply-adds on vectors of "
        + "\(Lanes.widest.rawValue) floats.")
print("OpenBLAS: \(openBLAS.map { "kernels of \($0.core)" } ?? "not installed (libopenblas0)").\n")
products(openBLAS, peak: peak)
passes()
