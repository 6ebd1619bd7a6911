# Step 7: roles as the CLI and boto3 assume them by themselves, from profiles.

# profile NAME [KEY VALUE]... adds a profile to the CLI's own file.
profile() {
  printf '[profile %s]\nregion = %s\n' "$1" "$region" >>"$work/config"
  shift
  test $# = 0 || printf '%s = %s\n' "$@" >>"$work/config"
}

# as_profiles COMMAND... runs a client that finds the server by itself, also for
# the calls by which it gets its credentials.
as_profiles() { AWS_ENDPOINT_URL=$endpoint "$@"; }

# finds_endpoint: versions of the CLI from 2.13 and 1.29.
finds_endpoint() {
  local version
  version=$("$AWS_CLI" --version 2>&1 | sed 's|aws-cli/\([0-9]*\)\.\([0-9]*\).*|\1 \2|')
  test "${version% *}" = 1 -a "${version#* }" -ge 29 || test "${version% *}" = 2 -a "${version#* }" -ge 13
}

boto_finds_endpoint() { "$PYTHON" -c 'import boto3; raise SystemExit([int(n) for n in boto3.__version__.split(".")[:2]] < [1, 28])'; }

profiles() {
  as "$root"
  first=arn:aws:iam::$account:role/First second=arn:aws:iam::$account:role/Second
  aws iam create-role --role-name First --assume-role-policy-document "$(trust "{\"AWS\":\"$me\"}")" >/dev/null
  aws iam put-role-policy --role-name First --policy-name go --policy-document "$(allow sts:AssumeRole "$second")"
  aws iam create-role --role-name Second --max-session-duration 43200 --assume-role-policy-document "$(trust "{\"AWS\":\"$first\"}")" >/dev/null
  aws iam wait role-exists --role-name Second
  as "$developer"
  as "$(assume "$first" one)"
  refused 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.' \
    assume "$second" two --duration-seconds 3601
  write_profiles
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  equal 'credential_process' "$(text Arn sts get-caller-identity --profile process)" "arn:aws:sts::$account:assumed-role/First/process"
  if finds_endpoint; then
    profile_sessions
    exported
    ok '7. roles from profiles: chained, with an external id, by "writ credentials"'
  else
    ok '7. a role from a profile with "writ credentials" (this CLI finds no endpoint for others)'
  fi
  if boto_finds_endpoint; then
    boto
    ok '   the same by boto3, which renews sessions'
  else
    ok '   not by boto3: this version finds no endpoint for profiles'
  fi
}

write_profiles() {
  local id=${developer%%$'\t'*} secret=${developer#*$'\t'}
  profile developer aws_access_key_id "$id" aws_secret_access_key "$secret"
  profile first role_arn "$first" source_profile developer duration_seconds 900 role_session_name short
  profile second role_arn "$second" source_profile first role_session_name chained
  profile visit role_arn "$visit" source_profile developer external_id unique-17 role_session_name profile
  profile stranger role_arn "$visit" source_profile developer
  profile process credential_process \
    "env AWS_ENDPOINT_URL=$endpoint AWS_REGION=$region AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret $WRIT credentials --role $first --session-name process"
}

# identity PROFILE prints who the CLI is by a profile.
identity() { as_profiles "$AWS_CLI" sts get-caller-identity --query Arn --output text --profile "$1"; }

profile_sessions() {
  local made
  equal 'a role' "$(identity first)" "arn:aws:sts::$account:assumed-role/First/short"
  equal 'a chain' "$(identity second)" "arn:aws:sts::$account:assumed-role/Second/chained"
  equal "another account's role" "$(identity visit)" "arn:aws:sts::$other:assumed-role/Vendor/profile"
  refused "(AccessDenied) when calling the AssumeRole operation: User: $me is not authorized to perform: sts:AssumeRole on resource: $visit" identity stranger
  as "$root"
  made=$(writ events --json --event-name AssumeRole | grep '"roleSessionName":"short"')
  grep -q '"durationSeconds":900[,}]' <<<"$made" || fail "duration_seconds did not count: $made"
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
}

# exported uses a session that the CLI hands to other programs; not all
# versions can.
exported() {
  if ! as_profiles "$AWS_CLI" configure export-credentials --profile second --format env >"$work/exported" 2>"$work/err"; then
    grep -q 'Invalid choice' "$work/err" || fail "export-credentials: $(cat "$work/err")"
    return
  fi
  (
    eval "$(cat "$work/exported")"
    remember "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN"
    equal 'the exported session' "$(whoami)" "arn:aws:sts::$account:assumed-role/Second/chained"
  )
}

# boto: what boto3 makes of the profiles. It renews a session a quarter of an
# hour before its end, so that one of fifteen minutes is another in each call.
boto() {
  equal 'sessions of boto3' "$(as_profiles "$PYTHON" story/profiles.py first second visit process)" "first arn:aws:sts::$account:assumed-role/First/short renewed
second arn:aws:sts::$account:assumed-role/Second/chained kept
visit arn:aws:sts::$other:assumed-role/Vendor/profile kept
process arn:aws:sts::$account:assumed-role/First/process kept"
}
