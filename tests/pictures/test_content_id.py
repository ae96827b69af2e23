"""What makes two files the same picture."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.core.pictures.content_id import ContentHash, content_id

each_hash = pytest.mark.parametrize("content_hash", ContentHash)


def test_the_id_of_an_old_library_is_the_upper_63_bits_of_blake2b() -> None:
    for data in (b"", b"abc", bytes(100_000)):
        bits = format(int(hashlib.blake2b(data, digest_size=8).hexdigest(), 16), "064b")
        assert ContentHash.BLAKE2B.content_id(data) == int(bits[:63], 2)


def test_the_id_of_a_new_library_is_the_upper_63_bits_of_blake3() -> None:
    # The hash of nothing, from the test vectors of the BLAKE3 reference implementation.
    assert content_id(b"") == 0xAF1349B9F5F9A1A6 >> 1


def test_the_id_of_abc_never_changes() -> None:
    assert ContentHash.BLAKE2B.content_id(b"abc") == 0x6C5D8A6C19EACAAC
    assert ContentHash.BLAKE3.content_id(b"abc") == 0x6437B3AC38465133 >> 1


@each_hash
@given(data=st.binary())
def test_an_id_fits_into_a_signed_64_bit_key(content_hash: ContentHash, data: bytes) -> None:
    assert 0 <= content_hash.content_id(data) < 2**63


@each_hash
def test_ids_use_all_63_bits(content_hash: ContentHash) -> None:
    seen = 0
    for number in range(200):
        seen |= content_hash.content_id(str(number).encode())
    assert seen == 2**63 - 1


@given(st.binary(min_size=1, max_size=200), st.data())
def test_the_same_bytes_have_one_id_and_one_flipped_bit_another(
    data: bytes, draw: st.DataObject
) -> None:
    place = draw.draw(st.integers(0, len(data) - 1))
    flipped = bytearray(data)
    flipped[place] ^= 1 << draw.draw(st.integers(0, 7))
    assert content_id(bytes(bytearray(data))) == content_id(data) != content_id(bytes(flipped))
