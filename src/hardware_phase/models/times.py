"""How many of one unit of time go into another; a year of calendar dates has its leap day, one at full load has not."""

MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365.25
HOURS_PER_YEAR = 8760.0
HOURS_PER_DAY = 24
SECONDS_PER_HOUR = 3600
SECONDS_PER_DAY = 86_400
SECONDS_PER_YEAR = DAYS_PER_YEAR * SECONDS_PER_DAY
