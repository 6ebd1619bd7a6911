package e2e

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestBreadth calls every operation that is built, by the SDK, and fails when
// one was never answered with success: what is not called here has to stand in
// unsupported.txt.
func TestBreadth(t *testing.T) {
	const account = "111122223333"
	s := start(t, "--root-account-id", account, "--policy-templates", policyTemplates(t, account))
	admin := s.admin()
	t.Run("users", func(t *testing.T) { usersBreadth(t, admin) })
	t.Run("passwords", func(t *testing.T) { passwordsBreadth(t, admin) })
	t.Run("certificates and keys", func(t *testing.T) { certificatesBreadth(t, admin) })
	t.Run("identity providers", func(t *testing.T) { providersBreadth(t, admin) })
	t.Run("MFA devices", func(t *testing.T) { mfaBreadth(t, admin) })
	t.Run("delegation", func(t *testing.T) { delegationBreadth(t, admin) })
	t.Run("simulation", func(t *testing.T) { simulationBreadth(t, admin) })
	t.Run("groups", func(t *testing.T) { groupsBreadth(t, admin) })
	t.Run("roles", func(t *testing.T) { rolesBreadth(t, admin) })
	t.Run("service-linked roles", func(t *testing.T) { linkedRolesBreadth(t, admin) })
	t.Run("settings", func(t *testing.T) { settingsBreadth(t, admin) })
	t.Run("policies", func(t *testing.T) { policiesBreadth(t, admin) })
	t.Run("instance profiles", func(t *testing.T) { profilesBreadth(t, admin) })
	t.Run("reports", func(t *testing.T) { reportsBreadth(t, admin) })
	t.Run("account", func(t *testing.T) { accountBreadth(t, admin) })
	t.Run("assumed root", func(t *testing.T) { assumedRootBreadth(t, admin) })
	t.Run("web identity tokens", func(t *testing.T) { identityTokensBreadth(t, admin) })
	t.Run("sts", func(t *testing.T) { stsBreadth(t, admin) })
	t.Run("web identity", func(t *testing.T) { webIdentityBreadth(t, admin) })
	t.Run("SAML", func(t *testing.T) { samlLoginBreadth(t, admin) })
	t.Run("buckets", func(t *testing.T) { bucketsBreadth(t, admin) })
	t.Run("objects", func(t *testing.T) { objectsBreadth(t, admin) })
	t.Run("versions", func(t *testing.T) { versionsBreadth(t, admin) })
	t.Run("uploads", func(t *testing.T) { uploadsBreadth(t, admin) })
	s.checkEvents(t)

	called := map[string]bool{}
	for _, c := range s.seen.allCalls() {
		if c.code == "" {
			called[strings.ToLower(c.service)+":"+c.operation] = true
		}
	}
	missing := unsupported(t)
	for service, client := range map[string]any{"iam": admin.iam, "sts": admin.sts, "s3": admin.s3} {
		for m := range reflect.TypeOf(client).Methods() {
			if op := service + ":" + m.Name; m.Name != "Options" && called[op] == missing[op] {
				t.Errorf("%s: called with success %t, listed as missing %t", op, called[op], missing[op])
			}
		}
	}
}

// newer are operations that this SDK knows and the API model that Writ is
// generated from does not have.
var newer = []string{
	"iam:AcquireRole", "iam:GetAccountProperties", "iam:GetRoleTemplateVersion", "iam:PutAccountProperties",
	"s3:DeleteObjectAnnotation", "s3:GetObjectAnnotation", "s3:ListObjectAnnotations", "s3:PutObjectAnnotation",
	"s3:UpdateBucketMetadataAnnotationTableConfiguration",
}

// unsupported is the list of what is missing.
func unsupported(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../unsupported.txt")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]bool{}
	for _, name := range newer {
		list[name] = true
	}
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		list[name] = true
	}
	return list
}

// TestNotBuilt: an operation that AWS has and Writ has not is told apart from
// one that nobody has.
func TestNotBuilt(t *testing.T) {
	admin := start(t).admin()
	_, err := admin.s3.GetBucketWebsite(ctx, &s3.GetBucketWebsiteInput{Bucket: new("b-1")})
	if f := failureOf(err); f.status != 501 || f.code != "NotImplemented" {
		t.Errorf("GetBucketWebsite: %v", err)
	}
	_, err = admin.s3.ListBucketAnalyticsConfigurations(ctx, &s3.ListBucketAnalyticsConfigurationsInput{Bucket: new("b-1")})
	if f := failureOf(err); f.status != 501 || f.code != "NotImplemented" {
		t.Errorf("ListBucketAnalyticsConfigurations: %v", err)
	}
}
