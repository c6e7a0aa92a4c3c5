"""The report card as a picture: each measure a small panel, human text as the yardstick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.report_card.measures import MEASURES, Measure, shown
from trainer.training.pictures import save

COLUMNS = 4
COLOURS = {"human": "#888888"}
OTHER_COLOURS = ("#2b6cb0", "#dd6b20", "#2f855a")


def draw(card: dict[str, Any], path: Path) -> None:
    """Write a card (:func:`trainer.report_card.card.make`) as PNG, whole or not at all."""
    from matplotlib.figure import Figure

    rows = -(-len(MEASURES) // COLUMNS)
    figure = Figure(figsize=(4 * COLUMNS, 2.4 * rows), layout="constrained")
    figure.suptitle(f"Report card of {card['model']} ({card['windows']} windows of ten sentences)")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for panel, measure in zip(panels, MEASURES, strict=False):
        _panel(panel, measure, card["columns"])
    for panel in list(figure.axes)[len(MEASURES) :]:
        panel.set_visible(False)
    save(figure, path)


def _panel(panel: Any, measure: Measure, columns: list[dict[str, Any]]) -> None:
    scale = 100 if measure.percent else 1
    others = iter(OTHER_COLOURS)
    for place, column in enumerate(columns):
        colour = COLOURS.get(column["name"]) or next(others)
        found = column["figures"][measure.key]
        if found is None:
            panel.text(0, place, " –", va="center")
            continue
        value = found["value"] * scale
        spread = [[value - found["low"] * scale], [found["high"] * scale - value]]
        panel.barh(place, value, color=colour, height=0.5)
        panel.errorbar(value, place, xerr=_positive(spread), color="black", capsize=3, lw=1)
        label = f" {shown(measure, found['value'])}"
        panel.text(0, place - 0.26, label, va="bottom", fontsize=8)
    panel.set_yticks(range(len(columns)), [column["name"] for column in columns])
    panel.set_ylim(len(columns) - 0.4, -0.8)
    panel.set_title(measure.title, fontsize=8)
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)


def _positive(spread: list[list[float]]) -> list[list[float]]:
    """A resampled interval may miss the value itself by a rounding."""
    return [[max(0.0, length) for length in side] for side in spread]
