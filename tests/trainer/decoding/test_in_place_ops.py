"""Undocumented behaviour of raw TensorFlow ops that the key-value caches rely on.

Looked at in TensorFlow 2.20.0. If one of these fails with another version, see ``scatter_in_place``
in ``trainer/decoding/network/kernels.py`` and ``empty_caches`` in ``decoder.py`` beside it.
``tf.tensor_scatter_nd_update`` is the documented, slower, way.
"""

import numpy as np
import tensorflow as tf

from trainer.decoding.network.kernels import scatter_in_place

LOOKED_AT = f"looked at in TensorFlow 2.20.0, this is {tf.__version__}"


def test_inplace_update_writes_rows_and_nothing_else():
    x = tf.reshape(tf.range(12.0), [4, 3])
    expected = x.numpy()
    expected[[3, 1]] = [[-1, -2, -3], [-4, -5, -6]]

    @tf.function
    def update(x, rows, values):
        return scatter_in_place(x + 0.0, rows, values)

    found = update(x, tf.constant([3, 1]), tf.constant([[-1.0, -2, -3], [-4, -5, -6]]))
    np.testing.assert_array_equal(found, expected, f"InplaceUpdate: {LOOKED_AT}")


def test_inplace_update_does_not_copy():
    x = tf.raw_ops.Empty(shape=[4, 3], dtype=tf.float32, init=True)
    scatter_in_place(x, tf.constant([2]), tf.ones([1, 3]))
    assert x.numpy()[2].all(), f"InplaceUpdate copies its input: {LOOKED_AT}"


def test_a_loop_that_writes_its_own_buffer_keeps_every_step():
    """Each step writes before it reads, and what the next one writes depends on what was read.

    Without that dependency TensorFlow may run a write before an earlier read.
    """

    @tf.function
    def fill(steps):
        start = tf.raw_ops.Empty(shape=[steps, 2], dtype=tf.float32, init=True)

        def write(step, buffer, total):
            buffer = scatter_in_place(buffer, step[None], tf.fill([1, 2], total + 1.0))
            return step + 1, buffer, tf.reduce_sum(buffer[:, 0])

        shapes = (tf.TensorShape([]), tf.TensorShape([None, 2]), tf.TensorShape([]))
        return tf.while_loop(
            lambda step, *_: step < steps,
            write,
            (0, tf.ensure_shape(start, [None, 2]), 0.0),
            shape_invariants=shapes,
        )

    _, buffer, total = fill(tf.constant(5))
    message = f"InplaceUpdate in a loop: {LOOKED_AT}"
    np.testing.assert_array_equal(buffer[:, 0], [1, 2, 4, 8, 16], message)
    assert float(total) == 31, message


def test_empty_is_zeros_and_two_of_them_are_never_one_buffer():
    @tf.function
    def two(rows):
        first, second = (
            tf.raw_ops.Empty(shape=[rows, 2], dtype=tf.float32, init=True) for _ in range(2)
        )
        return scatter_in_place(first, tf.constant([0]), tf.ones([1, 2])), second

    for _ in range(3):  # the optimizer runs at the first call
        written, untouched = two(tf.constant(3))
        np.testing.assert_array_equal(written, [[1, 1], [0, 0], [0, 0]], f"Empty: {LOOKED_AT}")
        assert not untouched.numpy().any(), f"the optimizer merges Empty ops: {LOOKED_AT}"
