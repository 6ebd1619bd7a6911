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

mfa() {
  as "$root"
  local serial=arn:aws:iam::$account:mfa/phone guarded=arn:aws:iam::$account:role/Guarded mia seed code session
  mia=$(new_user mia)
  aws iam put-user-policy --user-name mia --policy-name p --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GetUser","sts:AssumeRole"],"Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}'
  aws iam create-role --role-name Guarded --assume-role-policy-document \
    "$(trust "{\"AWS\":\"arn:aws:iam::$account:user/mia\"}" '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}')" >/dev/null
  equal 'the serial number' "$serial" \
    "$(text VirtualMFADevice.SerialNumber iam create-virtual-mfa-device --virtual-mfa-device-name phone --outfile "$work/seed" --bootstrap-method Base32StringSeed)"
  seed=$(cat "$work/seed")
  remember "$seed"
  aws iam enable-mfa-device --user-name mia --serial-number "$serial" --authentication-code1 "$(totp "$seed" -1)" --authentication-code2 "$(totp "$seed" 0)"
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
  aws iam deactivate-mfa-device --user-name mia --serial-number "$serial"
  aws iam delete-virtual-mfa-device --serial-number "$serial"
  aws iam delete-access-key --user-name mia --access-key-id "${mia%%$'\t'*}"
  aws iam delete-user-policy --user-name mia --policy-name p
  aws iam delete-user --user-name mia
  aws iam delete-role --role-name Guarded
  ok '   an MFA device: a code counts once, for a session and a role'
}
