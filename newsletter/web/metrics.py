"""The numbers of newsletter.reports.numbers as text that Prometheus reads. The one door to prometheus-client.

They have an address of their own, because the public pages must not show them. No label holds an address, a domain or
anything else that a stranger chose.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from newsletter import __version__
from newsletter.errors import DatabaseError
from newsletter.reports.numbers import NumberCounter, Numbers
from subscribers.public import SecurityHeaders


def metrics_application(counter: NumberCounter) -> Starlette:
    """Make the app that serves /metrics; 503 while the database does not answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(counter))

    def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"Content-Type": content_type})

    def trouble(request: Request, error: Exception) -> Response:
        return PlainTextResponse("the database does not answer\n", status_code=503)

    return Starlette(
        routes=[Route("/metrics", metrics)],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={DatabaseError: trouble},
    )


class _Numbers(Collector):
    def __init__(self, counter: NumberCounter) -> None:
        self._counter = counter

    def describe(self) -> list[Metric]:
        """Name no metric beforehand, so that registering reads nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Read the numbers. Raises DatabaseError."""
        numbers = self._counter.read()
        yield from _sending(numbers)
        yield from _people(numbers)
        yield from _program(numbers)


def _sending(numbers: Numbers) -> Iterator[Metric]:
    counts = numbers.counts
    yield _gauges("deliveries", "Deliveries of all issues, by state.", "state", counts.deliveries)
    yield _gauges("issues", "Issues, by whether they may be sent.", "lifecycle", numbers.issues)
    yield _gauge("due_seconds", "For how long the oldest work has been due and not taken up.", numbers.due_seconds)
    replies = CounterMetricFamily(
        "newsletter_replies", "Replies of relays to a mail or a recipient, by class.", labels=["class"]
    )
    for name, number in counts.replies.items():
        replies.add_metric([name], number)
    yield replies
    yield _gauges("workers", "Workers on all machines, by what they are at.", "state", numbers.workers)


def _people(numbers: Numbers) -> Iterator[Metric]:
    counts = numbers.counts
    yield _gauges("subscribers", "Subscribers, by their latest consent.", "consent", counts.subscribers)
    yield _gauges("suppressed", "Addresses that are not written to, by reason.", "reason", counts.suppressions)
    yield _gauges("events", "What came back after relays had accepted mails, by kind.", "kind", counts.events)
    webhooks = CounterMetricFamily(
        "newsletter_webhook_events", "Events that came by webhook.", labels=["service", "what"]
    )
    for labels, number in numbers.webhooks.items():
        webhooks.add_metric(labels, number)
    yield webhooks


def _program(numbers: Numbers) -> Iterator[Metric]:
    words = "Seconds since rows were counted; the larger the tables, the rarer."
    yield _gauge("counted_seconds_ago", words, numbers.counted_seconds_ago)
    version = GaugeMetricFamily("newsletter_version_info", "The version of the program.", labels=["version"])
    version.add_metric([__version__], 1)
    yield version


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"newsletter_{name}", words, value=value)


def _gauges(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    gauges = GaugeMetricFamily(f"newsletter_{name}", words, labels=[label])
    for value, number in values.items():
        gauges.add_metric([value], number)
    return gauges
