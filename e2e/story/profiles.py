"""Prints of each profile named who it is, as boto3 finds out, and whether the
session was another one in a second call."""

import re
import sys

import boto3

for name in sys.argv[1:]:
    sts = boto3.Session(profile_name=name).client("sts")
    keys = []
    sts.meta.events.register(
        "before-send.sts.GetCallerIdentity",
        lambda request, **_: keys.append(re.search(rb"Credential=(\w+)", request.headers["Authorization"])[1]),
    )
    first, second = (sts.get_caller_identity()["Arn"] for _ in range(2))
    print(name, first, "kept" if keys[0] == keys[1] else "renewed")
    assert first == second
