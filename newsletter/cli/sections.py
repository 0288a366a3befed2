"""The list of commands in the order in which an organiser meets them; by the alphabet they would be mixed up."""

import click

from newsletter.runtime import signals

Resolved = tuple[str | None, click.Command | None, list[str]]

SECTIONS = {
    "Begin": ("demo", "init", "desk", "doctor", "config", "db", "help", "completion"),
    "Write": ("post", "check", "preview", "test", "publish"),
    "Send": ("ask", "approve", "send", "resume", "pause", "cancel", "due", "worker"),
    "Look back": ("status", "log", "report", "why", "deeds", "bounces", "hooks", "settle"),
    "People": ("subscribers", "imports", "segments", "topics", "suppress"),
    "Pages": ("serve", "archive", "form"),
}


class Sections(click.Group):
    """A group that lists its commands by section; a command without a section stands at the end."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Resolved:
        """Find and import the command; from here on an interrupted command tidies up before it ends."""
        found = super().resolve_command(ctx, args)
        signals.interrupt()
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands, section by section."""
        known = [name for names in SECTIONS.values() for name in names if name in self.commands]
        return [*known, *sorted(set(self.commands) - set(known))]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a heading for each section, and a line for each command."""
        rest = [name for name in self.list_commands(ctx) if not any(name in names for names in SECTIONS.values())]
        width = max(map(len, self.commands))
        for heading, names in {**SECTIONS, "Others": tuple(rest)}.items():
            there = [self.commands[name] for name in names if name in self.commands]
            if there:
                with formatter.section(heading):
                    formatter.write_dl([(f"{each.name:<{width}}", each.get_short_help_str(70)) for each in there])
