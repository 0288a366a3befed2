"""Phrases about a server's trouble that may pass, whichever server it is."""

from newsletter.policy.answers.phrase import any_of

# About neither us nor the recipient.
UNREACHABLE = any_of(
    r"\btim(?:ed|e) ?-?out\b|\bexpired\b|\btoo long\b|\bno route\b|\bunreachable\b|\bnot reachable\b|\bsocket error\b",
    r"\bcould not (?:connect|be reached)|\bunable to (?:connect|contact|reach)|\bdid not accept our requests to "
    r"connect\b",
    r"\bconnect(?:ion)?\b.{0,30}\b(?:refused|reset|failed|lost|dropped|closed|error|timed)",
    r"\b(?:retry|retries|attempts)\b|\bgiving up\b|\btoo many hops\b|\bhop count\b",
    r"\b(?:mail|routing|message) loop\b|\bloops? back\b|\bloop(?:ing)? (?:detected|alert)",
    r"\btemporar(?:y|ily)\b|\btry (?:again )?later\b|\bservice (?:currently )?(?:un|not )available\b",
    r"\bunexpected name server reply|\b(?:system|server|local|internal|mailer|configuration|lookup|DNS|LDAP|database|"
    r"i/o|lock) (?:error|failure|problem|resources)",
    r"\bcannot (?:open|append|write|create)|\berror while writing\b|\bread-?only\b|\bmail system\b.{0,20}(?:busy|"
    r"full)",
)
