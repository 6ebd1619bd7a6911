# An MFA device: made, enabled, and used for a session and a role.

# totp SEED STEPS prints the code that a device shows so many times thirty
# seconds from now (RFC 6238).
totp() {
  local key step mac at
  key=$(base32 -d <<<"$1" | od -An -v -tx1 | tr -d ' \n')
  step=$(printf %016x $(($(date +%s) / 30 + $2)) | sed 's/../\\x&/g')
  mac=$(printf "$step" | openssl dgst -sha1 -mac HMAC -macopt "hexkey:$key" | sed 's/.* //')
  at=$((2 * 16#${mac: -1}))
  printf %06d $(((16#${mac:at:8} & 0x7fffffff) % 1000000))
}

# enable_device NAME makes a device for mia and prints its seed.
enable_device() {
  local serial=arn:aws:iam::$account:mfa/$1 seed
  equal 'the serial number' "$(text VirtualMFADevice.SerialNumber iam create-virtual-mfa-device --virtual-mfa-device-name "$1" --outfile "$work/seed" --bootstrap-method Base32StringSeed)" "$serial"
  seed=$(cat "$work/seed")
  remember "$seed"
  aws iam enable-mfa-device --user-name mia --serial-number "$serial" --authentication-code1 "$(totp "$seed" -1)" --authentication-code2 "$(totp "$seed" 0)"
  echo "$seed"
}

mfa() {
  as "$root"
  local serial=arn:aws:iam::$account:mfa/phone guarded=arn:aws:iam::$account:role/Guarded mia seed code session device
  mia=$(new_user mia)
  aws iam put-user-policy --user-name mia --policy-name p --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","sts:AssumeRole"],"Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}'
  aws iam create-role --role-name Guarded --assume-role-policy-document \
    "$(trust "{\"AWS\":\"arn:aws:iam::$account:user/mia\"}" '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}')" >/dev/null
  seed=$(enable_device phone)
  as "$mia"
  refused 'not authorized to perform: iam:GetUser' aws iam get-user
  refused 'not authorized to perform: sts:AssumeRole' aws sts assume-role --role-arn "$guarded" --role-session-name NAME
  code=$(totp "$seed" 1)
  session=$(text 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' sts get-session-token --serial-number "$serial" --token-code "$code")
  remember $(cut -f2- <<<"$session")
  refused 'MultiFactorAuthentication failed with invalid MFA one time pass code.' \
    aws sts assume-role --role-arn "$guarded" --role-session-name NAME --serial-number "$serial" --token-code "$code"
  as "$session"
  equal 'the user of the session' "$(text User.UserName iam get-user)" mia
  as "$(assume "$guarded" NAME)"
  equal 'the role' "$(whoami)" "arn:aws:sts::$account:assumed-role/Guarded/NAME"
  as "$root"
  refused '(DeleteConflict)' aws iam delete-virtual-mfa-device --serial-number "$serial"
  mfa_profiles
  for device in $(text 'MFADevices[].SerialNumber' iam list-mfa-devices --user-name mia); do
    aws iam deactivate-mfa-device --user-name mia --serial-number "$device"
    aws iam delete-virtual-mfa-device --serial-number "$device"
  done
  aws iam delete-access-key --user-name mia --access-key-id "${mia%%$'\t'*}"
  aws iam delete-user-policy --user-name mia --policy-name p
  aws iam delete-user --user-name mia
  aws iam delete-role --role-name Guarded
  ok '   an MFA device: a code counts once, for a session and a role'
}

# mfa_profiles: the CLI and boto3 ask for the code of a profile's mfa_serial at
# the terminal, the CLI once for all calls of the session.
mfa_profiles() {
  finds_endpoint || return 0
  local arn=arn:aws:sts::$account:assumed-role/Guarded/profile laptop tablet
  laptop=$(enable_device laptop)
  tablet=$(enable_device tablet)
  profile mia aws_access_key_id "${mia%%$'\t'*}" aws_secret_access_key "${mia#*$'\t'}"
  profile guarded role_arn "$guarded" source_profile mia mfa_serial "arn:aws:iam::$account:mfa/laptop" role_session_name profile
  profile tablet role_arn "$guarded" source_profile mia mfa_serial "arn:aws:iam::$account:mfa/tablet" role_session_name profile
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  as_profiles typed "$(totp "$laptop" 1)" "$AWS_CLI" sts get-caller-identity --query Arn --output text --profile guarded
  grep -qF "Enter MFA code for arn:aws:iam::$account:mfa/laptop" "$work/screen" && grep -qF "$arn" "$work/screen" || fail "the terminal shows: $(cat "$work/screen")"
  equal 'the session without a code' "$(as_profiles "$AWS_CLI" sts get-caller-identity --query Arn --output text --profile guarded </dev/null)" "$arn"
  if boto_finds_endpoint; then
    as_profiles typed "$(totp "$tablet" 1)" "$PYTHON" story/profiles.py tablet
    grep -qF "$arn" "$work/screen" || fail "the terminal shows: $(cat "$work/screen")"
  fi
  as "$root"
}

# typed CODE COMMAND... runs a command at a terminal of its own, which shows its
# output in the file screen, and types the code when it is asked for.
typed() {
  local code=$1 terminal
  shift
  rm -f "$work/keys" "$work/screen"
  mkfifo "$work/keys"
  SHELL=/bin/sh script -qefc "$*" /dev/null <"$work/keys" >"$work/screen" 2>&1 &
  terminal=$!
  exec 9<>"$work/keys"
  for _ in $(seq 600); do
    if grep -q 'Enter MFA code' "$work/screen" || ! kill -0 $terminal 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "$code" >&9
  wait $terminal || fail "$* at a terminal: $(cat "$work/screen")"
  exec 9>&-
}
