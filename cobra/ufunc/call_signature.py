"""What ``inspect.signature`` says of a kernel: its own parameters, then NumPy's keywords."""

from __future__ import annotations

from inspect import Parameter, Signature

from cobra.compiler.spec import KernelSpec

_OF_ALL: tuple[tuple[str, object], ...] = (
    ("casting", "same_kind"), ("order", "K"), ("dtype", None), ("subok", True), ("signature", None),
)  # fmt: skip
_ELEMENTWISE: tuple[tuple[str, object], ...] = (("out", None), ("where", True), *_OF_ALL)
_WITH_CORE: tuple[tuple[str, object], ...] = (
    ("out", None), *_OF_ALL, ("axes", None), ("axis", None), ("keepdims", False),
)  # fmt: skip


def call_signature(spec: KernelSpec, inputs: int, has_core_dimensions: bool) -> Signature:
    """Return the signature of a kernel's call, annotated as its function is; parameters it writes to are ``out``."""
    by_name = {parameter.name: parameter for parameter in spec.function.parameters}
    operands = [
        Parameter(name, Parameter.POSITIONAL_ONLY, annotation=by_name[name].annotation or Parameter.empty)
        for name in spec.operand_names[:inputs]
    ]
    taken = {operand.name for operand in operands}
    keywords = _WITH_CORE if has_core_dimensions else _ELEMENTWISE
    last = [Parameter(name, Parameter.KEYWORD_ONLY, default=default) for name, default in keywords if name not in taken]
    outputs = spec.function.outputs
    returns: object = Signature.empty if not outputs else outputs[0] if len(outputs) == 1 else outputs
    return Signature([*operands, *last], return_annotation=returns)
