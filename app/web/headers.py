"""The headers of every answer: an explicit policy, nothing left to a library's default."""

from flask import Flask, Response, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    CustomHeader,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
PUBLIC_PATHS = ("/static/",)


def policy(*, https: bool) -> Secure:
    """The headers sent with each answer; the promise of HTTPS only where there is HTTPS."""
    return Secure(
        csp=ContentSecurityPolicy().value(CSP),
        referrer=ReferrerPolicy().value("same-origin"),
        permissions=PermissionsPolicy().value(PERMISSIONS),
        coop=CrossOriginOpenerPolicy().value("same-origin"),
        corp=CrossOriginResourcePolicy().value("same-origin"),
        xcto=XContentTypeOptions(),
        xfo=XFrameOptions().value("DENY"),
        hsts=StrictTransportSecurity().value("max-age=31536000; includeSubDomains") if https else None,
        custom=[CustomHeader("X-Robots-Tag", "noindex")],
    )


def init_app(app: Flask) -> None:
    """Set the headers on every answer, and keep personal pages out of every cache."""
    headers = policy(https=app.config["SETTINGS"].secure_cookies).headers

    @app.after_request
    def set_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers[name] = value
        if request.path.startswith(PUBLIC_PATHS):
            if "v" in request.args and response.status_code == 200:
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        else:
            response.headers["Cache-Control"] = "no-store"
        response.vary.update(("Cookie", "Accept-Language"))
        return response
