"""What `Generator` learns: a causal model, and how its prompts and answers are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from lexloom import artefact
from lexloom.catalog import in_words
from lexloom.contextual.language_models.causal_model import CausalModel
from lexloom.contextual.language_models.drawing import Drawing
from lexloom.contextual.language_models.foretelling import Surprise
from lexloom.errors import FormatError, SettingError, ShapeError
from lexloom.finetuning.fitted import Fitted
from lexloom.finetuning.generating.answer_network import AnswerNetwork, nats_of_passages
from lexloom.finetuning.generating.answer_sequences import answer_sequences
from lexloom.finetuning.generating.generation_report import GenerationReport
from lexloom.finetuning.generating.passages import Passage, Passages, passages_of
from lexloom.finetuning.generating.template import Template

__all__ = ["FittedGenerator", "Prompt", "surprise_of"]

_TEMPLATES = "templates.json"
_PIECES_AT_ONCE = 4_096

Prompt = str | Mapping[str, str]
"""How a text begins; or what fills the prompt: its only field, or a record."""


class FittedGenerator(Fitted):
    """Writes texts as it learned to. Nothing of it changes after it is made.

    Parameters
    ----------
    model
        Foretells pieces.
    prompt
        The template of what stands before an answer; where it has no field, a prompt is the
        beginning of the text itself.
    answer
        The template of what was learned.
    **kept
        As of `Fitted`.

    Raises
    ------
    SettingError
        If a template is none.
    """

    kind = "generator"
    reading = {"documents": "line", "encoding": "utf-8"}  # noqa: RUF012  # never written to

    def __init__(self, model: CausalModel, prompt: str, answer: str, **kept: Any) -> None:
        super().__init__(model, **kept)
        self.prompt, self.answer = Template.of(prompt, "prompt"), Template.of(answer, "answer")
        self._written = {"prompt": prompt, "answer": answer}

    def __repr__(self) -> str:
        shown = repr(self._written["prompt"] + "…") if self.prompt.fields else "texts"
        return f"FittedGenerator({shown}; on {self.model!r})"

    def generate(self, prompt: Prompt = "", **drawing: Any) -> str:
        """Write a text.

        Parameters
        ----------
        prompt
            What fills the template of prompts, a text for its only field or a record; without such
            a template, how the text begins.
        **drawing
            Settings of `Drawing`: ``n_pieces``, ``temperature``, ``top_k``, ``top_p``,
            ``repetition_penalty``, ``stop``, ``seed``.

        Returns
        -------
        str
            The answer; without a template of prompts what comes behind the beginning.

        Raises
        ------
        SettingError
            If the prompt does not fill the template, or a setting is out of its range.
        """
        return "".join(self.stream(prompt, **drawing))

    def stream(self, prompt: Prompt = "", **drawing: Any) -> Iterator[str]:
        """Write a text, and give what is settled of it while it is drawn.

        Parameters
        ----------
        prompt
            As of `generate`.
        **drawing
            As of `generate`.

        Returns
        -------
        iterator of str
            Parts of what `generate` gives: whole characters, none empty.

        Raises
        ------
        SettingError
            As of `generate`.
        """
        return (text for _, text in self._going_on([prompt], Drawing(**drawing)))

    def generate_all(self, prompts: Iterable[Prompt], **drawing: Any) -> list[str]:
        """Write several texts, some at once.

        Parameters
        ----------
        prompts
            N prompts, each as of `generate`. Text n is drawn with random numbers of the seed and n.
        **drawing
            As of `generate`.

        Returns
        -------
        list of str
            N texts.

        Raises
        ------
        SettingError
            As of `generate`.
        """
        if isinstance(prompts, str | Mapping):
            raise SettingError("prompts must be a list of prompts.", "Pass a list, if only of one.")
        given = list(prompts)
        found = [""] * len(given)
        for number, text in self._going_on(given, Drawing(**drawing)):
            found[number] += text
        return found

    def filled(self, prompt: Prompt) -> str:
        """Give what stands before an answer.

        Parameters
        ----------
        prompt
            As of `generate`.

        Returns
        -------
        str
            What the model goes on with.

        Raises
        ------
        SettingError
            If the prompt does not fill the template.
        """
        fields = tuple(dict.fromkeys(self.prompt.fields))
        if isinstance(prompt, str) and not fields:
            return self.prompt.fill({}) + prompt
        if isinstance(prompt, str) and len(fields) == 1:
            prompt = {fields[0]: prompt}
        needed = ", ".join(fields) or "none"
        if not isinstance(prompt, Mapping):
            plain = "" if fields[1:] else "a text or "
            raise SettingError(
                f"a prompt must be {plain}a record of the fields {needed}, got {prompt!r:.60}."
            )
        if set(prompt) != set(fields):
            got = ", ".join(map(str, prompt)) or "none"
            raise SettingError(f"the fields of a prompt must be {needed}, got {got:.60}.")
        for name, value in prompt.items():
            if not isinstance(value, str):
                raise SettingError(f"{name!r} of a prompt must be a text, got {value!r:.60}.")
        return self.prompt.fill(prompt)

    def _going_on(self, prompts: list[Prompt], drawing: Drawing) -> Iterator[tuple[int, str]]:
        """Write texts behind filled prompts."""
        filled = [self.filled(prompt) for prompt in prompts]
        return self.model.going_on(filled, drawing, apart=self.prompt != Template.of(""))

    def surprise(self, texts: Passages, **reading: Any) -> Surprise:
        """Measure how surprised it is by answers behind their prompts.

        Parameters
        ----------
        texts
            A file, or texts or records, as of `Generator.fit`.
        **reading
            `documents` and `encoding` of a file; by default as it was taught.

        Returns
        -------
        Surprise
            With the figures that `perplexity` and `bits_per_byte` give.

        Raises
        ------
        SettingError, FormatError, StorageError
            If they are no texts with the fields of the templates, or there is no such setting.
        ShapeError
            If there is no text.
        """
        passages = passages_of(texts, self.prompt, self.answer, **self._reading(reading))
        if not passages:
            raise ShapeError("expected at least one text, got none.")
        return surprise_of(self.model, passages)

    def perplexity(self, texts: Passages) -> float:
        """Measure how surprised it is: exp of the mean of -ln P over the pieces of answers.

        Parameters
        ----------
        texts
            As of `surprise`.

        Returns
        -------
        float
            From 1 up. Models with other pieces cannot be compared by it: `bits_per_byte` can.

        Raises
        ------
        SettingError, FormatError, StorageError, ShapeError
            As of `surprise`.
        """
        return self.surprise(texts).perplexity

    def bits_per_byte(self, texts: Passages) -> float:
        """Measure how many bits each byte of answers would take, their ends counted as one byte.

        Parameters
        ----------
        texts
            As of `surprise`.

        Returns
        -------
        float
            From 0 up.

        Raises
        ------
        SettingError, FormatError, StorageError, ShapeError
            As of `surprise`.
        """
        return self.surprise(texts).bits_per_byte

    def _write_own(self, draft: artefact.Draft) -> None:
        """Write the templates."""
        draft.write_json(_TEMPLATES, self._written)

    def _about(self) -> dict[str, Any]:
        """Say whether it answers a prompt."""
        return {"saying": "prompt", "prompt": self._written["prompt"]} if self.prompt.fields else {}

    @classmethod
    def _read_own(cls, opened: artefact.Artefact, model: Any, kept: Mapping[str, Any]) -> Self:
        """Put the templates beside the model."""
        said = opened.json(_TEMPLATES)
        if not isinstance(model, CausalModel):
            found = in_words(model.kind)
            raise FormatError(f"a generator needs a causal model, this holds {found}.")
        if not isinstance(said["prompt"], str) or not isinstance(said["answer"], str):
            raise TypeError("a template must be a text")
        return cls(model, said["prompt"], said["answer"], **kept)

    @staticmethod
    def _read_report(values: Mapping[str, Any]) -> GenerationReport:
        """Take back the report."""
        return GenerationReport.from_dict(values)


def surprise_of(model: CausalModel, passages: list[Passage]) -> Surprise:
    """Measure how surprised a model is by answers.

    Parameters
    ----------
    model
        The model.
    passages
        At least one.

    Returns
    -------
    Surprise
        What it came to.
    """
    sequences = answer_sequences(model, passages, model.positions)
    nats = nats_of_passages(AnswerNetwork(model.module), sequences, len(passages), _PIECES_AT_ONCE)
    n_foretold = sum(sequence.n_foretold for sequence in sequences)
    n_bytes = sum(len(passage.answer.encode()) + 1 for passage in passages)
    unknown = model.tokenizer.id_of("unk_token")
    n_unknown = sum(int((s.ids[s.n_given :] == unknown).sum()) for s in sequences)
    return Surprise(float(nats.sum()), n_foretold, n_foretold, n_bytes, n_unknown)
