"""What is left to say, and was that what was to be said?"""

import pytest

from agent_worker.spoken_words import is_part_of, matches, words_left

WELCOME = "Hello, this is Nora of the dental clinic. How can I help you today?"
CLOSING = "Thank you for calling. Goodbye."
OTHER = "We are open until six o'clock in the evening."


@pytest.mark.parametrize(
    ("words", "heard", "left"),
    [
        (WELCOME, "", WELCOME),
        (WELCOME, "Hello", WELCOME),
        (WELCOME, "hello this is nora of the dental clinic", "How can I help you today?"),
        (WELCOME, "Something else entirely was said here", WELCOME),
        (CLOSING, "Thank you for calling.", "Goodbye."),
        ("こんにちは。ご用件をどうぞ。", "こんにちは", "ご用件をどうぞ。"),
        ("Grüß Gott, hier ist Nora. Was kann ich tun?", "Grüß Gott, hier ist Nora. Was", "Was kann ich tun?"),
        (f"{' '.join(f'w{n}' for n in range(30))}.", " ".join(f"w{n}" for n in range(20)), " ".join(f"w{n}" for n in range(20, 30)) + "."),
        (CLOSING, CLOSING, CLOSING),
    ],
)  # fmt: skip
def test_what_is_left_of_exact_words(words, heard, left):
    assert words_left(words, heard) == left


@pytest.mark.parametrize(
    ("heard", "expected"),
    [(WELCOME, True), (WELCOME.upper().replace(",", ""), True), ("Hello, this is Nora.", False), (OTHER, False)],
)
def test_words_are_recognised_as_a_model_says_them(heard, expected):
    assert matches(WELCOME, heard) is expected


@pytest.mark.parametrize(
    ("words", "heard", "expected"),
    [(WELCOME, "Hello, this is", True), (WELCOME, OTHER, False), ("", OTHER, True), (WELCOME, "", True)],
)
def test_a_part_of_the_words_is_told_from_something_else(words, heard, expected):
    assert is_part_of(words, heard) is expected
