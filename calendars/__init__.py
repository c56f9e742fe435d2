"""When? The calendar language: parse, validate, dates, workdays."""
