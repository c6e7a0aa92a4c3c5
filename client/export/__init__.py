"""Exports a story as txt, md, epub or docx, optionally with who wrote what."""

from client.export.formats import export_beside, export_to

__all__ = ["export_beside", "export_to"]
