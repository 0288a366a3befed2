"""TLS to a relay: verified, and TLS 1.2 or newer, or no connection; and what went wrong, in words."""

import ssl

_CERTIFICATE = {
    9: "is not valid yet",
    10: "has expired",
    18: "is signed by nobody but itself",
    19: "comes from an issuer nobody here knows",
    20: "comes from an issuer nobody here knows",
    21: "comes from an issuer nobody here knows",
    62: "is for another host name",
    64: "is for another address",
}
"""Reasons by X509_V_ERR number; for any other number we show OpenSSL's own words."""


def verifying_context() -> ssl.SSLContext:
    """Make a context that trusts what the system trusts, checks the host name, and speaks TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def tls_trouble(error: ssl.SSLError) -> str:
    """Say why TLS failed, so that the operator of the relay knows what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate {_CERTIFICATE.get(error.verify_code, f'does not hold: {error.verify_message}')}"
    match error.reason:
        case "UNSUPPORTED_PROTOCOL" | "TLSV1_ALERT_PROTOCOL_VERSION":
            return "it speaks no TLS newer than 1.1"
        case "WRONG_VERSION_NUMBER":
            return "it does not speak TLS there; is the port one for another security setting?"
        case reason:
            return f"the TLS handshake failed: {(reason or str(error)).replace('_', ' ').lower()}"
