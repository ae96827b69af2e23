"""Words of sentences that say nothing about what is in a picture, folded: those of English,
Indonesian, Russian and Vietnamese; characters and endings of Chinese and Korean.
"""

from __future__ import annotations

from collections.abc import Sequence

_ENGLISH = """a an the of in on at by for from to with without and or is are was were be am it its
this that these those my me your his her our their i he she we they there some any very photo photos
picture pictures image images photograph snapshot showing shows near"""

_INDONESIAN = """yang di ke dari dan atau dengan tanpa pada untuk oleh ini itu sebuah seorang seekor
adalah para saya kami kita dia mereka foto gambar sedang dalam dekat"""

_RUSSIAN = """и в во на с со к ко у о об от до из за по под над при без для не а но или это этот эта
как мой моя мое мои наш фото фотография фотографии снимок картинка изображение"""

_VIETNAMESE = """mot nhung cac cua va voi o tai tren duoi cho la co khong nay kia do anh hinh buc
tam cai dang trong gan"""

_OTHERS = """le la les un une des du de et avec der die das ein eine und mit im el los las una y con
il lo"""

FUNCTION_WORDS = frozenset(
    " ".join([_ENGLISH, _INDONESIAN, _RUSSIAN, _VIETNAMESE, _OTHERS]).split()
)

SPLITTING = frozenset("的在和与與了及跟之")
"""Chinese: what stands between words, and is hardly ever a part of one."""

_KOREAN = "에서는 에서 에게 으로 까지 부터 처럼 보다 하고 이랑 의 을 를 이 가 은 는 에 와 과 도 로"
_PARTICLES = tuple(_KOREAN.split())
_WITHOUT_MEANING = frozenset({"사진", "그림", "이미지", "照片", "图片", "圖片", "相片", "写真"})


def without_particle(words: Sequence[str]) -> list[str]:
    """Characters of a Korean word without the particle at its end; of words that say nothing,
    none."""
    text = "".join(words)
    if text in _WITHOUT_MEANING:
        return []
    if not all("가" <= word <= "힣" for word in words):
        return list(words)
    for particle in _PARTICLES:
        if text.endswith(particle) and len(text) >= len(particle) + 2:
            return list(words[: -len(particle)])
    return list(words)
