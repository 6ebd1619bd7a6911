package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/catalog"
)

func TestConditionKey(t *testing.T) {
	type info = catalog.KeyInfo
	tests := []struct {
		key  string
		want info // the zero value: unknown
	}{
		{"aws:SourceIp", info{Name: "aws:SourceIp", Type: catalog.IPAddress}},
		{"AWS:SOURCEIP", info{Name: "aws:SourceIp", Type: catalog.IPAddress}},
		{"aws:EpochTime", info{Name: "aws:EpochTime", Type: catalog.Date, OrType: catalog.Numeric}},
		{"aws:PrincipalOrgPaths", info{Name: "aws:PrincipalOrgPaths", Type: catalog.String, Multivalued: true}},
		{"aws:TagKeys", info{Name: "aws:TagKeys", Type: catalog.String, Multivalued: true}},
		{"aws:ResourceTag/Team", info{Name: "aws:ResourceTag/${TagKey}", Type: catalog.String}},
		{"aws:resourcetag/a/b:c", info{Name: "aws:ResourceTag/${TagKey}", Type: catalog.String}},
		{"aws:RequestTag/${TagKey}", info{Name: "aws:RequestTag/${TagKey}", Type: catalog.String}},
		{"aws:ResourceTag/", info{}},
		{"aws:ResourceTag", info{}},
		{"aws:NoSuchKey", info{}},
		{"aws:RequestTag/" + strings.Repeat("k", 128), info{Name: "aws:RequestTag/${TagKey}", Type: catalog.String}},

		{"s3:prefix", info{Name: "s3:prefix", Type: catalog.String}},
		{"s3:max-keys", info{Name: "s3:max-keys", Type: catalog.Numeric}},
		{"s3:ExistingObjectTag/class", info{Name: "s3:ExistingObjectTag/${key}", Type: catalog.String}},
		{"s3:RequestObjectTagKeys", info{Name: "s3:RequestObjectTagKeys", Type: catalog.String, Multivalued: true}},
		{"iam:PassedToService", info{Name: "iam:PassedToService", Type: catalog.String}},
		{"iam:PermissionsBoundary", info{Name: "iam:PermissionsBoundary", Type: catalog.ARN}},
		{"sts:TransitiveTagKeys", info{Name: "sts:TransitiveTagKeys", Type: catalog.String, Multivalued: true}},
		{"kms:EncryptionContext:app", info{Name: "kms:EncryptionContext:${EncryptionContextKey}", Type: catalog.String}},
		{"kms:EncryptionContextKeys", info{Name: "kms:EncryptionContextKeys", Type: catalog.String, Multivalued: true}},
		{"codebuild:secondarySources/s.auth.type",
			info{Name: "codebuild:secondarySources/${sourceIdentifier}.auth.type", Type: catalog.String}},

		// Keys that stand on the page of another service than their prefix names.
		{"saml:aud", info{Name: "saml:aud", Type: catalog.String}},
		{"logs:LogGeneratingResourceArns", info{Name: "logs:LogGeneratingResourceArns", Type: catalog.ARN, Multivalued: true}},
		{"token.actions.githubusercontent.com:ref", info{Name: "token.actions.githubusercontent.com:ref", Type: catalog.String}},
		{"github.com/enterprises/acme:ref", info{Name: "github.com/enterprises/${EnterpriseName}:ref", Type: catalog.String}},
		{"identitystore:UserId", info{Name: "identitystore:UserId", Type: catalog.String}},
		{"ec2:SourceInstanceARN", info{Name: "ec2:SourceInstanceArn", Type: catalog.ARN}},
		{"cognito-identity.amazonaws.com:amr",
			info{Name: "cognito-identity.amazonaws.com:amr", Type: catalog.String, Multivalued: true}},

		// Keys of any OIDC provider.
		{"token.actions.githubusercontent.com:sub", info{Name: "${Provider}:sub", Type: catalog.String}},
		{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:AUD", info{Name: "${Provider}:aud", Type: catalog.String}},
		{"idp.example.com:amr", info{Name: "${Provider}:amr", Type: catalog.String, Multivalued: true}},
		{"idp.example.com:groups", info{}},
		{"nosuch:sub", info{}},

		{"", info{}},
		{":", info{}},
		{"s3:", info{}},
	}
	for _, tt := range tests {
		got, ok := catalog.ConditionKey(tt.key)
		if diff := cmp.Diff(tt.want, got); diff != "" || ok != (tt.want != info{}) {
			t.Errorf("ConditionKey(%q) = %v (-want +got):\n%s", tt.key, ok, diff)
		}
	}
}

func TestGlobalKeys(t *testing.T) {
	keys := catalog.GlobalKeys()
	if len(keys) != 61 {
		t.Errorf("%d global keys; AWS's page lists 61", len(keys))
	}
	for _, k := range keys {
		if got, ok := catalog.ConditionKey(k.Name); !ok || got != k {
			t.Errorf("ConditionKey(%q) = %+v, %v", k.Name, got, ok)
		}
		if k.Type == 0 {
			t.Errorf("%s has no type", k.Name)
		}
	}
	keys[0].Name = "changed"
	if catalog.GlobalKeys()[0].Name == "changed" {
		t.Error("GlobalKeys returns shared memory")
	}
}

// A tag key may be anything: the key is found whatever stands behind the slash.
func TestTagKeysOfAnyForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.StringN(1, 128, -1).Draw(t, "tag")
		prefix := rapid.SampledFrom([]string{"aws:ResourceTag/", "AWS:requesttag/", "aws:PrincipalTag/", "iam:ResourceTag/"}).Draw(t, "prefix")
		k, ok := catalog.ConditionKey(prefix + tag)
		if !ok || !strings.EqualFold(k.Name, prefix+"${TagKey}") {
			t.Fatalf("ConditionKey(%q) = %+v, %v", prefix+tag, k, ok)
		}
	})
}
