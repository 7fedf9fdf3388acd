"""The civil calendar by integers: days since 2020-01-01, and dates."""

from tidegate.compat import const

_DAYS_TO_2020 = const(737730)  # from 0000-03-01, where the arithmetic of the calendar is simplest


def date_of_day(day):
    # The civil calendar by integers, with years that begin in March (H. Hinnant, days_from_civil).
    day += _DAYS_TO_2020
    era_day = day % 146097
    era_year = (era_day - era_day // 1460 + era_day // 36524 - era_day // 146096) // 365
    year_day = era_day - (365 * era_year + era_year // 4 - era_year // 100)
    shifted = (5 * year_day + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = day // 146097 * 400 + era_year + (month <= 2)
    return year, month, year_day - (153 * shifted + 2) // 5 + 1


def day_of_date(date):
    # The inverse, from yyyymmdd.
    year, month, day = date // 10000, date // 100 % 100, date % 100
    year -= month <= 2
    era_year = year % 400
    year_day = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    era_day = era_year * 365 + era_year // 4 - era_year // 100 + year_day
    return year // 400 * 146097 + era_day - _DAYS_TO_2020
