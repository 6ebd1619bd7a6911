# What all parts of the story use.

ok() { printf '   ok  %s\n' "$*"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# start [ARGUMENT...] starts the server on the same data folder each time, and
# takes its address and the root user's key from `writ env`, as a person does.
start() {
  : >"$work/ready"
  "$WRIT" dev --json --listen 127.0.0.1:0 --data "$work/data" "$@" >"$work/ready" 2>"$work/log" &
  pid=$!
  for _ in $(seq 300); do
    if test -s "$work/ready"; then break; fi
    kill -0 "$pid" 2>/dev/null || fail "writ did not start: $(cat "$work/log")"
    sleep 0.1
  done
  eval "$("$WRIT" env --data "$work/data")"
  endpoint=$AWS_ENDPOINT_URL region=$AWS_REGION root="$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY"
  account=$(json accountId <"$work/ready")
  unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  remember "${root#* }"
  as "$root"
}

stop() {
  test -z "$pid" || kill "$pid" 2>/dev/null || true
  test -z "$pid" || wait "$pid" 2>/dev/null || true
  rm -rf "$work"
}

# as switches to a principal: "id secret [token]".
as() {
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$1"
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  test -n "$AWS_SESSION_TOKEN" || unset AWS_SESSION_TOKEN
}

aws() { "$AWS_CLI" --endpoint-url "$endpoint" "$@"; }

# text prints the value of a query as plain text.
text() {
  local query=$1
  shift
  aws "$@" --query "$query" --output text
}

# writ calls a command of Writ's own as the present principal.
writ() { AWS_ENDPOINT_URL=$endpoint "$WRIT" "$@"; }

# json prints a member of the JSON object that stands on one line of its input.
json() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'; }

# remember keeps a secret for the search in events and logs at the end.
remember() { printf '%s\n' "$@" >>"$work/secrets"; }

# equal WHAT GOT WANT
equal() { test "$2" = "$3" || fail "$1 is '$2', want '$3'"; }

# refused TEXT COMMAND...: the command fails, and its error has this text.
refused() {
  local want=$1
  shift
  if "$@" >"$work/out" 2>"$work/err"; then fail "not refused: $*"; fi
  grep -qF -- "$want" "$work/err" || fail "$* said: $(cat "$work/err")
want: $want"
}

# new_user NAME prints "id secret" of a key for a new user.
new_user() {
  aws iam create-user --user-name "$1" >/dev/null
  new_key "$1"
}

new_key() {
  local key
  key=$(text 'AccessKey.[AccessKeyId,SecretAccessKey]' iam create-access-key --user-name "$1") || return
  remember "${key#*$'\t'}"
  echo "$key"
}

# assume ROLE-ARN NAME [ARGUMENT...] prints "id secret token" of a session.
assume() {
  local arn=$1 name=$2 session
  shift 2
  session=$(text 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' sts assume-role --role-arn "$arn" --role-session-name "$name" "$@") || return
  remember $(cut -f2- <<<"$session")
  echo "$session"
}

whoami() { text Arn sts get-caller-identity; }

# allow ACTION RESOURCE prints a policy.
allow() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"%s","Resource":"%s"}]}' "$1" "$2"; }

# trust PRINCIPALS [CONDITION] prints a trust policy.
trust() {
  printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":%s,"Action":"sts:AssumeRole"%s}]}' "$1" "${2:+,\"Condition\":$2}"
}

# certificate NAME makes a certificate for 127.0.0.1: NAME.pem and NAME.key.
certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" -days 1 -subj "/CN=$1" \
    -addext 'subjectAltName=IP:127.0.0.1' 2>"$work/err" || fail "$(cat "$work/err")"
}

# root_page METHOD PATH BODY calls a page of Writ's own by curl's signature.
root_page() {
  curl -sS --fail-with-body -X "$1" --data "$3" -H 'Content-Type: application/json' \
    --aws-sigv4 "aws:amz:$region:writ" --user "${root/ /:}" "$endpoint$2"
}
