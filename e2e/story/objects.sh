# S3 by the CLI's file commands and call by call.

files() {
  as "$root"
  mkdir -p "$work/tree/sub dir"
  head -c 9000001 /dev/urandom >"$work/tree/large"
  echo small >"$work/tree/sub dir/ä+b.txt"
  aws s3 mb s3://files >/dev/null
  aws s3 cp --only-show-errors "$work/tree/large" s3://files/large
  [[ $(text ETag s3api head-object --bucket files --key large) == *-2\" ]] || fail 'the large file did not go in parts'
  aws s3 cp --only-show-errors s3://files/large "$work/back"
  cmp "$work/tree/large" "$work/back"
  aws s3 sync --only-show-errors "$work/tree" s3://files/tree
  equal 'a second sync' "$(aws s3 sync "$work/tree" s3://files/tree)" ''
  aws s3 sync --only-show-errors s3://files/tree "$work/copy"
  diff -r "$work/tree" "$work/copy"
  aws s3 mv --only-show-errors s3://files/tree/large s3://files/moved
  equal 'the listing' "$(aws s3 ls --recursive s3://files | sed 's/^.\{31\}//' | xargs -d '\n')" 'large moved tree/sub dir/ä+b.txt'
  aws s3 rb --force s3://files >/dev/null
  ok 'S3: cp, sync, mv, rb, in parts and back'
}

# over_tls: only there do newer versions of the CLI send bodies unsigned, with
# their checksum in a trailer.
over_tls() {
  certificate writ
  kill "$pid"
  wait "$pid" || fail "writ did not end well: $(cat "$work/log")"
  start --tls-cert "$work/writ.pem" --tls-key "$work/writ.key"
  export AWS_CA_BUNDLE=$work/writ.pem
  head -c 9000001 /dev/urandom >"$work/large"
  aws s3 cp --only-show-errors "$work/large" s3://story-one/large
  aws s3 cp --only-show-errors s3://story-one/large "$work/back"
  cmp "$work/large" "$work/back"
  aws s3 rm --quiet s3://story-one/large
  unset AWS_CA_BUNDLE
  kill "$pid"
  wait "$pid" || fail "writ did not end well: $(cat "$work/log")"
  start
  ok 'S3: the same over TLS'
}

breadth_s3() {
  local b=call-by-call
  equal 'the location' "$(text Location s3api create-bucket --bucket $b)" /$b
  aws s3api wait bucket-exists --bucket $b
  echo 0123456789 >"$work/digits"
  aws s3api put-object --bucket $b --key k --body "$work/digits" --content-type text/plain --metadata color=red --tagging 'a=1' --checksum-algorithm SHA256 >/dev/null
  equal 'the object' "$(text '[ContentType,Metadata.color,ContentLength]' s3api head-object --bucket $b --key k | tr '\t' ' ')" 'text/plain red 11'
  aws s3api get-object --bucket $b --key k --range bytes=2-4 "$work/range" >/dev/null
  equal 'a range' "$(cat "$work/range")" 234
  aws s3api get-object --bucket $b --key k --checksum-mode ENABLED "$work/whole" >/dev/null
  cmp "$work/digits" "$work/whole"
  equal 'tags' "$(text 'TagSet[0].Value' s3api get-object-tagging --bucket $b --key k)" 1
  aws s3api copy-object --bucket $b --key copy --copy-source $b/k >/dev/null
  aws s3api put-bucket-versioning --bucket $b --versioning-configuration Status=Enabled
  aws s3api put-object --bucket $b --key k --body "$work/range" >/dev/null
  aws s3api delete-object --bucket $b --key k >/dev/null
  equal 'versions' "$(text '[length(Versions),length(DeleteMarkers)]' s3api list-object-versions --bucket $b | tr '\t' ' ')" '3 1'
  upload_in_parts
  equal 'deleted at once' "$(text 'length(Deleted)' s3api delete-objects --bucket $b --delete 'Objects=[{Key=copy},{Key=parts}]')" 2
  aws s3api put-public-access-block --bucket $b --public-access-block-configuration BlockPublicPolicy=true
  refused '(AccessDenied) when calling the PutBucketPolicy operation' aws s3api put-bucket-policy --bucket $b --policy \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::$b/*\"}]}"
  refused '(NoSuchKey) when calling the GetObject operation: The specified key does not exist.' aws s3api get-object --bucket $b --key none "$work/none"
  refused '(NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist' aws s3api list-objects-v2 --bucket none-such
  ok 'S3: ranges, checksums, tags, versions, parts, several at once'
}

upload_in_parts() {
  local id part1 part2
  id=$(text UploadId s3api create-multipart-upload --bucket $b --key parts)
  head -c 5242880 /dev/zero >"$work/part"
  part1=$(text ETag s3api upload-part --bucket $b --key parts --upload-id "$id" --part-number 1 --body "$work/part")
  part2=$(text ETag s3api upload-part --bucket $b --key parts --upload-id "$id" --part-number 2 --body "$work/digits")
  aws s3api complete-multipart-upload --bucket $b --key parts --upload-id "$id" \
    --multipart-upload "{\"Parts\":[{\"PartNumber\":1,\"ETag\":$part1},{\"PartNumber\":2,\"ETag\":$part2}]}" >/dev/null
  equal 'length of the parts' "$(text ContentLength s3api head-object --bucket $b --key parts)" 5242891
}
