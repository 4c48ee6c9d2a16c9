"""The client of this product: it asks again where that can do no harm."""

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3 import Retry


class AfterLimits(Retry):
    """Heeds ``Retry-After`` of a 429 only: urllib3 itself would also ask again after a 413 or 503 that has one."""

    RETRY_AFTER_STATUS_CODES = frozenset({429})


def patient_client() -> Client:
    """A client with the environment's credentials that tries again after 429, and when there is no connection.

    Twilio has done nothing then, so any request may be sent again. After another failure it may have been done, and
    the answer lost: that is left to the caller, who can look.
    """
    again = AfterLimits(
        total=5,
        read=False,
        other=0,
        status_forcelist=[429],
        allowed_methods=None,  # all of them, POST too
        backoff_factor=1,
        raise_on_status=False,  # the last 429 becomes a TwilioRestException
    )
    return Client(http_client=TwilioHttpClient(timeout=10, max_retries=again))
