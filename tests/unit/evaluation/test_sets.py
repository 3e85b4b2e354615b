"""Sets in every layout people use, and the message for every way a row goes wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.errors import FormatError, SettingError, StorageError
from lexloom.evaluation.sets import AnalogyQuestions, WordCategories, WordPairs, read_set

LAYOUTS = {
    "wordsim353": b"# The set\n# Word 1\tWord 2\tMean\ntiger\tcat\t7.35\nlove\tsex\t6.77\n",
    "simlex": b"word1\tword2\tPOS\tSimLex999\tconc(w1)\ntiger\tcat\tN\t7.35\t1\n"
    b"love\tsex\tN\t6.77\t2\n",
    "rg65": b",word1,word2,similarity\n0,tiger,cat,7.35\n1,love,sex,6.77\n",
    "combined": b"Word 1,Word 2,Human (mean)\ntiger,cat,7.35\nlove,sex,6.77\n",
    "men": b"tiger cat 7.35\nlove sex 6.77\n",
    "semicolons": b"tiger;cat;7.35\nlove;sex;6.77\n",
    "numbered": b"1\ttiger\tcat\t7.35\n2\tlove\tsex\t6.77\n",
    "windows": b"\xef\xbb\xbftiger\tcat\t7.35\r\n\r\nlove\tsex\t6.77\r\n",
    "old mac": b"tiger\tcat\t7.35\rlove\tsex\t6.77\r",
    "quoted": b'"tiger","cat",7.35\n"love","sex",6.77\n',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pairs_are_read_from_any_layout(tmp_path, layout):
    path = tmp_path / f"{layout}.txt"
    path.write_bytes(LAYOUTS[layout])
    assert read_set(path) == WordPairs(layout, (("tiger", "cat"), ("love", "sex")), (7.35, 6.77))


def test_questions_keep_their_sections(tmp_path):
    path = tmp_path / "ca8.txt"
    path.write_bytes(
        ": 地理\r\n中国 北京 日本 东京\r\n: family\r\nman\twoman\tking\tqueen\r\n".encode()
    )
    assert read_set(path) == AnalogyQuestions(
        "ca8",
        (("中国", "北京", "日本", "东京"), ("man", "woman", "king", "queen")),
        ("地理", "family"),
    )


def test_questions_need_no_sections(tmp_path):
    path = tmp_path / "four.txt"
    path.write_text("man woman king queen\nhe she his her\n", encoding="utf-8")
    assert read_set(path).sections == ("", "")


CATEGORY_LAYOUTS = {
    "ap": b",category,word\n0,fruit,\n1,fruit,apple\n2,fruit,pear\n3,animal,cat\n4,animal,dog\n",
    "two columns": b"apple,fruit\npear,fruit\ncat,animal\ndog,animal\n",
    "tabs": b"fruit\tapple\nfruit\tpear\nanimal\tcat\nanimal\tdog\n",
    "blanks": b"apple fruit\npear fruit\ncat animal\ndog animal\n",
}


@pytest.mark.parametrize("layout", CATEGORY_LAYOUTS)
def test_categories_are_read_from_any_layout(tmp_path, layout):
    path = tmp_path / f"{layout}.csv"
    path.write_bytes(CATEGORY_LAYOUTS[layout])
    assert read_set(path) == WordCategories(
        layout, ("apple", "pear", "cat", "dog"), ("fruit", "fruit", "animal", "animal")
    )


def test_pairs_of_few_words_are_no_categories(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"a\t{b}\t{n}\n" for n, b in enumerate("bcbcbc")), encoding="utf-8")
    assert isinstance(read_set(path), WordPairs)


NO_ROWS = "expected pairs of words with a score, or questions of four words; found no rows."
BAD = {
    b"": f"set.txt: {NO_ROWS}",
    b"# only\n\n": f"set.txt: {NO_ROWS}",
    b"a\tb\t1\nc\td\n": "set.txt, line 2: expected 3 columns (two words and a score), found 2. "
    "Correct the row, or begin it with # to leave it out.",
    b"a\tb\t1\nc\td\thigh\n": "set.txt, line 2: expected a finite number as the score in column 3, "
    "found 'high'.",
    b"a\tb\t1\nc\td\tnan\n": "set.txt, line 2: expected a finite number as the score in column 3, "
    "found 'nan'.",
    b"a\tb\t1\n\td\t2\n": "set.txt, line 2: expected two words, found an empty one.",
    b"a\tb\thigh\nc\td\t2\n": "set.txt, line 1: expected two words and a score "
    "(word<TAB>word<TAB>7.5), or four words; found 'a | b | high'. "
    "If it is a header, begin it with #.",
    b": x\na b c d\na b c\n": "set.txt, line 3: expected 4 words, found 3. "
    "Correct the row, or begin it with # to leave it out.",
    b": x\n: y\n": "set.txt: expected questions of four words, found headings only.",
    b'a,b,1\n"c,d,2\n': "set.txt, line 2: the quotes do not match: unexpected end of data.",
    b"a\tb\t1\n\xff\tb\t2\n": "set.txt, byte 6: expected UTF-8 text, found the byte 0xff. "
    "Convert it, from gb18030 say: iconv -f gb18030 -t utf-8 FILE > NEW",
    b"a\tb\t1\n\0": "set.txt, byte 6: expected text, found a zero byte.",
}


@pytest.mark.parametrize("data", BAD)
def test_a_bad_row_is_named(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.txt").write_bytes(data)
    with pytest.raises(FormatError) as caught:
        read_set("set.txt")
    assert str(caught.value) == BAD[data]


def test_a_missing_file_and_a_corpus_are_no_sets(tmp_path, monkeypatch):
    with pytest.raises(StorageError, match="cannot be read: No such file"):
        read_set(tmp_path / "none.txt")
    path = tmp_path / "set.txt"
    path.write_text("a\tb\t1\n", encoding="utf-8")
    monkeypatch.setattr("lexloom.evaluation.sets.MOST_BYTES", 3)
    with pytest.raises(FormatError, match=r"at most 3 bytes, found 6\. Is this the corpus\?"):
        read_set(path)


@given(data=st.binary(max_size=80) | st.text(':\t, ab1\n#"', max_size=60).map(str.encode))
def test_any_bytes_make_a_set_or_a_format_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "set.txt"
    path.write_bytes(data)
    try:
        found = read_set(path)
    except FormatError:
        return
    assert len(getattr(found, "pairs", None) or found.questions) > 0


def test_pairs_and_scores_must_match():
    with pytest.raises(SettingError, match="got 1 pairs and 0 scores"):
        WordPairs("x", (("a", "b"),), ())
    with pytest.raises(SettingError, match="got 1 questions and 0 sections"):
        AnalogyQuestions("x", (("a", "b", "c", "d"),), ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n"),
    [
        ("wordsim353.tsv", 353),
        ("simlex999.txt", 999),
        ("rg65.csv", 65),
        ("wordsim240_zh.txt", 240),
        ("questions-words.txt", 19_544),
        ("ca8_semantic_zh.txt", 7_636),
    ],
)
def test_the_sets_people_use(real_data, name, n):
    found = read_set(real_data(f"words/{name}"))
    assert len(getattr(found, "pairs", None) or found.questions) == n
