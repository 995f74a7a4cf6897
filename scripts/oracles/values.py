"""In: values as a database driver gives them. Out: JSON that loses nothing (and the way back for tables to load).

Plain: null, true/false, strings, lists, integers within 64 bits. Tagged, as an object with one telling key:
  {"t": ms}      an instant, whole milliseconds since 1970 UTC; with "us": 1..999 when finer than that
  {"span": ms}   a length of time, the same way
  {"f": text}    a binary float, as the shortest text that reads back to the same value; NaN, Infinity, -Infinity
  {"i": text}    an integer beyond 64 bits        {"n": text}    a decimal number
  {"date": text} a calendar day                   {"x": hex}     bytes
  {"s": {...}}   a struct or map
Promises: an unknown kind of value is an error, never a guess.
"""

import datetime as dt
import ipaddress
import math
import uuid
from decimal import Decimal

EPOCH = dt.datetime(1970, 1, 1)
MICROSECOND = dt.timedelta(microseconds=1)


def encode(value):
    """A driver's value as JSON."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else {"i": str(value)}
    if isinstance(value, float):
        return {"f": float_text(value)}
    if isinstance(value, Decimal):
        return {"n": format(value, "f")}
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(dt.timezone.utc).replace(tzinfo=None)
        return milliseconds("t", value - EPOCH)
    if isinstance(value, dt.timedelta):
        return milliseconds("span", value)
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, (bytes, bytearray)):
        return {"x": value.hex()}
    if isinstance(value, ipaddress.IPv6Address) and value.ipv4_mapped:
        # RFC 5952; Python writes it so since 3.13.
        return f"::ffff:{value.ipv4_mapped}"
    if isinstance(value, (uuid.UUID, ipaddress._IPAddressBase)):
        return str(value)
    if hasattr(value, "asDict"):
        value = value.asDict()
    if isinstance(value, dict):
        return {"s": {str(key): encode(inner) for key, inner in value.items()}}
    if isinstance(value, (list, tuple)):
        return [encode(inner) for inner in value]
    raise TypeError(f"a value of type {type(value).__name__} has no place in the protocol")


def float_text(value):
    """The shortest text of a float that reads back to the same float."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def milliseconds(tag, delta):
    """A length of time in whole milliseconds, and what is left over in microseconds."""
    whole, rest = divmod(delta // MICROSECOND, 1000)
    return {tag: whole, "us": rest} if rest else {tag: whole}


def decode(value):
    """A JSON value of a table to load: tags are taken off, lists kept."""
    if isinstance(value, list):
        return [decode(inner) for inner in value]
    if isinstance(value, dict):
        ((tag, inner),) = value.items()
        return {"t": int, "span": int, "f": float, "i": int, "n": Decimal}[tag](inner)
    return value


def instant(ms):
    """Milliseconds since 1970 as a datetime in UTC."""
    return None if ms is None else (EPOCH + dt.timedelta(milliseconds=ms)).replace(tzinfo=dt.timezone.utc)


def element_wise(function, value):
    """Applies a function to a value, or to each element of a list of values; null stays null."""
    if isinstance(value, list):
        return [element_wise(function, inner) for inner in value]
    return None if value is None else function(value)


def quoted(name, mark='"'):
    """A name as a quoted SQL identifier."""
    return mark + name.replace(mark, mark * 2) + mark
