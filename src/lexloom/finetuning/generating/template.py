"""Texts with gaps that the fields of a record fill: ``{title}`` and nothing cleverer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lexloom.errors import SettingError

__all__ = ["Template"]

_PARTS = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|[{}])")
_BRACES = {"{{": "{", "}}": "}"}
_CLEVER = re.compile(r"[.\[\]!:]")


@dataclass(frozen=True)
class Template:
    """A text with gaps.

    Nothing but names of fields stands in braces: no attribute, no index, no format. What fills a
    gap is never looked at for further gaps.

    Attributes
    ----------
    literals
        N + 1 texts around the gaps.
    fields
        N names of what fills them.

    Examples
    --------
    >>> Template.of("{title}: {{x}}").fill({"title": "{y}"})
    '{y}: {x}'
    """

    literals: tuple[str, ...]
    fields: tuple[str, ...]

    @classmethod
    def of(cls, text: str, setting: str = "template") -> Template:
        """Read a template.

        Parameters
        ----------
        text
            Names in braces are gaps; ``{{`` and ``}}`` are braces of the text.
        setting
            What the text is called, for the message.

        Returns
        -------
        Template
            What it says.

        Raises
        ------
        SettingError
            If a brace stands alone, or holds what is no plain name.
        """
        literals, fields = [""], []
        for part in _PARTS.split(text):
            if part in {"{", "}"}:
                raise SettingError(
                    f"{setting} has a {part!r} that stands alone, in {text!r:.60}.",
                    "Write {name} for a field, {{ and }} for braces of the text.",
                )
            if not part.startswith("{") or part in _BRACES:
                literals[-1] += _BRACES.get(part, part)
                continue
            name = part[1:-1]
            if not name.strip() or _CLEVER.search(name):
                raise SettingError(
                    f"{setting} must name fields plainly, as {{title}}, got {part!r:.60}.",
                    "Attributes, indices and formats are not looked up; {{ and }} are braces.",
                )
            fields.append(name)
            literals.append("")
        return cls(tuple(literals), tuple(fields))

    def fill(self, record: Mapping[str, str]) -> str:
        """Fill the gaps.

        Parameters
        ----------
        record
            A text for each field.

        Returns
        -------
        str
            The whole text.
        """
        values = [*(record[name] for name in self.fields), ""]
        return "".join(map(str.__add__, self.literals, values))
