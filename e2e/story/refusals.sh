# Steps 8 to 10: what must not work, what is recorded, what survives.

refusals() {
  local id=${developer%%$'\t'*} secret=${developer#*$'\t'} wrong
  wrong=$(printf 'x%.0s' {1..40})
  as "$id $wrong"
  refused '(SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.' whoami
  refused '(SignatureDoesNotMatch) when calling the ListBuckets operation: The request signature we calculated does not match the signature you provided. Check your key and signing method.' aws s3 ls
  as "AKIAQQQQQQQQQQQQQQQQ $wrong"
  refused '(InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid' whoami
  refused '(InvalidAccessKeyId) when calling the ListBuckets operation: The AWS Access Key Id you provided does not exist in our records.' aws s3 ls
  as "${session%?????}AAAAA"
  refused '(InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid' whoami
  refused '(InvalidToken) when calling the ListBuckets operation: The provided token is malformed or otherwise invalid.' aws s3 ls
  as "$root"
  aws iam update-access-key --user-name developer --access-key-id "$id" --status Inactive
  as "$developer"
  refused '(InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid' whoami
  as "$root"
  aws iam update-access-key --user-name developer --access-key-id "$id" --status Active
  replayed_url
  wrong_clock
  ended_session
  ok '8. wrong secret, unknown and inactive key, altered and expired token, wrong clock, replayed URL'
}

# replayed_url: a presigned URL is good for its time and no longer.
replayed_url() {
  local url status
  url=$(aws s3 presign s3://story-one/k --expires-in 3)
  equal 'the presigned object' "$(curl -sS "$url")" secret
  for _ in $(seq 100); do
    status=$(curl -sS -o "$work/out" -w '%{http_code}' "$url")
    test "$status" = 200 || break
    sleep 0.1
  done
  equal 'a replayed URL' "$status $(grep -o '<Message>[^<]*' "$work/out")" '403 <Message>Request has expired'
}

# wrong_clock: 20 minutes off, signed by hand since no client signs another time.
wrong_clock() {
  local body='Action=GetCallerIdentity&Version=2011-06-15' date
  answer "$(date -u +%Y%m%dT%H%M%SZ)" "$body"
  equal 'status of a request signed by hand' "$status" 200
  date=$(date -u -d '20 minutes ago' +%Y%m%dT%H%M%SZ)
  answer "$date" "$body"
  equal 'status of a late request' "$status" 403
  grep -qE "<Code>SignatureDoesNotMatch</Code><Message>Signature expired: $date is now earlier than [0-9TZ]+ \([0-9TZ]+ - 15 min\.\)</Message>" "$work/out" ||
    fail "a late request: $(cat "$work/out")"
}

# answer DATE BODY posts a form to STS, signed with that date, and sets status.
answer() {
  local scope="${1%T*}/$region/sts/aws4_request" key request part
  request=$(printf 'POST\n/\n\nhost:%s\nx-amz-date:%s\n\nhost;x-amz-date\n%s' "${endpoint#http://}" "$1" "$(printf %s "$2" | sha256sum | cut -d' ' -f1)")
  key=$(printf 'AWS4%s' "${root#* }" | od -An -tx1 | tr -d ' \n')
  for part in "${1%T*}" "$region" sts aws4_request; do key=$(hmac "$key" "$part"); done
  status=$(curl -sS -o "$work/out" -w '%{http_code}' -H "X-Amz-Date: $1" -d "$2" "$endpoint/" -H "Authorization: AWS4-HMAC-SHA256 Credential=${root%% *}/$scope, \
SignedHeaders=host;x-amz-date, Signature=$(hmac "$key" "$(printf 'AWS4-HMAC-SHA256\n%s\n%s\n%s' "$1" "$scope" "$(printf %s "$request" | sha256sum | cut -d' ' -f1)")")")
}

hmac() { printf %s "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" | sed 's/.* //'; }

# ended_session: the server's clock is moved past its end, and back.
ended_session() {
  root_page POST /_writ/clock '{"advance":"61m"}' >/dev/null
  as "$session"
  refused '(ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired' whoami
  refused '(ExpiredToken) when calling the ListBuckets operation: The provided token has expired.' aws s3 ls
  root_page POST /_writ/clock '{"reset":true}' >/dev/null
  whoami >/dev/null
}

events() {
  as "$root"
  writ events --json --max 10000 >"$work/events"
  local member
  for member in eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent requestParameters \
    responseElements requestID eventID readOnly recipientAccountId; do
    equal "events without $member" "$(grep -cv "\"$member\":" "$work/events")" 0
  done
  grep '"eventName":"AssumeRole"' "$work/events" | grep '"errorCode":"AccessDenied"' | grep -F >/dev/null "\"errorMessage\":\"User: $me is not authorized to perform: sts:AssumeRole on resource: $role\"" ||
    fail 'the denied AssumeRole is not recorded'
  grep '"eventName":"ListBuckets"' "$work/events" | grep '"type":"AssumedRole"' | grep -F >/dev/null "\"arn\":\"arn:aws:sts::$account:assumed-role/$role_name/NAME\"" ||
    fail "the session's call is not recorded"
  ! grep -qFf "$work/secrets" "$work/events" || fail "a secret is in an event"
  ! grep -qFf "$work/secrets" "$work/log" || fail "a secret is in the log"
  local denied
  denied=$(writ events --json --event-name ListUsers | sed -n '/AccessDenied/s/.*"requestID":"\([^"]*\)".*/\1/p' | tail -1)
  writ explain "$denied" >"$work/why"
  grep -q 'decision: ImplicitDeny' "$work/why" || fail "the denied call is not explained: $(cat "$work/why")"
  ok "9. $(wc -l <"$work/events") events, no secret in any; writ explain says why"
}

survives_kill() {
  as "$root"
  aws iam create-user --user-name acknowledged >/dev/null
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  start
  equal 'the user made before' "$(text User.UserName iam get-user --user-name acknowledged)" acknowledged
  as "$session"
  equal 'the session from before' "$(whoami)" "arn:aws:sts::$account:assumed-role/$role_name/NAME"
  ok '10. killed and started again: all there, sessions valid'
}

reset_page() {
  root_page POST /_writ/reset '' >/dev/null
  as "$root"
  equal 'users after a reset' "$(text 'length(Users)' iam list-users)" 0
  as "$session"
  refused '(InvalidClientTokenId)' whoami
  ok 'writ dev: reset to the freshly made account'
}
