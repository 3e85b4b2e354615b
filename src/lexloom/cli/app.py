"""The verbs of the command line. A verb's module is loaded when the verb is chosen."""

from __future__ import annotations

from typing import NamedTuple

from cyclopts import App, Group

from lexloom import __version__

__all__ = ["VERBS", "Verb", "build"]


class Verb(NamedTuple):
    """One verb: how it is called, where it lives, what it does, and an example that runs."""

    name: str
    home: str
    told: str
    example: str


VERBS = (
    Verb(
        "corpus",
        "lexloom.cli.corpus:corpus",
        "Turn raw text into a corpus: words, their counts and ids, built once for all trainers.",
        "lexloom corpus reviews.txt --out reviews.corpus --min-count 2",
    ),
    Verb(
        "train word2vec",
        "lexloom.cli.train:word2vec",
        "Train word vectors: from a corpus, or from raw text by way of one.",
        "lexloom train word2vec reviews.txt --out reviews.vectors --width 20",
    ),
    Verb(
        "train fasttext",
        "lexloom.cli.train:fasttext",
        "Train word vectors made of n-grams, so that words never seen have one too.",
        "lexloom train fasttext reviews.txt --out reviews.subwords --width 20",
    ),
    Verb(
        "train glove",
        "lexloom.cli.train:glove",
        "Train vectors from counts of words that stand near each other.",
        "lexloom train glove reviews.txt --out reviews.glove --width 20",
    ),
    Verb(
        "train nplm",
        "lexloom.cli.train:nplm",
        "Train a language model and its word vectors by a network that foretells the next word.",
        "lexloom train nplm reviews.txt --out reviews.nplm --min-count 1",
    ),
    Verb(
        "train svd",
        "lexloom.cli.train:svd",
        "Factor the counts of words that stand together (PPMI and SVD) into word vectors.",
        "lexloom train svd reviews.txt --out reviews.svd --width 5",
    ),
    Verb(
        "train bag-of-words",
        "lexloom.cli.train:bag_of_words",
        "Learn how much each word tells about a text: counts, tf-idf, BM25.",
        "lexloom train bag-of-words reviews.txt --out reviews.bag --max-n 2",
    ),
    Verb(
        "train tokenizer",
        "lexloom.cli.tokenizer:tokenizer",
        "Learn a tokenizer: the pieces of words that transformers read.",
        "lexloom train tokenizer reviews.corpus --out pieces --size 300",
    ),
    Verb(
        "pretrain bert",
        "lexloom.cli.pretrain:bert",
        "Pretrain a masked transformer, or go on with one on your own text.",
        "lexloom pretrain bert reviews.corpus --out bert --size tiny --steps 2",
    ),
    Verb(
        "pretrain gpt",
        "lexloom.cli.pretrain:gpt",
        "Pretrain a transformer that foretells the next piece.",
        "lexloom pretrain gpt reviews.corpus --out gpt --size tiny --steps 2",
    ),
    Verb(
        "finetune classify",
        "lexloom.cli.finetune:classify",
        "Learn to give texts labels, on top of a model.",
        "lexloom finetune classify reviews.bag --train labelled.csv --out tone",
    ),
    Verb(
        "finetune tag",
        "lexloom.cli.finetune:tag",
        "Learn to give each word or character a tag: names, parts of speech, chunks.",
        "lexloom finetune tag encoder --train tagged.txt --out names --epochs 1",
    ),
    Verb(
        "finetune match",
        "lexloom.cli.finetune:match",
        "Teach an encoder which texts belong together; the result is an encoder.",
        "lexloom finetune match encoder --train reviews.txt --out alike",
    ),
    Verb(
        "finetune translate",
        "lexloom.cli.finetune:translate",
        "Learn to translate, from pairs of a text and its translation.",
        "lexloom finetune translate --train en-de.tsv --out german --epochs 1",
    ),
    Verb(
        "finetune summarize",
        "lexloom.cli.finetune:summarize",
        "Learn to sum up texts in words of one's own, from texts and summaries by people.",
        "lexloom finetune summarize --train summed.jsonl --out sums --epochs 1",
    ),
    Verb(
        "finetune generate",
        "lexloom.cli.finetune:generate",
        "Learn to write as one's own texts do, or to answer prompts, on top of a causal model.",
        "lexloom finetune generate gpt --train labelled.csv --out shop",
    ),
    Verb(
        "predict",
        "lexloom.cli.predict:predict",
        "Give texts labels: a line for each with the label, its probability and the text.",
        "lexloom predict tone --text 'good price' --text 'bad room'",
    ),
    Verb(
        "explain",
        "lexloom.cli.explain:explain",
        "Show why a text is given a label: which words speak for it and which against, as a page.",
        "lexloom explain tone 'bad room, good price' --out why.html",
    ),
    Verb(
        "doubts",
        "lexloom.cli.doubts:doubts",
        "List texts whose label another seems likelier than, the most doubtful first.",
        "lexloom doubts reviews.bag labelled.csv",
    ),
    Verb(
        "summarize",
        "lexloom.cli.summarize:summarize",
        "Choose the sentences of texts that say most of them; nothing is trained.",
        "lexloom summarize reviews.bag reviews.txt --sentences 2",
    ),
    Verb(
        "distill",
        "lexloom.cli.distill:distill",
        "Make word vectors of a transformer: of each word the mean in its sentences.",
        "lexloom distill encoder reviews.txt --out reviews.distilled",
    ),
    Verb(
        "senses",
        "lexloom.cli.senses:senses",
        "Find the senses of a word: groups of its places, what stands beside it, examples.",
        "lexloom senses encoder price --corpus reviews.txt",
    ),
    Verb(
        "attention",
        "lexloom.cli.heat_maps:attention",
        "Show which words a transformer looks at from each word, as a page with layers and heads.",
        "lexloom attention encoder 'good price, bad room' --out attention.html",
    ),
    Verb(
        "similarity",
        "lexloom.cli.heat_maps:similarity",
        "Show how alike the words of two texts, or of one, are in their sentences, as one page.",
        "lexloom similarity encoder 'good price' 'bad room' --out alike.html",
    ),
    Verb(
        "tune",
        "lexloom.cli.tune:tune",
        "Search better settings for a corpus, by what its model is wanted for.",
        "lexloom tune svd reviews.txt --on pairs.tsv --budget 1s --out tuned",
    ),
    Verb(
        "perplexity",
        "lexloom.cli.foretelling:perplexity",
        "Measure how surprised a language model is by text.",
        "lexloom perplexity reviews.nplm reviews.txt",
    ),
    Verb(
        "generate",
        "lexloom.cli.generate:generate",
        "Let a language model go on with a text, or answer a prompt as it was taught.",
        "lexloom generate shop 'good quality' -n 20",
    ),
    Verb(
        "neighbors",
        "lexloom.cli.questions:neighbors",
        "Show the words nearest to each of some words.",
        "lexloom neighbors reviews.vectors quality price",
    ),
    Verb(
        "analogy",
        "lexloom.cli.questions:analogy",
        "Complete an analogy: find what C is to, as A is to B.",
        "lexloom analogy reviews.vectors good bad cheap",
    ),
    Verb(
        "embed",
        "lexloom.cli.embed:embed",
        "Embed texts: one vector a word in its sentence, or one a text.",
        "lexloom embed encoder 'good quality, low price' --words",
    ),
    Verb(
        "evaluate",
        "lexloom.cli.evaluate:evaluate",
        "Measure vectors by what people said of words, or a fine-tuned model by new examples.",
        "lexloom evaluate reviews.vectors --set pairs.tsv",
    ),
    Verb(
        "probe",
        "lexloom.cli.probe:probe",
        "Compare models by how well labels are read off their vectors of texts.",
        "lexloom probe reviews.bag reviews.vectors --on labelled.csv",
    ),
    Verb(
        "convert",
        "lexloom.cli.convert:convert",
        "Convert vectors to or from the formats of other programs.",
        "lexloom convert reviews.vectors reviews.bin",
    ),
    Verb(
        "show",
        "lexloom.cli.show:show",
        "Show what an artefact is, where it came from and how good it is.",
        "lexloom show reviews.vectors",
    ),
    Verb(
        "check",
        "lexloom.cli.check:check",
        "Look into text files: encoding, language, sizes, oddities, what training would cost.",
        "lexloom check reviews.txt",
    ),
    Verb(
        "demo",
        "lexloom.cli.demo:demo",
        "Go the whole way on real text: corpus, vectors, answers, a report.",
        "lexloom demo --language en --out demo",
    ),
    Verb(
        "completion",
        "lexloom.cli.completion:completion",
        "Write a script that completes verbs and options with the Tab key.",
        "lexloom completion bash",
    ),
)

ROOMS = {
    "train": "Train a model.",
    "pretrain": "Pretrain a transformer.",
    "finetune": "Make a model good at a task.",
}
TOLD = "From raw text to word vectors on your own machine."
EXAMPLE = "lexloom demo"


def build() -> App:
    """Make the command line, without loading the modules of its verbs."""
    verbs = Group("Verbs", sort_key=0)
    app = App(
        name="lexloom",
        help=TOLD,
        help_epilogue=_example(EXAMPLE),
        help_format="plaintext",
        version=__version__,
        suppress_keyboard_interrupt=False,
        group_commands=verbs,
        result_action="return_value",
    )
    rooms = {"": app}
    for verb in VERBS:
        room, _, name = verb.name.rpartition(" ")
        if room not in rooms:
            rooms[room] = App(
                name=room,
                help=ROOMS[room],
                help_epilogue=_example(verb.example),
                group_commands=verbs,
            )
            app.command(rooms[room])
        # Rendering markdown costs 0.1 s, which the list of verbs does without.
        rooms[room].command(
            verb.home,
            name=name,
            help=verb.told,
            help_format="markdown",
            help_epilogue=f"Example: `{verb.example}`",
        )
    return app


def _example(command: str) -> str:
    """Set an example apart below the list of verbs."""
    return f"Example:\n  {command}"
