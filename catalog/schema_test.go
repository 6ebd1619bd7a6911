package catalog_test

import (
	"testing"

	"github.com/writ-iam/writ/catalog"
)

func TestSchema(t *testing.T) {
	var s catalog.Schema
	for action, want := range map[string]bool{
		"s3:GetObject":          true,
		"sts:GetCallerIdentity": false,
		"STS:getcalleridentity": false,
		"iam:ListUsers":         false,
		"nosuch:DoThings":       true, // unknown: the policy's resources go on limiting it
		"*":                     true,
	} {
		if got := s.HasResourceTypes(action); got != want {
			t.Errorf("HasResourceTypes(%q) = %v", action, got)
		}
	}
	for service, want := range map[string]bool{"s3": true, "STS": true, "kms": true, "iam": false, "nosuch": false, "": false} {
		if got := s.RCPCapable(service); got != want {
			t.Errorf("RCPCapable(%q) = %v", service, got)
		}
	}
	if !s.Multivalued("aws:TagKeys") || s.Multivalued("aws:CurrentTime") {
		t.Error("of aws:TagKeys and aws:CurrentTime, the first alone is multivalued")
	}
}

// The engine asks while it decides.
func TestSchemaDoesNotAllocate(t *testing.T) {
	var s catalog.Schema
	n := testing.AllocsPerRun(100, func() {
		s.HasResourceTypes("s3:GetObject")
		s.RCPCapable("s3")
		s.Multivalued("aws:ResourceTag/Team")
		s.Multivalued("s3:prefix")
		s.Multivalued("idp.example.com:sub")
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHasResourceTypes(b *testing.B) {
	for b.Loop() {
		catalog.Schema{}.HasResourceTypes("s3:GetObject")
	}
}

func BenchmarkMultivalued(b *testing.B) {
	for _, key := range []string{"aws:SourceIp", "aws:ResourceTag/Team", "s3:prefix", "saml:aud", "idp.example.com:sub"} {
		b.Run(key, func(b *testing.B) {
			for b.Loop() {
				catalog.Schema{}.Multivalued(key)
			}
		})
	}
}
