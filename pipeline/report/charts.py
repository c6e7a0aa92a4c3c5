"""Draws charts as inline SVG, reproducible to the byte and without a plotting library."""

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from pipeline.report.statistics import Counts

_WIDTH, _HEIGHT = 460, 200  # SVG units
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 20, 10, 34  # margins for the labels
_PLOT_WIDTH = _WIDTH - _LEFT - _RIGHT
_PLOT_HEIGHT = _HEIGHT - _TOP - _BOTTOM
_BARS = 48  # at most


def histogram(counts: Counts, unit: str) -> Markup:
    """Draw a histogram.

    Args:
        counts: number of occurrences of value n, at index n.
        unit: unit of the values, the label of the axis.
    """
    step = _nice(len(counts) / _BARS)
    heights = [int(counts[n : n + step].sum()) for n in range(0, len(counts), step)]
    most = max(heights)
    width = _PLOT_WIDTH / len(heights)
    bars = [
        f'<rect x="{_LEFT + n * width:.1f}" y="{_y(height / most):.1f}" '
        f'width="{max(width - 1, 1):.1f}" height="{height / most * _PLOT_HEIGHT:.1f}">'
        f"<title>{_range(n * step, step)} {escape(unit)}: {height:,}</title></rect>"
        for n, height in enumerate(heights)
        if height
    ]
    every = _nice(len(counts) / 6)
    ticks = [(value, (value / step + 0.5) * width) for value in range(0, len(counts), every)]
    lines = [(value, value / most) for value in _steps(most)]
    return _svg(bars, [(f"{value:,}", x) for value, x in ticks], lines, unit)


def rank_curve(counts: Counts, unit: str) -> Markup:
    """Draw frequency against rank on logarithmic axes (Zipf's law).

    Args:
        counts: frequencies in any order.
        unit: label of the horizontal axis.
    """
    ordered = sorted((int(count) for count in counts if count), reverse=True)
    decades_x = max(1, math.ceil(math.log10(len(ordered))))
    decades_y = max(1, math.ceil(math.log10(ordered[0] + 1)))
    ranks = sorted({round(10 ** (n / 40)) for n in range(40 * decades_x + 1)} | {len(ordered)})
    points = " ".join(
        f"{_LEFT + math.log10(rank) / decades_x * _PLOT_WIDTH:.1f},"
        f"{_y(math.log10(ordered[rank - 1]) / decades_y):.1f}"
        for rank in ranks
        if rank <= len(ordered)
    )
    ticks = [(f"{10**n:,}", n / decades_x * _PLOT_WIDTH) for n in range(decades_x + 1)]
    lines = [(10**n, n / decades_y) for n in range(decades_y + 1)]
    return _svg([f'<polyline points="{points}"/>'], ticks, lines, unit)


def _svg(
    marks: Sequence[str],
    ticks: Sequence[tuple[str, float]],
    lines: Sequence[tuple[int, float]],
    unit: str,
) -> Markup:
    """Put marks on axes with ticks (label, distance from the left) and lines (value, share)."""
    base = _HEIGHT - _BOTTOM
    grid = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        f'<text class="y" x="{_LEFT - 6}" y="{_y(share) + 4:.1f}">{value:,}</text>'
        for value, share in lines
    ]
    below = [
        f'<text class="x" x="{_LEFT + x:.1f}" y="{base + 14}">{label}</text>' for label, x in ticks
    ]
    middle = _LEFT + _PLOT_WIDTH / 2
    caption = f'<text class="x" x="{middle:.0f}" y="{_HEIGHT - 4}">{escape(unit)}</text>'
    content = "\n".join([*grid, *marks, *below, caption])
    return Markup(f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">\n{content}\n</svg>')


def _y(share: float) -> float:
    return _TOP + (1 - share) * _PLOT_HEIGHT


def _range(first: int, step: int) -> str:
    return f"{first}" if step == 1 else f"{first}–{first + step - 1}"


def _nice(least: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, … that is not below `least`."""
    scale = 1
    while True:
        for number in (1, 2, 5):
            if number * scale >= least:
                return number * scale
        scale *= 10


def _steps(most: int) -> range:
    """Return round values from 0 up to `most`."""
    return range(0, most + 1, _nice(most / 4))
