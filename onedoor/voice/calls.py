"""What a hall's voice says, as tokens with their words (pure): "number A 1, zero two three, counter three".

Policy. Two ways to read a number, chosen per language by the center: digit by digit, which is the sturdy one, and as
people say it, by the rules below. Each language's rules are a table of its words; a pack needs a clip for every token
it uses, and where a clip is missing a tone is heard. Lao, Hmong and Khmu words here are what a reader is asked to
record: drafts that no native speaker has reviewed.
"""

from collections.abc import Iterator

from onedoor.voice.tokens import SPELLED


def _phrases(number: str, counter: str, to_counter: str, again: str) -> dict[str, str]:
    return {"call_number": number, "call_to": counter, "call_counter": to_counter, "call_again": again}


PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "call_number": "Number",
        "call_to": "counter",
        "call_counter": "please go to counter",
        "call_again": "Once more.",
    },
    "lo": _phrases("ເຊີນໝາຍເລກ", "ຊ່ອງ", "ທີ່ຊ່ອງ", "ເອີ້ນອີກເທື່ອໜຶ່ງ"),
    "th": _phrases("ขอเชิญหมายเลข", "ช่อง", "ที่ช่อง", "เรียกอีกครั้ง"),
    "vi": _phrases("Mời số", "quầy", "đến quầy", "Gọi lại."),
    "zh": _phrases("请", "窗口", "号到窗口", "再次呼叫"),
    "hmn": {
        "call_number": "Thov tus lej",
        "call_to": "lub rooj",
        "call_counter": "mus rau lub rooj",
        "call_again": "Hu dua ib zaug.",
    },
}
"""The words around the numbers, per language."""

UNITS: dict[str, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "lo": ("ສູນ", "ໜຶ່ງ", "ສອງ", "ສາມ", "ສີ່", "ຫ້າ", "ຫົກ", "ເຈັດ", "ແປດ", "ເກົ້າ"),
    "th": ("ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"),
    "vi": ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"),
    "zh": ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九"),
    "hmn": ("xoom", "ib", "ob", "peb", "plaub", "tsib", "rau", "xya", "yim", "cuaj"),
}
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS: dict[str, dict[str, str]] = {
    "en": {
        **{f"n{10 + i}": word for i, word in enumerate(TEENS)},
        **{f"n{10 * i}": word for i, word in enumerate(TENS) if word}, "n100": "hundred",
    },
    "lo": {"n10": "ສິບ", "n1_last": "ເອັດ", "n20": "ຊາວ", "n100": "ຮ້ອຍ"},
    "th": {"n10": "สิบ", "n1_last": "เอ็ด", "n2_tens": "ยี่", "n100": "ร้อย"},
    "vi": {"n10": "mười", "n10_tens": "mươi", "n1_last": "mốt", "n5_last": "lăm", "n0_tens": "lẻ", "n100": "trăm"},
    "zh": {"n10": "十", "n100": "百"},
    "hmn": {"n10": "kaum", "n10_tens": "caug", "n20": "nees nkaum", "n100": "puas"},
}  # fmt: skip
"""The further words of numbers as people say them."""


def tokens(lang: str) -> dict[str, str]:
    """Every token that a hall's voice needs in a language, with the words to record."""
    if lang not in PHRASES:
        return {}
    units = {f"say_{n}": word for n, word in enumerate(UNITS[lang])}
    letters = {token: word for token, word in SPELLED.items() if len(token) == 5 and token[-1].isalpha()}
    return {**PHRASES[lang], **units, **letters, **WORDS[lang]}


def number(lang: str, n: int) -> list[str]:
    """A number from 0 to 999 as people say it: Lao 20 is one word, 21 ends in another "one" than 1."""
    if n < 10:
        return [f"say_{n}"]
    hundreds, rest = divmod(n, 100)
    return [*_hundreds(lang, hundreds, rest), *(_below_hundred(lang, rest) if rest else [])]


def _hundreds(lang: str, hundreds: int, rest: int) -> Iterator[str]:
    if not hundreds:
        return
    yield f"say_{hundreds}"
    yield "n100"
    if 0 < rest < 10 and lang == "vi":
        yield "n0_tens"
    if 0 < rest < 10 and lang == "zh":
        yield "say_0"


def _below_hundred(lang: str, n: int) -> list[str]:
    tens, unit = divmod(n, 10)
    if not tens:
        return [f"say_{unit}"]
    if lang == "en":
        return [f"n{n}"] if tens == 1 or not unit else [f"n{10 * tens}", f"say_{unit}"]
    head = {1: ["n10"], 2: {"lo": ["n20"], "hmn": ["n20"], "th": ["n2_tens", "n10"]}.get(lang)}.get(tens) or [
        f"say_{tens}",
        "n10_tens" if lang in ("vi", "hmn") else "n10",
    ]
    return [*head, *_last(lang, tens, unit)]


def _last(lang: str, tens: int, unit: int) -> list[str]:
    """The units after the tens, where some languages have another word."""
    if not unit:
        return []
    if unit == 1 and (lang in ("lo", "th") or (lang == "vi" and tens > 1)):
        return ["n1_last"]
    return ["n5_last"] if unit == 5 and lang == "vi" else [f"say_{unit}"]


def spelled(text: str) -> list[str]:
    """Letters and digits one by one."""
    return [f"say_{c}" for c in text.lower() if c.isascii() and c.isalnum()]


def call(
    lang: str, label: str, counter: str, *, again: bool = False, whole: bool = False, brief: bool = False
) -> tuple[str, ...]:  # fmt: skip
    """The tokens of a call. `whole`: numbers as people say them; else digit by digit. `brief`: number and counter
    alone.
    """
    series, _, digits = label.rpartition("-")
    read = number(lang, int(digits)) if whole and digits.isdigit() and int(digits) < 1_000 else spelled(digits)
    to = number(lang, int(counter)) if counter.isdigit() and int(counter) < 1_000 and whole else spelled(counter)
    if brief:
        return (*spelled(series), *read, "call_to", *to)
    return ("call_again",) * again + ("call_number", *spelled(series), *read, "call_counter", *to)
