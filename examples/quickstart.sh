#!/usr/bin/env bash
# From text to vectors to answers. Read it in two minutes, run it in one:
#   examples/quickstart.sh [FOLDER]
set -euo pipefail
folder=${1:-quickstart}
mkdir -p "$folder"
cd "$folder"

# 1. Some text, a document a line. Yours may be .txt, .jsonl, .csv, .tsv or .parquet, packed or not.
python3 - >reviews.txt <<'PYTHON'
import random

draw = random.Random(1)
things = {"phone": "battery screen camera".split(), "hotel": "room breakfast staff".split()}
verdicts = {"good": "lovely excellent great".split(), "bad": "awful broken terrible".split()}
with open("verdicts.tsv", "w") as labelled:
    print("text", "label", sep="\t", file=labelled)
    for _ in range(3000):
        thing, parts = draw.choice(list(things.items()))
        verdict, words = draw.choice(list(verdicts.items()))
        part, other = draw.choice(parts), draw.choice(parts)
        first, second = draw.choice(words), draw.choice(words)
        told = f"the {part} is {first} and the {other} is {second}"
        print(f"a {verdict} {thing} : {told}")
        print(told, verdict, sep="\t", file=labelled)
PYTHON

# 2. What is in it, and what will training cost?
lexloom check reviews.txt

# 3. Words, counts and ids: built once, used by every trainer.
lexloom corpus reviews.txt --out reviews.corpus --language en --force

# 4. Train. Ctrl-C is harmless: the same command with --resume goes on.
lexloom train word2vec reviews.corpus --out reviews.vectors --width 50 --epochs 5 --force

# 5. Ask.
lexloom neighbors reviews.vectors battery awful -n 3
lexloom analogy reviews.vectors phone battery hotel -n 3

# 6. Measure, look behind, hand over.
lexloom evaluate reviews.vectors
lexloom show reviews.vectors
lexloom convert reviews.vectors reviews.bin --force

# 7. A word that nobody wrote: FastText makes its vector of the n-grams it is spelt with.
lexloom train fasttext reviews.corpus --out reviews.subwords --width 50 --force
lexloom neighbors reviews.subwords batteries -n 3

# 8. A task: labels, learned on top of the vectors, and what each word says for one.
#    (This needs lexloom[finetune]; encoders, taggers, translators and writers learn the same way.)
lexloom finetune classify reviews.vectors --train verdicts.tsv --out verdicts --force
lexloom predict verdicts --text 'the screen is excellent' --text 'the staff is awful'
lexloom explain verdicts 'the room is great and the breakfast is great' --out why.html --force
