"""The heads find what tells labels apart, on vectors of which that is known."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_labels import LABELS, SIZE, hidden_labels, labels_of
from numpy.typing import NDArray
from sklearn.covariance import shrunk_covariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from finder.core.teaching.discriminant import Discriminant
from finder.core.teaching.heads import Head, Method, Teacher, possible_heads
from finder.core.teaching.projection import Basis, Projection
from finder.core.teaching.softmax_head import learn_head, loss_and_gradients


def angles(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cosines of the angles between two subspaces, whose columns [D, K] span them."""
    one, two = (np.linalg.qr(columns)[0] for columns in (first, second))
    cosines: NDArray[np.float64] = np.linalg.svd(one.T @ two)[1]
    return cosines


def test_the_discriminant_spans_what_scikit_learn_finds() -> None:
    labels = labels_of(each=60)
    vectors = hidden_labels(labels).astype(np.float64)
    head = Discriminant(vectors, labels).head(0.0, LABELS - 1)
    theirs = LinearDiscriminantAnalysis(solver="eigen").fit(vectors, labels)
    assert head.shape == (SIZE, LABELS - 1)
    assert angles(head, theirs.scalings_[:, : LABELS - 1]).min() > 0.9999


def test_a_shrunk_covariance_is_that_of_scikit_learn() -> None:
    """The directions between the labels' means, where the covariance within labels is shrunk as
    scikit-learn shrinks one."""
    labels = labels_of(each=60)
    vectors = hidden_labels(labels).astype(np.float64)
    means = np.stack([vectors[labels == label].mean(axis=0) for label in range(LABELS)])
    inside = shrunk_covariance(np.cov((vectors - means[labels]).T, bias=True), 0.3)
    expected = np.linalg.solve(inside, (means - vectors.mean(axis=0)).T)[:, : LABELS - 1]
    head = Discriminant(vectors, labels).head(0.3, LABELS - 1)
    assert angles(head, expected).min() > 0.9999


def test_pictures_of_a_label_vary_by_one_in_each_direction_of_the_discriminant() -> None:
    labels = labels_of(each=60)
    vectors = hidden_labels(labels).astype(np.float64)
    given = (vectors - vectors.mean(axis=0)) @ Discriminant(vectors, labels).head(0.0, SIZE)
    inside = np.concatenate(
        [given[labels == label] - given[labels == label].mean(axis=0) for label in range(LABELS)]
    )
    np.testing.assert_allclose(inside.T @ inside / len(labels), np.eye(SIZE), atol=1e-6)


def test_the_gradients_of_the_softmax_are_those_of_its_loss() -> None:
    random = np.random.default_rng(3)
    given = random.normal(size=(12, 6)).astype(np.float32)
    labels = np.arange(12) % 3
    parameters = [random.normal(size=shape).astype(np.float32) for shape in ((6, 4), (3, 4))]
    step = loss_and_gradients(given, labels, *parameters)
    for number, gradient in enumerate((step.projection, step.prototypes)):
        for at in ((0, 0), (2, 1), (1, 3)):
            losses = []
            for change in (1e-2, -1e-2):
                moved = [one.copy() for one in parameters]
                moved[number][at] += change
                losses.append(loss_and_gradients(given, labels, *moved).loss)
            assert gradient[at] == pytest.approx((losses[0] - losses[1]) / 2e-2, abs=3e-2)


def test_gradient_steps_reduce_the_loss_and_repeat_exactly() -> None:
    labels = labels_of()
    coordinates = Basis(hidden_labels(labels)).coordinates(hidden_labels(labels))
    start = np.eye(coordinates.shape[1], 16)

    def loss(head: NDArray[np.float64]) -> float:
        """With the means of the labels as prototypes."""
        projected = (coordinates @ head).astype(np.float32)
        means = np.stack([projected[labels == label].mean(axis=0) for label in range(LABELS)])
        eye = np.eye(16, dtype=np.float32)
        return loss_and_gradients(projected, labels, eye, means).loss

    learned = [learn_head(coordinates, labels, start, 0.0003, 5) for _ in range(2)]
    assert loss(learned[0]) < loss(start) - 0.1
    assert np.array_equal(learned[0], learned[1])


@pytest.mark.parametrize("method", list(Method))
def test_every_head_gives_shorter_unit_vectors(method: Method) -> None:
    labels = labels_of()
    vectors = hidden_labels(labels)
    teacher = Teacher(Basis(vectors), vectors, labels, 0)
    for head in possible_heads([method], LABELS, SIZE):
        assert head.method is method
        projection = teacher.projection(head)
        found = projection(vectors)
        assert found.dtype == np.float32
        assert found.shape == (len(labels), projection.dimension)
        assert projection.dimension <= min(head.dimension, SIZE)
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)


def test_fewer_pictures_than_numbers_give_as_many_directions_as_they_vary_in() -> None:
    vectors = hidden_labels(labels_of(4, 5))
    basis = Basis(vectors)
    assert basis.dimension == 19
    centred = vectors - basis.mean
    np.testing.assert_allclose(basis.coordinates(vectors) @ basis.directions.T, centred, atol=1e-5)
    wide, tall = Basis(vectors, vectors), basis
    assert angles(wide.directions, tall.directions).min() > 0.999


def test_other_pictures_are_part_of_the_basis() -> None:
    vectors, others = hidden_labels(labels_of(4, 5)), hidden_labels(labels_of(), 1)
    assert Basis(vectors, others).dimension > Basis(vectors).dimension


def test_a_vector_that_is_projected_to_nothing_has_no_direction() -> None:
    matrix = np.eye(3, 2, dtype=np.float32)
    projection = Projection(matrix, np.zeros(2, np.float32))
    found = projection(np.array([[0, 0, 1], [3, 4, 0], [np.nan, 0, 0]], np.float32))
    np.testing.assert_allclose(found, np.array([[0, 0], [0.6, 0.8], [0, 0]]), atol=1e-6)


def test_two_labels_have_heads_of_several_numbers() -> None:
    heads = possible_heads(list(Method), 2, 1_280)
    assert Head(Method.DISCRIMINANT, 0.2, 8) in heads
    assert all(8 <= head.dimension <= 512 for head in heads)
    assert possible_heads([Method.DISCRIMINANT], 2, 4)[0].dimension == 4
