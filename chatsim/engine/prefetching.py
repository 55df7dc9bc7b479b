"""Asking for memory before it is needed: what a kernel does next lies all over a large population's rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import declared

AHEAD = 8
"""How many people ahead: far enough for memory to answer, near enough for the answer to be still there."""


def _prefetch(context: Any, values: Any, index: Any) -> Any:
    """The processor's prefetch instruction for `values[index]`."""
    from llvmlite import ir  # noqa: PLC0415
    from numba.core import cgutils, types  # noqa: PLC0415
    from numba.np.arrayobj import make_array  # noqa: PLC0415

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        array = make_array(kind)(context, builder, arguments[0])
        row = builder.mul(arguments[1], cgutils.unpack_tuple(builder, array.strides)[0])
        address = builder.add(builder.ptrtoint(array.data, row.type), row)
        pointer = builder.inttoptr(address, cgutils.voidptr_t)
        word = ir.IntType(32)
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch",
            [cgutils.voidptr_t],
            ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word]),
        )
        # For reading, to be kept in every cache, as data.
        builder.call(fetch, [pointer, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.none(values, types.int64), code


def _declare() -> None:
    from numba.extending import intrinsic, overload  # noqa: PLC0415

    instruction = intrinsic(_prefetch)

    def asked(values: Any, index: Any) -> Any:
        return instruction(values, index)

    def typed(values: Any, index: Any) -> Any:
        return asked

    overload(prefetch)(typed)


@declared(_declare)
def prefetch(values: NDArray[np.generic], index: int) -> None:
    """`values[index]` (a row, where there are several axes) is needed soon; changes nothing."""
