"""The report card as a Markdown table."""

from __future__ import annotations

from typing import Any

from trainer.report_card.quality_metrics import METRICS, Metric, format_value


def table(card: dict[str, Any]) -> str:
    """A card (:func:`trainer.report_card.card.make_card`) as Markdown."""
    columns = card["columns"]
    lines = [
        f"# Report card of {card['model']}",
        "",
        f"{card['windows']} windows of ten sentences, seed {card['seed']}; ± is half of the 95 % "
        "bootstrap interval over windows. The human text was held out from training.",
        "",
        "| mark | figure | " + " | ".join(column["name"] for column in columns) + " |",
        "|---|---|" + "---:|" * len(columns),
    ]
    mark = ""
    for metric in METRICS:
        cells = [_cell(metric, column["figures"][metric.key]) for column in columns]
        name = metric.mark if metric.mark != mark else ""
        mark = metric.mark
        lines.append(f"| {name} | {metric.title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(metric: Metric, estimate: dict[str, float] | None) -> str:
    if estimate is None:
        return "–"
    half = (estimate["high"] - estimate["low"]) / 2
    error = f"{100 * half:.1f}" if metric.percent else f"{half:.2f}"
    return f"{format_value(metric, estimate['value'])} ± {error}"
