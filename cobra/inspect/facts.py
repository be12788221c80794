"""Facts about a kernel as plain data that JSON can hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cobra.inspect.choice import Chosen, behind, choose

if TYPE_CHECKING:
    from cobra.compiler.frontend.entities import Entity
    from cobra.compiler.ir.operations import Function
    from cobra.compiler.spec import FunctionSpec, Parameter


def metadata(kernel: object, types: str | None = None) -> dict[str, Any]:
    """Return what there is to know about a kernel, as plain data.

    Parameters
    ----------
    kernel
        A kernel of Cobra's.
    types
        The loop that the entry ``loop`` is about, in NumPy's codes; the double-precision one when left out.

    Returns
    -------
    dict
        ``name module qualname doc parameters`` (each ``name type default``) ``returns loops signature identity options has_ir
        ir_length digest file line calls library`` and ``loop``, itself a dictionary: ``types operations lanes has_loops``, where
        ``lanes`` is how many elements are computed at once, None in scalar code.

    Raises
    ------
    InvalidCall
        When the object is no kernel or has no such loop.

    Examples
    --------
    >>> import cobra
    >>> @cobra.ufunc(types=["ff->f", "dd->d"])
    ... def blend(x, y=0.5):
    ...     return x * y + 1
    >>> facts = cobra.inspect.metadata(blend)
    >>> facts["name"], facts["loops"], facts["parameters"][1], facts["loop"]["operations"]
    ('blend', ['ff->f', 'dd->d'], {'name': 'y', 'type': None, 'default': 0.5}, ['add', 'multiply'])
    """
    from cobra.inspect.calls import call_graph, library_calls

    found = behind(kernel)
    spec, function = found.spec, found.spec.function
    graph = call_graph(function)
    texts = [text for called in graph.nodes for text in inline_texts(called.function)]
    return {
        "name": spec.name,
        "module": function.module,
        "qualname": function.qualname,
        "doc": spec.doc if spec.doc is not None else function.doc,
        "parameters": [_parameter(parameter) for parameter in function.parameters],
        "returns": None if function.outputs is None else [str(kind) for kind in function.outputs],
        "loops": [str(loop) for loop in found.loops],
        "signature": spec.signature,
        "identity": _plain(spec.options.get("identity")),
        "options": {name: _plain(value) for name, value in spec.options.items()},
        "has_ir": bool(texts),
        "ir_length": sum(map(len, texts)),
        "digest": spec.digest,
        "file": function.source.filename,
        "line": function.source.first_line,
        "calls": [called.title for called in graph.nodes[1:]],
        "library": library_calls(function),
        "loop": _loop(choose(kernel, types)),
    }


def inline_texts(function: FunctionSpec) -> list[str]:
    """Return the constant texts that a function hands to ``cobra.inline``, in order."""
    import ast

    from cobra.compiler.frontend.entities import TextConstant
    from cobra.compiler.frontend.inline_calls import is_inline

    found = []
    for node in ast.walk(function.tree()):
        if is_inline(node, function):
            given = node.args[0] if node.args else None
            if isinstance(given, ast.Constant):
                found.append(str(given.value))
            elif given is not None:
                entity = function.environment.get(ast.unparse(given))
                found.append(entity.value if isinstance(entity, TextConstant) else "")
    return found


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": None if parameter.annotation is None else str(parameter.annotation),
        "default": None if parameter.default is None else _default(parameter.default),
    }


def _default(entity: Entity) -> Any:
    from cobra.compiler.frontend.entities import NumberConstant, TextConstant, TupleConstant

    if isinstance(entity, TupleConstant):
        return [_default(item) for item in entity.items]
    return _plain(entity.value) if isinstance(entity, (NumberConstant, TextConstant)) else None


def _plain(value: object) -> Any:
    """Return a value as JSON has it; numbers that JSON lacks become their text."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def _loop(chosen: Chosen) -> dict[str, Any]:
    from cobra.inspect.views import module_of

    function = chosen.translation().function
    module = module_of(chosen)
    return {
        "types": str(chosen.loop),
        "operations": _operations(function),
        "lanes": getattr(module, "lanes", None),
        "has_loops": module.has_loops,
    }


def _operations(function: Function) -> list[str]:
    from cobra.compiler.codegen.lowering import walk
    from cobra.compiler.ir.operations import Operation

    return sorted({statement.primitive.name for statement in walk(function.body) if isinstance(statement, Operation)})
