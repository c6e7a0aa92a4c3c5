"""The report card as a chart: a panel for each metric, with human text as the yardstick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.report_card.quality_metrics import METRICS, Metric, format_value
from trainer.training.png import save_png

COLUMNS = 4
COLOURS = {"human": "#888888"}
OTHER_COLOURS = ("#2b6cb0", "#dd6b20", "#2f855a")


def draw(card: dict[str, Any], path: Path) -> None:
    """Write a card (:func:`trainer.report_card.card.make_card`) as PNG atomically.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    rows = -(-len(METRICS) // COLUMNS)
    figure = Figure(figsize=(4 * COLUMNS, 2.4 * rows), layout="constrained")
    figure.suptitle(f"Report card of {card['model']} ({card['windows']} windows of ten sentences)")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for panel, metric in zip(panels, METRICS, strict=False):
        _draw_panel(panel, metric, card["columns"])
    for panel in list(figure.axes)[len(METRICS) :]:
        panel.set_visible(False)
    save_png(figure, path)


def _draw_panel(panel: Any, metric: Metric, columns: list[dict[str, Any]]) -> None:
    scale = 100 if metric.percent else 1
    others = iter(OTHER_COLOURS)
    for place, column in enumerate(columns):
        colour = COLOURS.get(column["name"]) or next(others)
        estimate = column["figures"][metric.key]
        if estimate is None:
            panel.text(0, place, " –", va="center")
            continue
        value = estimate["value"] * scale
        errors = [[value - estimate["low"] * scale], [estimate["high"] * scale - value]]
        panel.barh(place, value, color=colour, height=0.5)
        panel.errorbar(value, place, xerr=_at_least_zero(errors), color="black", capsize=3, lw=1)
        label = f" {format_value(metric, estimate['value'])}"
        panel.text(0, place - 0.26, label, va="bottom", fontsize=8)
    panel.set_yticks(range(len(columns)), [column["name"] for column in columns])
    panel.set_ylim(len(columns) - 0.4, -0.8)
    panel.set_title(metric.title, fontsize=8)
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)


def _at_least_zero(errors: list[list[float]]) -> list[list[float]]:
    """Rounding can put a value just outside its interval; matplotlib refuses negative bars."""
    return [[max(0.0, length) for length in side] for side in errors]
