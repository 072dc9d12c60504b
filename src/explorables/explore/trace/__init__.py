"""Turn an ordinary NumPy function into expressions that a browser can evaluate.

A `Traced` value stands for a number, truth value or text that is not known yet. It takes part in NumPy's own
protocols (``__array_ufunc__``, NEP 13; ``__array_function__``, NEP 18), so calling a model with traced values
records what the model computes instead of computing it. `Emitter` then writes the recording as Vega expressions.

=============  ====================================================================
module         what it has
=============  ====================================================================
``errors``     what a page cannot do, said with the author's line
``nodes``      the graph of expressions, and the operations that a page knows
``ufuncs``     what NumPy's functions of single entries become
``pairs``      complex numbers
``ways``       one way through a model that asks `if` of what is not known
``traced``     the array of nodes that behaves as a NumPy array
``selected``   entries of an array that a condition chooses
``functions``  NumPy's functions of whole arrays; ``linear``: of vectors and matrices
``joining``    the results of all ways, joined to one
``writing``    the graph as Vega expressions
=============  ====================================================================
"""

from explorables.explore.trace import linear  # noqa: F401  its functions go into the table of `traced`
from explorables.explore.trace.errors import LIBRARIES, TracingError, Unusable, fail, is_authors, place
from explorables.explore.trace.functions import special, vocabulary
from explorables.explore.trace.joining import every_way
from explorables.explore.trace.nodes import (
    LONG,
    Node,
    complete,
    const,
    evaluate,
    field,
    input_node,
    leaves,
    lookup,
    node,
    on_grid,
    possible,
    template,
)
from explorables.explore.trace.traced import Traced, element, elementwise_formula, formula_of, nodes_of, resolved
from explorables.explore.trace.ufuncs import UFUNCS
from explorables.explore.trace.ways import MAX_VALUES
from explorables.explore.trace.writing import Emitter

__all__ = [
    "LIBRARIES",
    "LONG",
    "MAX_VALUES",
    "UFUNCS",
    "Emitter",
    "Node",
    "Traced",
    "TracingError",
    "Unusable",
    "complete",
    "const",
    "element",
    "elementwise_formula",
    "evaluate",
    "every_way",
    "fail",
    "field",
    "formula_of",
    "input_node",
    "is_authors",
    "leaves",
    "lookup",
    "node",
    "nodes_of",
    "on_grid",
    "place",
    "possible",
    "resolved",
    "special",
    "template",
    "vocabulary",
]
