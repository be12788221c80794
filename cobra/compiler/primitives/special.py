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
    python=("math.erf", "scipy.special.erf", "cobra.math.erf"),
    plain=True,
    raises=frozenset({"under"}),
    library=("erf", "erff"),
    definition="error_function.erf",
)

erfc = Primitive(
    name="erfc",
    doc="Return one minus the error function, exactly even where that is tiny.",
    rule=floating("erfc", 1),
    lower=library_call("erfc", "erfcf"),
    python=("math.erfc", "scipy.special.erfc", "cobra.math.erfc"),
    plain=True,
    raises=frozenset({"under"}),
    library=("erfc", "erfcf"),
    definition="error_function.erfc",
)

gamma = Primitive(
    name="gamma",
    doc="Return the gamma function.",
    rule=floating("gamma", 1),
    lower=library_call("tgamma", "tgammaf"),
    python=("math.gamma", "scipy.special.gamma", "cobra.math.gamma"),
    plain=True,
    raises=frozenset({"divide", "over", "under", "invalid"}),
    library=("tgamma", "tgammaf"),
    definition="gamma.gamma",
)

lgamma = Primitive(
    name="lgamma",
    doc="Return the natural logarithm of the magnitude of the gamma function.",
    rule=floating("lgamma", 1),
    lower=library_call("lgamma", "lgammaf"),
    python=("math.lgamma", "scipy.special.gammaln", "cobra.math.lgamma"),
    plain=True,
    raises=frozenset({"divide", "over"}),
    library=("lgamma", "lgammaf"),
    definition="gamma.lgamma",
)


def _own(name: str, doc: str, definition: str, *errors: str, results: int = 1, python: tuple[str, ...] = ()) -> Primitive:
    """Return the record of a function of one real number that only Cobra's own library has."""
    return Primitive(
        name=name,
        doc=doc,
        rule=floating(name, 1, results),
        python=(f"cobra.math.{name}", *python),
        plain=True,
        raises=frozenset(errors),
        definition=definition,
    )


rsqrt = _own("rsqrt", "Return one divided by the square root.", "roots.rsqrt", "divide", "invalid")

sincos = _own("sincos", "Return the sine and the cosine of an angle in radians.", "trigonometric.sincos", "under", "invalid", results=2)

sinpi = _own("sinpi", "Return the sine of pi times a number.", "trigonometric.sinpi", "under", "invalid")

cospi = _own("cospi", "Return the cosine of pi times a number.", "trigonometric.cospi", "invalid")

exp10 = _own(
    "exp10", "Return 10 to the power of a number.", "exponential.exp10", "over", "under", "invalid", python=("scipy.special.exp10",)
)

logistic = _own("logistic", "Return 1 / (1 + exp(-x)).", "logistic.logistic", "under", python=("scipy.special.expit",))

softplus = _own("softplus", "Return log(1 + exp(x)).", "logistic.softplus", "under")

erfinv = _own(
    "erfinv", "Return the number whose error function is given.", "error_function.erfinv", "divide", "invalid", "under",
    python=("scipy.special.erfinv",),
)  # fmt: skip

digamma = _own(
    "digamma", "Return the derivative of the logarithm of the gamma function.", "digamma.digamma", "divide", "over", "invalid",
    python=("scipy.special.psi", "scipy.special.digamma"),
)  # fmt: skip

RECORDS = (erfinv, digamma, erf, erfc, gamma, lgamma, rsqrt, sincos, sinpi, cospi, exp10, logistic, softplus)
