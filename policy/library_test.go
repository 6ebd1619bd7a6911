package policy

import "testing"

// refusedByLibrary are documents of roles and resources. The texts are AWS's; see
// libraryTexts for where they were seen.
var refusedByLibrary = []struct {
	kind Kind
	doc  string
	code Code
	at   string
	text string
}{
	{Trust, `{invalid`, InvalidJSON, "1:2", "This policy contains invalid Json"},
	{Trust, `{"Statement":[],"x":1`, InvalidJSON, "1:22", "This policy contains invalid Json"},
	{Trust, `{"x":{"a":1,"a":2}}`, DuplicateKey, "1:13", "This policy contains invalid Json"},
	{Trust, `{"x":1}`, UnknownKey, "1:2", "Unknown field x"},
	{Trust, `{"Version":"2012-10-18","Statement":[]}`, BadVersion, "1:12", "The policy must contain a valid version string"},
	{Trust, `{"Version":"2012-10-17"}`, MissingStatement, "1:1", "Missing required field Statement"},
	{Trust, `{"Version":"2012-10-17","Statement":[]}`, EmptyStatement, "1:1", "Could not parse the policy: Statement is empty!"},
	{Trust, `{"Statement":{"Action":"sts:AssumeRole"}}`, MissingEffect, "1:14", "Missing required field Effect"},
	{Trust, `{"Statement":{"Effect":"hello","Action":"sts:AssumeRole"}}`, BadEffect, "1:24", "Invalid effect: hello"},
	{Trust, `{"Statement":{"Effect":"allow","Action":"sts:AssumeRole"}}`, EffectCase, "1:24", "Invalid effect: allow"},
	{Trust, `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}`, MissingPrincipal, "1:14", "Missing required field Principal"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{}}}`, EmptyPrincipal, "1:32", "Missing required field Principal cannot be empty!"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":[]}}}`, EmptyPrincipal, "1:32", "Missing required field Principal cannot be empty!"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":"*"}}`, BarePrincipal, "1:44", `AssumeRolepolicy contained an invalid principal: "STAR":"*".`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":["*"]}}`, WrongType, "1:44", libraryFallback},
	{Trust, `{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"*"}}}`, AllowNotPrincipal, "1:32", "Allow with NotPrincipal is not allowed."},
	{Trust, `{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"*"}}}`, ProhibitedNotPrincipal, "1:31", "AssumeRole policy must not contain NotPrincipal field."},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"NotPrincipal":"*"}}`, BothForms, "1:67", "Statement/policy already has instance of Principal"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"User":"ann"}}}`, BadPrincipal, "1:45", `Invalid principal in policy: "User"`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"ann"}}}`, BadPrincipal, "1:51", `Invalid principal in policy: "AWS":"ann"`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":["*","arn:aws:iam::123456789012:user/*"]}}}`, BadPrincipal, "1:56", `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2"}}}`, BadPrincipal, "1:55", `Invalid principal in policy: "SERVICE":"ec2"`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"CanonicalUser":"0a"}}}`, BadPrincipal, "1:61", `Invalid principal in policy: "CANONICALUSER":"0a"`},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Condition":{"stringEquals":{}}}}`, BadOperator, "1:69", "Invalid Condition type : stringEquals"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"}}}`, MissingAction, "1:14", "Missing required field Action"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"*"}}`, ProhibitedAction, "1:65", "AssumeRole policy may only specify STS AssumeRole actions."},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","s3:x"]}}`, ProhibitedAction, "1:83", "AssumeRole policy may only specify STS AssumeRole actions."},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*"}}`, ProhibitedResource, "1:82", "Has prohibited field Resource"},
	{Trust, `{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","NotResource":"*"}}`, ProhibitedNotResource, "1:82", "AssumeRole policy must not contain resources."},
	{Trust, `{"Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:x"},{"Sid":"a","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:x"}]}`, DuplicateSid, "1:92", "The Statement Ids in the policy are not unique"},

	{ResourceBased, `{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*"}}`, MissingPrincipal, "1:14", "Missing required field Principal"},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":"ann","Action":"s3:x","Resource":"*"}}`, BadPrincipal, "1:44", "Invalid principal in policy"},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"x","Resource":"*"}}`, ActionVendor, "1:57", "Policy has invalid action"},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:x"}}`, MissingResource, "1:14", "Missing required field Resource"},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:x","Resource":[]}}`, EmptyResource, "1:64", "Missing required field Resource cannot be empty!"},
	{ResourceBased, `{"Statement":{"Effect":"Allow","Principal":"*","Action":[],"Resource":"*"}}`, EmptyAction, "1:48", "Missing required field Action cannot be empty!"},
	{ResourceBased, `{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:x","Resource":"*","Condition":{"DateLessThan":{"k":"soon"}}}}`, BadDate, "1:111", libraryFallback},
	{Endpoint, `{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*"}}`, MissingPrincipal, "1:14", "The Policy Document is not valid. Syntax error at position (1,14)"},

	{Session, `{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*"}`, InvalidJSON, "1:63", "The policy is not in the valid JSON format."},
	{Session, `{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*","Principal":"*"}}`, ProhibitedPrincipal, "1:63", "Policy document should not specify a principal."},
	{PermissionsBoundary, `{"Statement":{"Effect":"Allow","Action":"s3:x"}}`, MissingResource, "1:14", "Policy statement must contain resources."},

	{ServiceControl, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, OldVersion, "1:1", organizationText},
	{ServiceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`, ProhibitedPrincipal, "1:54", organizationText},
	{ServiceControl, `{"Version":"2012-10-17","Statement":{"Sid":"a_b","Effect":"Deny","Action":"*","Resource":"*"}}`, BadSid, "1:44", organizationText},
	{ResourceControl, `{"Version":"2008-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}}`, OldVersion, "1:12", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}`, ProhibitedEffect, "1:47", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":["s3:*","*"],"Resource":"*"}}`, ProhibitedAction, "1:87", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"}}`, ProhibitedNotAction, "1:70", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotPrincipal":"*","Action":"s3:*","Resource":"*"}}`, ProhibitedNotPrincipal, "1:54", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":["*","123456789012"]},"Action":"s3:*","Resource":"*"}}`, BadPrincipal, "1:54", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}`, MissingPrincipal, "1:37", organizationText},
	{ResourceControl, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"b"}}`, ResourceNotARN, "1:97", organizationText},
}

func TestErrorsByKind(t *testing.T) {
	for _, tt := range refusedByLibrary {
		_, err := Parse(tt.kind, tt.doc)
		wantError(t, tt.doc, err, tt.code, tt.at, tt.text)
	}
}

// Every code has a sentence and a document in one of the tables, which shows it.
func TestCodes(t *testing.T) {
	seen := map[Code]bool{}
	for _, tt := range refused {
		seen[tt.code] = true
	}
	for _, tt := range refusedByLibrary {
		seen[tt.code] = true
	}
	for _, tt := range attacks {
		seen[tt.code] = true
	}
	for _, tt := range refusedByService {
		seen[tt.code] = true
	}
	for _, tt := range bucketPolicies {
		seen[tt.code] = true
	}
	for _, tt := range trustPolicies {
		seen[SharedIssuer] = seen[SharedIssuer] || tt.text != ""
	}
	delete(seen, "")
	for code := range seen {
		if code.Sentence() == "" {
			t.Errorf("%s has no sentence", code)
		}
	}
	for code := range sentences {
		if !seen[code] {
			t.Errorf("%s has no example", code)
		}
	}
}

func TestUnknownPrincipal(t *testing.T) {
	p := Principal{AWSPrincipal, "arn:aws:iam::123456789012:role/gone", Position{7, 1, 8}}
	tests := []struct {
		kind Kind
		want string
	}{
		{Trust, `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/gone"`},
		{ResourceBased, "Invalid principal in policy"},
	}
	for _, tt := range tests {
		if e := UnknownPrincipal(tt.kind, p); e.Text != tt.want || e.Pos != p.Pos || e.Code != BadPrincipal {
			t.Errorf("UnknownPrincipal = %+v, want %q", e, tt.want)
		}
	}
}
