"""The report card as a Markdown table."""

from __future__ import annotations

from typing import Any

from trainer.report_card.measures import MEASURES, Measure, shown


def table(card: dict[str, Any]) -> str:
    """A card (:func:`trainer.report_card.card.make`) as Markdown."""
    columns = card["columns"]
    lines = [
        f"# Report card of {card['model']}",
        "",
        f"{card['windows']} windows of ten sentences, seed {card['seed']}; after ± half of the "
        "95 % bootstrap interval over windows. Human text is held out from training.",
        "",
        "| mark | figure | " + " | ".join(column["name"] for column in columns) + " |",
        "|---|---|" + "---:|" * len(columns),
    ]
    mark = ""
    for measure in MEASURES:
        cells = [_cell(measure, column["figures"][measure.key]) for column in columns]
        name = measure.mark if measure.mark != mark else ""
        mark = measure.mark
        lines.append(f"| {name} | {measure.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(measure: Measure, figure: dict[str, float] | None) -> str:
    if figure is None:
        return "–"
    half = (figure["high"] - figure["low"]) / 2
    spread = f"{100 * half:.1f}" if measure.percent else f"{half:.2f}"
    return f"{shown(measure, figure['value'])} ± {spread}"
