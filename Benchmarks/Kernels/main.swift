// Inner loops beside the machine's limits and OpenBLAS: swift run -c release kernels
//
// GFLOP/s of products beside OpenBLAS's, and GB/s of passes over memory. Environment variables that choose OpenBLAS's
// kernels are not wanted: env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE swift run -c release kernels

import Kernels

let openBLAS = OpenBLAS()
let peak = fusedMultiplyAdds()
print("One thread's peak: \(column(peak, width: 0)) GFLOP/s of fused multiply-adds.")
print("OpenBLAS: \(openBLAS.map { "kernels of \($0.core)" } ?? "not installed (libopenblas0)").\n")
products(openBLAS, peak: peak)
passes()
