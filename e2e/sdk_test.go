package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestSharedConfig: profiles with role_arn and source_profile, chained, and a
// credential_process, as the SDK reads them.
func TestSharedConfig(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	account := admin.server.Account
	admin.newRole(t, "First", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"sts:AssumeRole"`, `"*"`)))
	admin.newRole(t, "Second", document(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+account+`:role/First"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"sts:ExternalId":"unique-17"}}}`), document(listBuckets))
	file := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`[profile ann]
aws_access_key_id = %[1]s
aws_secret_access_key = %[2]s
[profile first]
role_arn = arn:aws:iam::%[3]s:role/First
source_profile = ann
[profile second]
role_arn = arn:aws:iam::%[3]s:role/Second
source_profile = first
external_id = unique-17
role_session_name = chained
endpoint_url = %[4]s
region = eu-west-1
[profile process]
credential_process = echo '{"Version":1,"AccessKeyId":"%[1]s","SecretAccessKey":"%[2]s"}'
endpoint_url = %[4]s
region = eu-west-1
`, ann.AccessKeyID, ann.SecretAccessKey, account, admin.server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL_STS", admin.server.URL) // the SDK assumes roles before it reads a profile's endpoint_url
	for profile, want := range map[string]string{
		"second": "arn:aws:sts::" + account + ":assumed-role/Second/chained", "process": ann.whoami(t),
	} {
		cfg := must(config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile), config.WithSharedConfigFiles([]string{file})))(t)
		if who := must(sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t); *who.Arn != want {
			t.Errorf("profile %s is %s, want %s", profile, *who.Arn, want)
		}
	}
}

func TestWaiters(t *testing.T) {
	admin := start(t).admin()
	within := 20 * time.Second
	role := &iam.GetRoleInput{RoleName: new("Awaited")}
	if err := iam.NewRoleExistsWaiter(admin.iam, func(o *iam.RoleExistsWaiterOptions) { o.MinDelay = time.Millisecond }).Wait(ctx, role, 50*time.Millisecond); err == nil {
		t.Error("a role that is not exists")
	}
	admin.newRole(t, "Awaited", trust(`{"Service":"ec2.amazonaws.com"}`), "")
	if err := iam.NewRoleExistsWaiter(admin.iam).Wait(ctx, role, within); err != nil {
		t.Error(err)
	}
	admin.newUser(t, "awaited")
	if err := iam.NewUserExistsWaiter(admin.iam).Wait(ctx, &iam.GetUserInput{UserName: new("awaited")}, within); err != nil {
		t.Error(err)
	}
	bucket := &s3.HeadBucketInput{Bucket: new("awaited")}
	if err := s3.NewBucketNotExistsWaiter(admin.s3).Wait(ctx, bucket, within); err != nil {
		t.Error(err)
	}
	admin.newBucket(t, "awaited")
	if err := s3.NewBucketExistsWaiter(admin.s3).Wait(ctx, bucket, within); err != nil {
		t.Error(err)
	}
	object := &s3.HeadObjectInput{Bucket: new("awaited"), Key: new("k")}
	if err := s3.NewObjectNotExistsWaiter(admin.s3).Wait(ctx, object, within); err != nil {
		t.Error(err)
	}
}

func TestPaginators(t *testing.T) {
	admin := start(t).admin()
	const n = 23
	for i := range n {
		must(admin.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new(fmt.Sprintf("user-%02d", i))}))(t)
	}
	var got []string
	pages := 0
	for p := iam.NewListUsersPaginator(admin.iam, &iam.ListUsersInput{MaxItems: aws.Int32(5)}); p.HasMorePages(); pages++ {
		got = append(got, names(must(p.NextPage(ctx))(t).Users)...)
	}
	if len(got) != n || pages != 5 || got[0] != "user-00" || got[n-1] != "user-22" {
		t.Errorf("%d users on %d pages: %v", len(got), pages, got)
	}
	fails(admin.iam.ListUsers(ctx, &iam.ListUsersInput{Marker: new("forged")}))(t, failure{400, "ValidationError", "Invalid Marker."})
	policies := 0
	for p := iam.NewListPoliciesPaginator(admin.iam, &iam.ListPoliciesInput{MaxItems: aws.Int32(1000)}); p.HasMorePages(); {
		policies += len(must(p.NextPage(ctx))(t).Policies)
	}
	if policies < 1000 {
		t.Errorf("%d AWS managed policies", policies)
	}

	admin.newBucket(t, "paged-a", "paged-b", "paged-c")
	buckets := 0
	for p := s3.NewListBucketsPaginator(admin.s3, &s3.ListBucketsInput{MaxBuckets: aws.Int32(2)}); p.HasMorePages(); {
		buckets += len(must(p.NextPage(ctx))(t).Buckets)
	}
	if buckets != 3 {
		t.Errorf("%d buckets", buckets)
	}
	for i := range n {
		admin.put(t, "paged-a", fmt.Sprintf("dir-%d/key %02d", i%4, i), "x")
	}
	keys, prefixes := 0, 0
	for p := s3.NewListObjectsV2Paginator(admin.s3, &s3.ListObjectsV2Input{Bucket: new("paged-a"), MaxKeys: aws.Int32(4)}); p.HasMorePages(); {
		keys += len(must(p.NextPage(ctx))(t).Contents)
	}
	for p := s3.NewListObjectsV2Paginator(admin.s3, &s3.ListObjectsV2Input{Bucket: new("paged-a"), MaxKeys: aws.Int32(3), Delimiter: new("/")}); p.HasMorePages(); {
		prefixes += len(must(p.NextPage(ctx))(t).CommonPrefixes)
	}
	if keys != n || prefixes != 4 {
		t.Errorf("%d keys, %d prefixes", keys, prefixes)
	}
}
