"""Times and amounts as an event spells them, read from their digits (src/contract/timestamp.cc, decimal_text.cc)."""

import functools
import re

MICROS_PER_SECOND = 1_000_000

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):?(\d\d))", re.ASCII
)
_DAYS_IN_MONTH = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@functools.lru_cache(4096)
def _days_since_1970(year, month, day):
    """None when there is no such date. Of texts: most neighbours share a date."""
    year, month, day = int(year), int(month), int(day)
    if not 1 <= month <= 12:
        return None
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= (29 if month == 2 and is_leap else _DAYS_IN_MONTH[month]):
        return None
    # The civil calendar in days, counted from March so that the leap day comes last (year 0 is one, too).
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def parse_timestamp(text):
    """Microseconds since 1970 in UTC; None when `text` is not of the one form that is taken."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, zone_hours, zone_minutes = found.groups()
    days = _days_since_1970(year, month, day)
    hour, minute, second = int(hour), int(minute), int(second)
    if days is None or hour > 23 or minute > 59 or second > 59:
        return None
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second
    if sign is not None:
        ahead = int(zone_hours) * 3600 + int(zone_minutes) * 60
        if int(zone_minutes) > 59 or ahead > 18 * 3600:
            return None
        seconds -= ahead if sign == "+" else -ahead
    return seconds * MICROS_PER_SECOND + (int((fraction + "00000")[:6]) if fraction else 0)


def _decimal_parts(number):
    """(is_negative, digits without needless zeros, point): the value is 0.DIGITS x 10^point; no digits: zero."""
    is_negative = number.startswith("-")
    mantissa, _, exponent = number.lstrip("-").lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    digits = whole + decimals
    kept = digits.lstrip("0")
    point = len(whole) - (len(digits) - len(kept))
    if exponent:
        # Exponents of a thousand digits say no more than these: too large, or too small.
        size = exponent.lstrip("+-").lstrip("0")
        power = int(size[:10] or "0") if len(size) <= 9 else 1_000_000_000
        point += -power if exponent.startswith("-") else power
    return is_negative, kept.rstrip("0"), point


def parse_cents(number):
    """Hundredths of a JSON number, from its digits; None when decimal(12,2) cannot hold it exactly."""
    is_negative, digits, point = _decimal_parts(number)
    if not digits:
        return 0
    if point > 10 or len(digits) - point > 2:
        return None
    cents = int(digits) * 10 ** (point + 2 - len(digits))
    return -cents if is_negative else cents
