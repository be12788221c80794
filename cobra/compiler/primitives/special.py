"""Functions that Python's `math` and SciPy have and NumPy lacks."""

from __future__ import annotations

from cobra.compiler.ir.operations import Primitive
from cobra.compiler.primitives.lowerings import library_call
from cobra.compiler.primitives.type_rules import floating

erf = Primitive(
    name="erf",
    doc="Return the error function.",
    rule=floating("erf", 1),
    lower=library_call("erf", "erff"),
    python=("math.erf", "scipy.special.erf"),
    plain=True,
    raises=frozenset({"under"}),
    library=("erf", "erff"),
)

erfc = Primitive(
    name="erfc",
    doc="Return one minus the error function, exactly even where that is tiny.",
    rule=floating("erfc", 1),
    lower=library_call("erfc", "erfcf"),
    python=("math.erfc", "scipy.special.erfc"),
    plain=True,
    raises=frozenset({"under"}),
    library=("erfc", "erfcf"),
)

gamma = Primitive(
    name="gamma",
    doc="Return the gamma function.",
    rule=floating("gamma", 1),
    lower=library_call("tgamma", "tgammaf"),
    python=("math.gamma", "scipy.special.gamma"),
    plain=True,
    raises=frozenset({"divide", "over", "under", "invalid"}),
    library=("tgamma", "tgammaf"),
)

lgamma = Primitive(
    name="lgamma",
    doc="Return the natural logarithm of the magnitude of the gamma function.",
    rule=floating("lgamma", 1),
    lower=library_call("lgamma", "lgammaf"),
    python=("math.lgamma", "scipy.special.gammaln"),
    plain=True,
    raises=frozenset({"divide", "over"}),
    library=("lgamma", "lgammaf"),
)

RECORDS = (erf, erfc, gamma, lgamma)
