"""The words of model cards, English and Chinese: what all tasks say, and what each says alone."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["COMMON", "TASKS"]

Words = Mapping[str, str]

COMMON: Mapping[str, Words] = {
    "en": {
        "on": "Method `{method}` on `{model}`; ",
        "anew": "Begun with nothing; ",
        "most": "learned from {n_train:,} {unit}, chosen by {n_dev:,} others.",
        "all": "learned from all of {n_train:,} {unit}.",
        "cut": " {n_cut:,} texts were longer than what is read of each, and were cut.",
        "using": "## Use",
        "worth": "## What it is worth",
        "test": "On {n:,} {unit} that were looked at once, at the end:",
        "dev": "On {n:,} {unit} that were looked at while learning; the figures flatter:",
        "report": "",
        "shared": "{n:,} of them are among the {unit} learned from.",
        "seeds": "Mean over {n} seeds: {mean}.",
        "columns": "|{measure}|95 % interval",
        "limits": "## Limits",
        "made": "Settings, data and versions: `manifest.json`. The report: `report.json`.",
        "texts": "texts",
        "sentences": "sentences",
        "pairs": "pairs",
    },
    "zh": {
        "on": "方法 `{method}`，建立在 `{model}` 之上；",
        "anew": "从零开始；",
        "most": "从 {n_train:,} {unit}学习，用另外 {n_dev:,} {unit}挑选。",
        "all": "从全部 {n_train:,} {unit}学习。",
        "cut": "其中 {n_cut:,} 段文本超过可读的长度，被截断。",
        "using": "## 使用",
        "worth": "## 好坏",
        "test": "以下数字来自只在最后看过一次的 {n:,} {unit}：",
        "dev": "以下数字来自学习过程中看过的 {n:,} {unit}，因此偏乐观：",
        "report": "终端所示的报告（英文）：\n\n",
        "shared": "其中 {n:,} {unit}也在学习用的数据里。",
        "seeds": "{n} 个随机种子的平均：{mean}。",
        "columns": "|{measure}|95 % 区间",
        "limits": "## 局限",
        "made": "设置、数据与版本见 `manifest.json`，完整报告见 `report.json`。",
        "texts": "段文本",
        "sentences": "个句子",
        "pairs": "对文本",
        "accuracy": "准确率",
        "F1 of a text": "每段文本的 F1",
        "F1 of spans": "片段的 F1",
        "right tags": "标注正确的比例",
        "error": "误差",
    },
}
"""What all say."""

TASKS: Mapping[str, Mapping[str, Words]] = {
    "text_classifier": {
        "en": {
            "title": "# A text classifier",
            "label": "Gives a text one of {n} labels: {shown}.",
            "labels": "Gives a text any of {n} labels: {shown}.",
            "number": "Gives a text a number.",
            "use": "lexloom predict FOLDER texts.txt",
            "ours": "this classifier",
            "tf_idf": "tf-idf of words and pairs, linear",
            "simplest": "one answer for all",
            "gain": "Above tf-idf by {gain} (below it, where negative). {others}.",
            "table": "label|texts|precision|recall|F1|mostly taken for",
            "limit": "It knows texts like those it learned from, and answers about any text. Where "
            "it gives labels, `--least` lets it abstain. Look at what it gets wrong before you "
            "rely on it.",
        },
        "zh": {
            "title": "# 文本分类器",
            "label": "给每段文本打上 {n} 个标签之一：{shown}。",
            "labels": "给每段文本打上 {n} 个标签中的任意几个：{shown}。",
            "number": "给每段文本一个数值。",
            "use": "lexloom predict FOLDER texts.txt",
            "ours": "本分类器",
            "tf_idf": "词与词对的 tf-idf 加线性模型",
            "simplest": "对所有文本给同一个答案",
            "gain": "比 tf-idf 高 {gain}（负数表示更低）。{others}。",
            "table": "标签|文本数|精确率|召回率|F1|最常误为",
            "limit": "它只熟悉与学习时相似的文本，却对任何文本都会作答。"
            "给标签时，可用 `--least` 让它在没有把握时弃权。在依赖它之前，请先看看它答错的例子。",
        },
    },
    "tagger": {
        "en": {
            "title": "# A tagger",
            "what": "Gives each word or character of a sentence one of {n} tags: {shown}.",
            "use": "lexloom predict FOLDER texts.txt",
            "limit": "It knows sentences like those it learned from, cut in the same way. What it "
            "finds in texts of another kind is to be looked at first.",
        },
        "zh": {
            "title": "# 序列标注器",
            "what": "给句子中的每个词或字打上 {n} 个标记之一：{shown}。",
            "use": "lexloom predict FOLDER texts.txt",
            "limit": "它只熟悉与学习时相似、切分方式也相同的句子。用于别的文本之前，请先看看结果。",
        },
    },
    "translator": {
        "en": {
            "title": "# A translator",
            "what": "Writes the translation of each text it reads.",
            "use": "lexloom predict FOLDER texts.txt",
            "limit": "It translates sentences like those it learned from. What it does not know it "
            "makes up, fluently: let somebody who knows both languages look at it.",
        },
        "zh": {
            "title": "# 翻译模型",
            "what": "读入一段文本，写出它的译文。",
            "use": "lexloom predict FOLDER texts.txt",
            "limit": "它只会翻译与学习时相似的句子；不懂的内容它会流畅地编造，"
            "请让懂两种语言的人检查。",
        },
    },
    "abstractive_summarizer": {
        "en": {
            "title": "# A summarizer",
            "what": "Writes a summary of each text it reads, in words of its own.",
            "use": "lexloom predict FOLDER texts.txt",
            "limit": "What it writes may say what the text does not: names and numbers are to be "
            "compared with the text.",
        },
        "zh": {
            "title": "# 摘要模型",
            "what": "读入一段文本，用自己的话写出摘要。",
            "use": "lexloom predict FOLDER texts.txt",
            "limit": "它写的内容可能是原文没有的：人名和数字请与原文核对。",
        },
    },
    "generator": {
        "en": {
            "title": "# A generator",
            "what": "Goes on with the beginning of a text as the texts it learned from do.",
            "prompt": "Answers the prompt {prompt!r}, its fields filled, as it learned to.",
            "use": "lexloom generate FOLDER 'a beginning, or what fills the prompt'",
            "limit": "It writes what is likely, not what is true, and may repeat what it learned "
            "word for word: the report says how often it did.",
        },
        "zh": {
            "title": "# 文本生成模型",
            "what": "照学习过的文本那样，从给定的开头续写。",
            "prompt": "照学习过的那样，回答填好字段的提示 {prompt!r}。",
            "use": "lexloom generate FOLDER '开头，或用来填提示的内容'",
            "limit": "它写的是可能的话，不是真实的话，也可能逐字重复学过的文本："
            "报告里写明了重复的比例。",
        },
    },
    "encoder": {
        "en": {
            "title": "# An encoder of texts",
            "what": "Gives each text a vector; texts that belong together lie near each other.",
            "use": "lexloom embed FOLDER 'a text'",
            "limit": "It learned what belongs together from its pairs, and knows texts like them.",
            "made": "Settings, data, versions and the whole report: `manifest.json`.",
        },
        "zh": {
            "title": "# 文本编码器",
            "what": "给每段文本一个向量；相关的文本彼此靠近。",
            "use": "lexloom embed FOLDER '一段文本'",
            "limit": "什么算相关，是它从成对的文本学来的；它只熟悉与之相似的文本。",
            "made": "设置、数据、版本与完整报告都在 `manifest.json` 里。",
        },
    },
}
"""What each says, by kind."""
