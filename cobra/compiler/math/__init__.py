"""Elementary functions as kernels: typed Python on numbers, one definition for every target, nothing needs a C library.

Each function takes and gives one float type, named by its ending (``exp_f32``, ``exp_f64``), and computes on whole vectors of
lanes: the usual arguments run through straight code on harmless values, rare ones through a branch that is skipped while
no lane wants it. Values and floating-point errors at the edges are those of C99 and NumPy.
"""
