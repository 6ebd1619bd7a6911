#!/usr/bin/env bash
# The story with a real AWS CLI ($AWS_CLI) against a writ of its own ($WRIT), with
# the boto3 of $PYTHON and the identity provider $DEX, which the folder dex makes.
# Each line printed is a part that went as AWS goes. Versions of the CLI before
# 2.13 know no AWS_ENDPOINT_URL: each call is told --endpoint-url.
set -euo pipefail
cd "$(dirname "$0")"
: "${WRIT:?the writ command}" "${AWS_CLI:?the aws command}" "${PYTHON:?a Python that has boto3}" "${DEX:?the command made in dex}"
work=$(mktemp -d)
pid=
trap stop EXIT

for name in $(compgen -e | grep -E '^(AWS_|WRIT_)' | grep -v '^AWS_CLI$' || true); do unset "$name"; done
export AWS_CONFIG_FILE=$work/config AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
export HOME=$work # where the CLI keeps sessions
touch "$work/secrets"
# Version 1 still presigns by Signature Version 2 where it is not told better.
printf '[default]\ns3 =\n  signature_version = s3v4\n' >"$work/config"

. ./story/lib.sh
. ./story/roles.sh
. ./story/profiles.sh
. ./story/mfa.sh
. ./story/webidentity.sh
. ./story/policies.sh
. ./story/objects.sh
. ./story/refusals.sh

start
administrator
nothing_is_allowed
assume_role
second_account
policies
profiles
mfa
web_identity
breadth_iam
files
over_tls
breadth_s3
refusals
events
survives_kill
reset_page
