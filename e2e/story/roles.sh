# Steps 1 to 5: users, roles, accounts.

role_name=S3BucketListReadOnlyRole

administrator() {
  equal 'the root user' "$(whoami)" "arn:aws:iam::$account:root"
  ok "1. writ dev serves account $account"
  developer=$(new_user developer)
  role=arn:aws:iam::$account:role/$role_name
  trust '{"Service":"ec2.amazonaws.com"}' >"$work/trust.json"
  allow s3:ListAllMyBuckets '*' >"$work/list.json"
  equal 'the new role' "$(text Role.Arn iam create-role --role-name $role_name --assume-role-policy-document "file://$work/trust.json")" "$role"
  aws iam put-role-policy --role-name $role_name --policy-name list --policy-document "file://$work/list.json"
  aws s3 mb s3://story-one >/dev/null
  aws s3 mb s3://story-two >/dev/null
  ok '2. a user, a role and two buckets'
}

nothing_is_allowed() {
  as "$developer"
  me=arn:aws:iam::$account:user/developer
  equal 'the user' "$(whoami)" "$me"
  refused "An error occurred (AccessDenied) when calling the ListBuckets operation: User: $me is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action" aws s3 ls
  for arn in "$role" "arn:aws:iam::$account:role/NoSuchRole"; do
    refused "An error occurred (AccessDenied) when calling the AssumeRole operation: User: $me is not authorized to perform: sts:AssumeRole on resource: $arn" \
      aws sts assume-role --role-arn "$arn" --role-session-name NAME
    equal 'all that was said' "$(grep -v '^$' "$work/err" | sed 's/^aws: \[ERROR\]: //')" \
      "An error occurred (AccessDenied) when calling the AssumeRole operation: User: $me is not authorized to perform: sts:AssumeRole on resource: $arn"
  done
  ok '3. the user may do nothing, nor learn which roles exist'
}

assume_role() {
  as "$root"
  trust "{\"AWS\":\"$me\",\"Service\":\"ec2.amazonaws.com\"}" >"$work/trust.json"
  aws iam update-assume-role-policy --role-name $role_name --policy-document "file://$work/trust.json"
  as "$developer"
  session=$(assume "$role" NAME)
  [[ $session == ASIA* ]] || fail "the session's key is ${session%%$'\t'*}"
  as "$session"
  equal 'the session' "$(whoami)" "arn:aws:sts::$account:assumed-role/$role_name/NAME"
  equal 'the buckets' "$(aws s3 ls | awk '{print $3}' | xargs)" 'story-one story-two'
  refused "User: arn:aws:sts::$account:assumed-role/$role_name/NAME is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::story-one\" because no identity-based policy allows the s3:ListBucket action" \
    aws s3 ls s3://story-one
  refused '(AccessDenied) when calling the ListUsers operation' aws iam list-users
  ok '4. the role lists buckets, and nothing else'
}

second_account() {
  as "$root"
  writ account create other --root-key --json >"$work/account"
  other=$(json accountId <"$work/account")
  other_root="$(json accessKeyId <"$work/account") $(json secretAccessKey <"$work/account")"
  remember "${other_root#* }"
  as "$other_root"
  equal 'its root user' "$(whoami)" "arn:aws:iam::$other:root"
  visit=arn:aws:iam::$other:role/Vendor
  aws iam create-role --role-name Vendor --assume-role-policy-document "$(trust "{\"AWS\":\"$me\"}" '{"StringEquals":{"sts:ExternalId":"unique-17"}}')" >/dev/null
  aws iam put-role-policy --role-name Vendor --policy-name list --policy-document "$(allow s3:ListAllMyBuckets '*')"
  aws s3 mb s3://of-the-other >/dev/null
  as "$developer"
  local denied="User: $me is not authorized to perform: sts:AssumeRole on resource: $visit"
  refused "$denied" assume "$visit" visit --external-id unique-17
  as "$root"
  aws iam put-user-policy --user-name developer --policy-name visit --policy-document "$(allow sts:AssumeRole "$visit")"
  as "$developer"
  refused "$denied" assume "$visit" visit
  refused "$denied" assume "$visit" visit --external-id unique-18
  as "$(assume "$visit" visit --external-id unique-17)"
  equal "the other's buckets" "$(aws s3 ls | awk '{print $3}')" of-the-other
  ok '5. a role of another account, by its external id'
}
