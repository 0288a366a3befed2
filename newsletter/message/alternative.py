"""The MIME of a mail that says the same as plain text and as HTML (RFC 2046 §5.1.4): header, parts, end."""


def content_type(boundary: str) -> bytes:
    """Return the header field that names `boundary`."""
    return f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode()


def opening(boundary: str, subtype: str) -> bytes:
    """Return what comes before a part of type text/`subtype`, whose content is quoted-printable."""
    return (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def closing(boundary: str) -> bytes:
    """Return what comes after the last part."""
    return f"\r\n--{boundary}--\r\n".encode()
