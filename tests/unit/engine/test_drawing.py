"""Operations drawn as Mermaid."""

from hypothesis import given

from bedplate.engine.drawing import mermaid
from bedplate.operations import CREATE
from tests.unit.engine.small import table
from tests.unit.engine.tables import operations


def test_a_drawing_has_a_box_for_each_step_and_an_arrow_for_each_order():
    assert mermaid(table("a", "own-b: a", "c: a own-b", one_way="own-b")) == (
        "flowchart TD\n"
        '  a["01 a"]\n'
        '  own_b["02 own-b"]\n'
        '  c["03 c"]\n'
        "  a --> own_b\n"
        "  a --> c\n"
        "  own_b --> c\n"
        "  style own_b stroke-width:3px\n"
    )


def test_a_drawing_marks_nothing_where_there_is_always_a_way_back():
    assert "style" not in mermaid(table("a"))


@given(operations())
def test_a_drawing_leaves_out_no_step_and_no_order(operation):
    drawing = mermaid(operation).splitlines()
    arrows = sum(len(step.after) for step in operation.steps)
    assert len(set(drawing)) == len(drawing) == 1 + len(operation.steps) + arrows


def test_create_is_drawn_with_the_pivot_marked():
    drawing = mermaid(CREATE)
    assert "workers --> pivot" in drawing
    assert "style pivot" in drawing
