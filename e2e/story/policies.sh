# Step 6, and IAM's breadth.

policies() {
  as "$root"
  echo secret >"$work/file"
  aws s3 cp "$work/file" s3://story-one/k >/dev/null
  wide=arn:aws:iam::$account:role/Wide
  aws iam create-role --role-name Wide --assume-role-policy-document "$(trust "{\"AWS\":\"$me\"}")" >/dev/null
  aws iam put-role-policy --role-name Wide --policy-name all --policy-document "$(allow 's3:*' '*')"
  as "$developer"
  as "$(assume "$wide" narrow --policy "$(allow 's3:*' 'arn:aws:s3:::story-one*')")"
  aws s3 ls s3://story-one >/dev/null
  refused 'because no session policy allows the s3:ListBucket action' aws s3 ls s3://story-two

  as "$root"
  bob=$(new_user bob)
  limit=$(text Policy.Arn iam create-policy --policy-name NoDelete --policy-document "$(allow 's3:Get*' '*')")
  aws iam put-user-policy --user-name bob --policy-name all --policy-document "$(allow 's3:*' '*')"
  aws iam put-user-permissions-boundary --user-name bob --permissions-boundary "$limit"
  as "$bob"
  equal 'the object' "$(aws s3 cp s3://story-one/k -)" secret
  refused 'because no permissions boundary allows the s3:DeleteObject action' aws s3api delete-object --bucket story-one --key k
  as "$root"
  aws iam delete-user-permissions-boundary --user-name bob
  aws iam put-user-policy --user-name bob --policy-name no --policy-document \
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}}'
  as "$bob"
  refused 'with an explicit deny in an identity-based policy' aws s3api delete-object --bucket story-one --key k
  guest_of_a_bucket
  ok '6. session policy, boundary, explicit deny, bucket policy'
}

# guest_of_a_bucket: a user of the other account, let in without a role.
guest_of_a_bucket() {
  as "$other_root"
  ida=$(new_user ida)
  aws iam put-user-policy --user-name ida --policy-name read --policy-document "$(allow s3:GetObject 'arn:aws:s3:::story-one/*')"
  as "$ida"
  refused '(403)' aws s3 cp s3://story-one/k -
  as "$root"
  aws s3api put-bucket-policy --bucket story-one --policy "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",
    \"Principal\":{\"AWS\":\"arn:aws:iam::$other:user/ida\"},\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::story-one/*\"}]}"
  as "$ida"
  equal 'the shared object' "$(aws s3 cp s3://story-one/k -)" secret
}

breadth_iam() {
  as "$root"
  for name in u1 u2 u3; do aws iam create-user --user-name $name --tags Key=team,Value=red >/dev/null; done
  aws iam list-users --max-items 3 --page-size 2 --output json >"$work/page"
  equal 'users of the first step' "$(grep -c '"UserName"' "$work/page")" 3
  equal 'all users' "$(text 'Users[].UserName' iam list-users --page-size 2 | xargs)" 'bob developer u1 u2 u3'
  equal 'the rest' "$(text 'Users[].UserName' iam list-users --page-size 2 --starting-token "$(sed -n 's/.*"NextToken": "\(.*\)".*/\1/p' "$work/page")" | xargs)" 'u2 u3'
  aws iam create-group --group-name devs >/dev/null
  aws iam add-user-to-group --group-name devs --user-name u1
  aws iam attach-group-policy --group-name devs --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
  equal 'members' "$(text 'Users[].UserName' iam get-group --group-name devs)" u1
  aws iam create-instance-profile --instance-profile-name host >/dev/null
  aws iam add-role-to-instance-profile --instance-profile-name host --role-name $role_name
  equal 'trusted in the profile' "$(text 'InstanceProfile.Roles[0].AssumeRolePolicyDocument.Statement[0].Principal.Service' iam get-instance-profile --instance-profile-name host)" ec2.amazonaws.com
  aws iam create-policy-version --policy-arn "$limit" --set-as-default --policy-document "$(allow 's3:Put*' '*')" >/dev/null
  equal 'the default version' "$(text PolicyVersion.Document.Statement[0].Action iam get-policy-version --policy-arn "$limit" --version-id v2)" 's3:Put*'
  equal 'a tag' "$(text 'Tags[0].Value' iam list-user-tags --user-name u2)" red
  aws iam create-account-alias --account-alias story
  aws iam get-account-authorization-details >"$work/details"
  for found in '"UserName": "u3"' '"GroupName": "devs"' '"RoleName": "Wide"' '"PolicyName": "AmazonS3ReadOnlyAccess"' '"InstanceProfileName": "host"'; do
    grep -qF "$found" "$work/details" || fail "$found is not in the account's details"
  done
  refused '(EntityAlreadyExists) when calling the CreateUser operation: User with name u1 already exists.' aws iam create-user --user-name u1
  refused '(NoSuchEntity) when calling the GetUser operation: The user with name u9 cannot be found.' aws iam get-user --user-name u9
  refused '(DeleteConflict) when calling the DeleteGroup operation' aws iam delete-group --group-name devs
  refused '(MalformedPolicyDocument)' aws iam put-user-policy --user-name u1 --policy-name bad --policy-document '{"Statement":'
  ok 'IAM: users, groups, profiles, versions, tags, the whole account'
}
