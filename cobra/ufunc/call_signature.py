"""What ``inspect.signature`` says of a kernel: its own parameters, then NumPy's keywords."""

from __future__ import annotations

from inspect import Parameter, Signature

from cobra.compiler.spec import KernelSpec

_KEYWORDS: tuple[tuple[str, object], ...] = (
    ("where", True), ("casting", "same_kind"), ("order", "K"), ("dtype", None), ("subok", True), ("signature", None),
)  # fmt: skip
_CORE_KEYWORDS: tuple[tuple[str, object], ...] = (
    ("casting", "same_kind"), ("order", "K"), ("dtype", None), ("subok", True), ("signature", None), ("axes", None),
    ("axis", None), ("keepdims", False),
)  # fmt: skip


def call_signature(spec: KernelSpec, has_core_dimensions: bool) -> Signature:
    """Return the signature of a kernel's call, annotated as its function is."""
    by_name = {parameter.name: parameter for parameter in spec.function.parameters}
    operands = [
        Parameter(name, Parameter.POSITIONAL_ONLY, annotation=by_name[name].annotation or Parameter.empty)
        for name in spec.operand_names
    ]
    keywords = [("out", None), *(_CORE_KEYWORDS if has_core_dimensions else _KEYWORDS)]
    taken = {operand.name for operand in operands}
    last = [Parameter(name, Parameter.KEYWORD_ONLY, default=default) for name, default in keywords if name not in taken]
    outputs = spec.function.outputs
    returns: object = Signature.empty
    if outputs:
        returns = outputs[0] if len(outputs) == 1 else outputs
    return Signature([*operands, *last], return_annotation=returns)
