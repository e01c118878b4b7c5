"""Moments and days of a center in Laos, as nearly every test is: the product's own functions, with their zone."""

from onedoor.device import clock
from onedoor.hall import hours, zone
from onedoor.hall.zone import LAOS


def day_of(at_ms):
    return zone.day_of(at_ms, LAOS)


def moment_of(at_ms):
    return zone.moment_of(at_ms, LAOS)


def local_time(at_ms):
    return clock.local_time(at_ms, LAOS)


def midnight_ms(day):
    return hours.midnight_ms(day, LAOS)


def minute_ms(text):
    return hours.minute_ms(text, LAOS)


def spelled_minute(at_ms):
    return hours.spelled_minute(at_ms, LAOS)


def clock_of(at_ms):
    return hours.clock_of(at_ms, LAOS)
