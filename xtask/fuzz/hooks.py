"""What schemathesis is told beside the description: who asks, what is left out, and what is counted.

The environment says where the hub is and whom to sign in as; `fuzz.rs` sets it.
"""

import atexit
import collections
import json
import os
import time
import urllib.parse

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData

HUB = os.environ["VYAVS_FUZZ_HUB"]
TALLY = os.environ["VYAVS_FUZZ_TALLY"]
WHO = {"email": os.environ["VYAVS_FUZZ_EMAIL"], "password": os.environ["VYAVS_FUZZ_PASSWORD"]}

# The person and the sign-ins that ask. Nobody is to shut them out on the way: whatever is about to be done to them is
# done to nobody.
own = set()


def sign_in():
    answer = requests.post(f"{HUB}/api/v1/auth/login", json=WHO, timeout=30)
    answer.raise_for_status()
    token = answer.json()["access_token"]
    with_token = {"Authorization": f"Bearer {token}"}
    own.add(requests.get(f"{HUB}/api/v1/me", headers=with_token, timeout=30).json()["id"])
    sign_ins = requests.get(f"{HUB}/api/v1/auth/sessions", headers=with_token, timeout=30).json()["sign_ins"]
    own.update(row["id"] for row in sign_ins if row["this_one"])
    return token


# Far below the ten minutes of a token and the quarter of an hour of a fresh factor. A refusal signs in anew at once.
@schemathesis.auth(refresh_interval=240)
class Owner:
    def get(self, case, context):
        return sign_in()

    def set(self, case, data, context):
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method.upper() != "GET" and str((case.path_parameters or {}).get("id")) in own:
        case.path_parameters["id"] = "00000000-0000-0000-0000-000000000000"


# An empty value of a query counts as an absent one, whatever the type: forms and hand-made links have them.
@schemathesis.hook
def filter_failure(context, failure, case, response):
    query = urllib.parse.parse_qsl(urllib.parse.urlsplit(response.request.url).query, keep_blank_values=True)
    return not isinstance(failure, AcceptedNegativeData) or all(value for _, value in query)


sign_in()
began = time.monotonic()
statuses = collections.Counter()
by_operation = collections.defaultdict(collections.Counter)
slowest = {}


@schemathesis.hook
def after_call(context, case, response):
    statuses[response.status_code] += 1
    by_operation[case.operation.label][response.status_code] += 1
    slowest[case.operation.label] = max(slowest.get(case.operation.label, 0), response.elapsed)


@atexit.register
def tell():
    with open(TALLY, "w", encoding="utf-8") as file:
        json.dump({"requests": statuses.total(), "seconds": time.monotonic() - began, "statuses": statuses,
                   "operations": by_operation, "slowest_s": slowest}, file)
