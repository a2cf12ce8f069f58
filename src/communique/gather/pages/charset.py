"""The bytes of a page to text: what they are counts for more than what the header or the page says that they are."""

from __future__ import annotations

import codecs
import re

from communique.gather.sniff import META_CHARSET, bom_of, is_charset

HEAD = 4096
"""Bytes in which a page may declare its encoding; the HTML standard asks for the first 1,024."""

_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.I)
_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
             "euc_kr": "cp949", "ks_c_5601-1987": "cp949", "shift_jis": "cp932", "tis-620": "cp874"}  # fmt: skip
"""Encodings that a page names and what browsers read instead (encoding.spec.whatwg.org)."""

_DEFAULT = "cp1252"
"""What browsers take for bytes that nobody declares and that are no UTF-8."""


def decode_page(data: bytes, content_type: str = "") -> tuple[str, str]:
    """`data` as text, and a note where bytes had to be replaced or a declaration was wrong ("" where neither).

    In this order: a byte order mark; UTF-8 where the bytes are that, whatever is declared; what the header's
    `content_type` declares; what the page declares; what `charset_normalizer` tells from the bytes; Windows-1252.
    """
    bom, encoding = bom_of(data)
    data = data[len(bom) :]
    if encoding:
        return _given(data, encoding)
    declared = _declared(data, content_type)
    if _is_utf8(data) and not any(name.startswith(("iso2022", "utf-16", "utf-32", "hz")) for name in declared):
        wrong = next((name for name in declared if name not in ("utf-8", "cp1252", "ascii")), "")
        note = f"the page says that it is in {wrong.upper()}, and is in UTF-8" if wrong and not data.isascii() else ""
        return data.decode("utf-8"), note
    if b"\0" in data[:HEAD]:
        declared = [*declared, "utf-16-le" if data[1:HEAD:2].count(0) >= data[:HEAD:2].count(0) else "utf-16-be"]
    for name in declared:
        try:
            return data.decode(name), ""
        except (UnicodeDecodeError, ValueError):
            continue
    if declared and declared[0] == "utf-8" and _nearly_utf8(data):
        return _given(data, "utf-8")
    guess = _guess(data) or _DEFAULT
    text, broken = _given(data, guess)
    said = f"declared as {declared[0].upper()}, read as {guess.upper()}" if declared else f"not declared, read as {guess.upper()}"
    return text, f"the page's encoding is {said}" + (f"; {broken}" if broken else "")


def _declared(data: bytes, content_type: str) -> list[str]:
    """Encodings that the header, then the page names, as Python calls what browsers read."""
    found = [m[1] for m in (_HEADER.search(content_type),) if m]
    found += [m[1].decode("ascii", "replace") for m in (META_CHARSET.search(data[:HEAD]),) if m]
    names = [codecs.lookup(name).name for name in found if is_charset(name)]
    # A page whose own tag could be read is in no UTF-16, whatever the tag says.
    return list(dict.fromkeys(_BROWSERS.get(name, name) for name in names if b"\0" in data[:HEAD] or "utf-16" not in name))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _nearly_utf8(data: bytes) -> bool:
    """Whether most bytes above ASCII make characters of UTF-8: a page cut, or joined from two."""
    text = data.decode("utf-8", "replace")
    broken = text.count("�")
    return broken < sum(c > "\x7f" for c in text) / 2


FEW = 40
"""Bytes above ASCII below which a guess is worse than what browsers take: in a short page a few accents fit many encodings."""


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    bare = re.sub(rb"<[^<>]{0,2000}>", b"", data[:50_000])
    high = sum(byte > 127 for byte in bare)
    # Prose in Latin letters has few such bytes, in all others mostly such.
    if high < FEW and high < 0.3 * max(1, len(bare)):
        return ""

    best = from_bytes(data[:50_000]).best()
    return best.encoding if best is not None and is_charset(best.encoding) else ""


def _given(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), ""
    except (UnicodeDecodeError, ValueError):
        text = data.decode(encoding, "replace")
    count = max(1, text.count("�"))
    return text, f"{count:,} broken byte{'s were' if count > 1 else ' was'} replaced by � ({encoding.upper()} was expected)"
