"""How texts become words, and where those words stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexloom.errors import MissingExtraError, SettingError
from lexloom.settings import as_dict
from lexloom.text import normalizing, simplifying
from lexloom.text.chinese_words import WordMarker
from lexloom.text.segmenting import Segmentation

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Don’t split 'quoted' rock'n'roll", ["don't", "split", "quoted", "rock'n'roll"]),
        ("en", "3.14 and 1,000.50, v2.0.", ["3.14", "and", "1,000.50", "v2.0"]),
        ("en", "state-of-the-art x_y U.S.", ["state", "of", "the", "art", "x", "y", "u", "s"]),
        ("de", "Größe ΟΔΟΣ İ", ["größe", "οδοσ", "i"]),
        ("en", "cafe\u0301 ❤\ufe0f 你好x", ["café", "你", "好", "x"]),
        ("characters", "你好 world ไทย かな", ["你", "好", "world", "ไ", "ท", "ย", "か", "な"]),
        ("spaces", " A  b\u3000c, don't.\u00a0x", ["A", "b", "c,", "don't.", "x"]),
        (
            "zh",
            "他来到了网易杭研大厦。T恤 Hello",
            ["他", "来到", "了", "网易", "杭研", "大厦", "t恤", "hello"],
        ),
        (
            "auto",
            "今天天气很好，我们去公园散步。",
            ["今天天气", "很", "好", "我们", "去", "公园", "散步"],
        ),
        ("auto", "A cat.", ["a", "cat"]),
    ],
)
def test_words_by_language(language, text, words):
    segmentation = Segmentation(language=language)
    assert segmentation.words(text) == words
    assert [word for word, _, _ in segmentation.spans(text)] == words


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Don't, 'quoted' 3.14.", ["don't", ",", "'", "quoted", "'", "3.14", "."]),
        ("en", "ok... x=1 👍\ufe0f\u200b!", ["ok", ".", ".", ".", "x", "=", "1", "👍\ufe0f", "!"]),
        ("characters", "好，ไ。", ["好", "，", "ไ", "。"]),
        (
            "zh",
            "天气很好，去公园（散步）。",
            ["天气", "很", "好", "，", "去", "公园", "（", "散步", "）", "。"],
        ),
        ("spaces", "a , b.", ["a", ",", "b."]),
    ],
)
def test_punctuation_is_kept_where_asked(language, text, words):
    segmentation = Segmentation(language=language, punctuation=True)
    assert segmentation.words(text) == words
    assert [word for word, _, _ in segmentation.spans(text)] == words
    assert segmentation != Segmentation(language=language)


@pytest.mark.parametrize("form", ["NFC", "NFKC", "none"])
@pytest.mark.parametrize("language", ["en", "zh", "spaces", "characters"])
@given(text=texts, punctuation=st.booleans())
def test_spans_agree_with_words(form, language, text, punctuation):
    segmentation = Segmentation(language=language, normal_form=form, punctuation=punctuation)
    spans = segmentation.spans(text)
    assert [word for word, _, _ in spans] == segmentation.words(text)
    starts = [start for _, start, _ in spans]
    assert starts == sorted(starts)
    for word, start, end in spans:
        assert 0 <= start < end <= len(text)
        assert word in segmentation.words(text[start:end]) or language == "zh" or form == "NFKC"


def test_spans_stand_in_the_text_as_given():
    text = "CAFE\u0301 ﬁne ＡＢＣ"
    spans = Segmentation(language="en", normal_form="NFKC").spans(text)
    assert [(word, text[start:end]) for word, start, end in spans] == [
        ("café", "CAFE\u0301"),
        ("fine", "ﬁne"),
        ("abc", "ＡＢＣ"),
    ]


@given(texts, st.sampled_from(["NFC", "NFKC"]))
def test_normalizing_bytes_is_normalizing_text(text, form):
    expected = normalizing.normalize_aligned(text, form, simplified=False)
    assert normalizing.normalize_bytes(text.encode(), form).decode() == expected.text
    import unicodedata

    assert expected.text == unicodedata.normalize(form, text)
    assert len(expected.starts) == len(expected.ends) == len(expected.text)


def test_lowercase_is_a_setting():
    assert Segmentation(language="en", lowercase=False).words("A Cat") == ["A", "Cat"]
    assert Segmentation(language="spaces", lowercase=True).words("A Cat") == ["a", "cat"]


def test_pattern_and_function():
    assert Segmentation(pattern=r"\w+").words("A b-c") == ["A", "b", "c"]
    segmentation = Segmentation().with_function(str.split)
    assert segmentation.function == "builtins.str.split"
    assert segmentation.spans("A  b A") == [("A", 0, 1), ("b", 3, 4), ("A", 5, 6)]
    with pytest.raises(SettingError, match=r"builtins\.str\.split, which is not stored"):
        Segmentation.from_dict(as_dict(segmentation)).words("a b")
    with pytest.raises(SettingError, match="no capturing groups"):
        Segmentation(pattern="(a)")
    with pytest.raises(SettingError, match="iterable of words"):
        Segmentation().with_function(str.lower).words("a b")


def test_simplified_and_user_dictionary():
    pytest.importorskip("opencc")
    segmentation = Segmentation(language="zh", simplified=True, user_dictionary=("網易杭研 10 nz",))
    assert segmentation.words("漢語網易杭研") == ["汉语", "网易杭研"]
    assert segmentation.spans("頭髮 漢語") == [("头发", 0, 2), ("汉语", 3, 5)]
    assert Segmentation.from_dict(as_dict(segmentation)) == segmentation


def test_missing_opencc_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "opencc", None)
    simplifying._simplifier.cache_clear()
    with pytest.raises(MissingExtraError, match=r"pip install 'lexloom\[traditional\]'"):
        Segmentation(language="zh", simplified=True).words("漢語")


def test_faults():
    with pytest.raises(SettingError, match="lone surrogate"):
        Segmentation(language="en").words("a\ud800")
    with pytest.raises(SettingError, match="has no spaces"):
        Segmentation(language="ja")
    with pytest.raises(SettingError, match="language"):
        Segmentation(language="English")


def test_long_words_are_left_out():
    for language in ("en", "spaces", "zh"):
        assert Segmentation(language=language).words(f"a {'x' * 1001} b") == ["a", "b"]


@given(st.text(st.sampled_from("你好世界中国人a1 \n\r\u3000，。-+#"), max_size=60))
def test_chinese_lines_cut_at_once_have_the_words_of_each_line(text: str):
    marker = WordMarker([], simplified=False)
    one_by_one = [[*marker.cut(line)] for line in text.split("\n")]
    marked = marker.mark(text.encode()).decode()
    assert [[word for word in line.split("\0") if word] for line in marked.split("\n")] == (
        one_by_one
    )
