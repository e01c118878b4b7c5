"""The rules of a hall: tickets, visits, who is next. No I/O, no clock, no chance."""
