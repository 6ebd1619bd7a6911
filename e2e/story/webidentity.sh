# Users of Dex, an OpenID Connect provider, assume a role by a token file.

# start_dex starts Dex with the users ann and bob, and sets issuer.
start_dex() {
  local answer
  certificate idp
  password=$(openssl rand -hex 16)
  remember "$password"
  coproc dex { exec "$DEX" 2>"$work/dex.log"; }
  printf '{"certificate":"%s","key":"%s","clients":["sts.amazonaws.com","other"],"secret":"%s","users":["ann@example.org","bob@example.org"],"password":"%s"}' \
    "$work/idp.pem" "$work/idp.key" "$password" "$password" >&"${dex[1]}"
  read -r answer <&"${dex[0]}" || fail "dex did not start: $(cat "$work/dex.log")"
  issuer=$(json issuer <<<"$answer")
}

# sign_in USER CLIENT puts a token of a user of Dex into the file token.
sign_in() {
  curl -sS --fail --cacert "$work/idp.pem" -u "$2:$password" -d grant_type=password -d 'scope=openid email' \
    -d "username=$1@example.org" -d "password=$password" "$issuer/token" | json id_token >"$work/token"
  remember "$(cut -d. -f3 "$work/token")"
}

web_identity() {
  start_dex
  as "$root"
  local host=${issuer#https://} provider role=arn:aws:iam::$account:role/Web arn=arn:aws:sts::$account:assumed-role/Web
  provider=$(text OpenIDConnectProviderArn iam create-open-id-connect-provider --url "$issuer" --client-id-list sts.amazonaws.com \
    --thumbprint-list "$(openssl x509 -in "$work/idp.pem" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')")
  aws iam create-role --role-name Web --assume-role-policy-document "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",
    \"Principal\":{\"Federated\":\"$provider\"},\"Action\":\"sts:AssumeRoleWithWebIdentity\",
    \"Condition\":{\"StringEquals\":{\"$host:aud\":\"sts.amazonaws.com\",\"$host:email\":\"ann@example.org\"}}}}" >/dev/null
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  sign_in ann sts.amazonaws.com
  equal 'the subject' "$(text '[Audience,Provider]' sts assume-role-with-web-identity --role-arn "$role" --role-session-name call \
    --web-identity-token "$(cat "$work/token")")" "sts.amazonaws.com	$provider"
  if finds_endpoint; then token_files; fi
  as "$root"
  aws iam delete-open-id-connect-provider --open-id-connect-provider-arn "$provider"
  aws iam delete-role --role-name Web
  exec {dex[1]}>&-
  ok '   users of Dex: a role by a token file'
}

# token_files: the file is named by the environment or by a profile, and is read
# anew for each session.
token_files() {
  profile web role_arn "$role" web_identity_token_file "$work/token" role_session_name profile
  equal 'the session' "$(by_environment call)" "$arn/call"
  equal 'the session of the profile' "$(identity web)" "$arn/profile"
  if boto_finds_endpoint; then
    equal 'the session of boto3' "$(as_profiles "$PYTHON" story/profiles.py web)" "web $arn/profile kept"
  fi
  sign_in bob sts.amazonaws.com
  refused '(AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity' by_environment bob
  sign_in ann other
  refused '(InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Incorrect token audience' by_environment other
}

# by_environment NAME prints who the CLI is by the variables that clusters set.
by_environment() {
  AWS_ROLE_ARN=$role AWS_WEB_IDENTITY_TOKEN_FILE=$work/token AWS_ROLE_SESSION_NAME=$1 \
    as_profiles "$AWS_CLI" sts get-caller-identity --query Arn --output text
}
