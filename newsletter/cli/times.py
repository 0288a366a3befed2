"""Times as organisers type them, in the time zone of their machine."""

from datetime import datetime, time, timedelta

import click


class TimeParam(click.ParamType[datetime]):
    """18:30 (today, or tomorrow if that is past), 2027-03-01 09:00, or ISO 8601 with an offset; it has a time zone."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read a moment in the future. Fails if it is past, or if a clock change skips it."""
        here = datetime.now().astimezone()
        try:
            found = _read(str(value).strip(), here)
        except ValueError:
            self.fail(f"{value!r} is not a time; write 18:30, or 2027-03-01 09:00.", param, ctx)
        if found <= here:
            self.fail(f"{found:%d %B %Y %H:%M} is past.", param, ctx)
        return found


MOMENT = TimeParam()


def _read(text: str, here: datetime) -> datetime:
    if ":" not in text:
        raise ValueError(text)  # a date without a time is refused: it would mean midnight
    if "-" in text:
        return datetime.fromisoformat(text).astimezone()
    clock = time.fromisoformat(text)
    today = datetime.combine(here.date(), clock).astimezone()
    return today if today > here else datetime.combine(here.date() + timedelta(days=1), clock).astimezone()
