"""Writes a story as txt, md, epub or docx, on request with an appendix that says who wrote what."""

from client.export.files import export_beside, export_to

__all__ = ["export_beside", "export_to"]
