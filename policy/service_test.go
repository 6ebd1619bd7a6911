package policy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/writ-iam/writ/arn"
)

// refusedByService are policies of the resources of services. The texts are
// AWS's; see services for where they were seen.
var refusedByService = []struct {
	service, doc string
	code         Code
	at           string
	text         string
}{
	{"s3", `no json`, LeadingSpace, "1:1", "Policies must be valid JSON and the first byte must be '{'"},
	{"s3", ` {"Statement":[]}`, LeadingSpace, "1:1", "Policies must be valid JSON and the first byte must be '{'"},
	{"s3", `{"Statement":[],}`, InvalidJSON, "1:17", "This policy contains invalid Json"},
	{"s3", `{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*"}}`, MissingPrincipal, "1:14", "Missing required field Principal"},
	{"sqs", `{"Statement":[],}`, InvalidJSON, "1:17", "Invalid value for the parameter Policy."},
	{"sqs", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage"}}`, MissingResource, "1:14", "Invalid value for the parameter Policy."},
	{"sns", `{"Statement":{"Effect":"Allow","Principal":"*","Action":["sns:Publish","SNS:CreateTopic"],"Resource":"*"}}`, OutOfScope, "1:72", "Invalid parameter: Policy statement action out of service scope!"},
	{"sns", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}}`, OutOfScope, "1:57", "Invalid parameter: Policy statement action out of service scope!"},
	{"sns", `{"Statement":[]}`, EmptyStatement, "1:1", "Invalid parameter: Policy Error: null"},
	{"kms", `{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`, MissingPrincipal, "1:14", "Policy contains a statement with one or more invalid principals."},
	{"kms", `{"Statement":{"Effect":"Allow","Principal":{},"Action":"kms:*","Resource":"*"}}`, EmptyPrincipal, "1:32", "Policy contains a statement with one or more invalid principals."},
	{"kms", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"ann"},"Action":"kms:*","Resource":"*"}}`, BadPrincipal, "1:51", "Policy contains a statement with one or more invalid principals."},
	{"kms", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*"}}`, MissingResource, "1:14", "Missing required field Resource"},
	{"ecr", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage","Resource":"*"}}`, ProhibitedResource, "1:77", "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"},
	{"ecr", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage","NotResource":"*"}}`, ProhibitedNotResource, "1:77", "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"},
	{"secretsmanager", `{"Statement":{"Effect":"Allow","Principal":"*"}}`, MissingAction, "1:14", "This resource policy contains a syntax error."},
	{"secretsmanager", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"ann"}}}`, BadPrincipal, "1:51", "This resource policy contains an unsupported principal."},
	{"lambda", `{"Statement":{"Effect":"Allow","Principal":{"Service":"s3"}}}`, BadPrincipal, "1:55", "The provided principal was invalid. Please check the principal and try again."},
	{"sagemaker", `{"Statement":{"Effect":"Allow","Principal":"*"}}`, MissingAction, "1:14", "Missing required field Action"},
}

func TestErrorsByService(t *testing.T) {
	for _, tt := range refusedByService {
		_, err := Use{Kind: ResourceBased, Service: tt.service}.Parse(tt.doc)
		wantError(t, tt.doc, err, tt.code, tt.at, tt.text)
	}
}

// acceptedByService are policies that AWS's general rules refuse or would word
// otherwise, and that the service stores.
var acceptedByService = []struct{ service, doc string }{
	{"s3", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`},
	{"sns", `{"Statement":{"Effect":"Allow","Principal":"*","Action":["SNS:Publish","sns:Get*","sns:*"],"Resource":"arn:aws:sns:us-east-1:123456789012:t"}}`},
	{"ecr", `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["ecr:BatchGetImage"]}]}`},
}

func TestAcceptedByService(t *testing.T) {
	for _, tt := range acceptedByService {
		use := Use{Kind: ResourceBased, Service: tt.service}
		d, err := use.Parse(tt.doc)
		if err != nil {
			t.Errorf("%s: %s\n%s", tt.service, tt.doc, err.(*Error))
			continue
		}
		checkPrinted(t, use, d)
	}
}

// s3Actions knows three actions: on buckets, on objects, on both.
func s3Actions(pattern string) (bucket, objects, known bool) {
	for name, on := range map[string][2]bool{"s3:listbucket": {true, false}, "s3:getobject": {false, true}, "s3:both": {true, true}} {
		if arn.Glob(strings.ToLower(pattern), name) {
			bucket, objects, known = bucket || on[0], objects || on[1], true
		}
	}
	return bucket, objects, known
}

// bucketPolicies are policies of the bucket b. The texts are AWS's; see
// libraryTexts for where they were seen.
var bucketPolicies = []struct {
	action, resource string
	code             Code
	at               string
	text             string
}{
	{`"Action":"s3:GetObject"`, `"Resource":"arn:aws:s3:::b/*"`, "", "", ""},
	{`"Action":"s3:ListBucket"`, `"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`, "", "", ""},
	{`"Action":["s3:ListBucket","s3:GetObject"]`, `"Resource":"arn:aws:s3:::b*"`, "", "", ""},
	{`"Action":["*","s3:*"]`, `"Resource":"arn:aws:s3:::b"`, "", "", ""},
	{`"NotAction":"s3:GetObject"`, `"Resource":"arn:aws:s3:::b"`, "", "", ""},
	{`"Action":"s3:GetObject"`, `"NotResource":"arn:aws:s3:::b"`, "", "", ""},
	{`"Action":"s3:GetObject"`, `"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::bb/*"]`, ForeignResource, "1:102", "Policy has invalid resource"},
	{`"Action":"s3:GetObject"`, `"Resource":"*"`, ForeignResource, "1:82", "Policy has invalid resource"},
	{`"Action":"s3:GetObject"`, `"Resource":"arn:aws:s3:::*"`, ForeignResource, "1:82", "Policy has invalid resource"},
	{`"Action":["s3:GetObject","s3:Fly"]`, `"Resource":"arn:aws:s3:::b/*"`, UnknownAction, "1:72", "Policy has invalid action"},
	{`"NotAction":"s3:Fly"`, `"Resource":"arn:aws:s3:::b/*"`, UnknownAction, "1:59", "Policy has invalid action"},
	{`"Action":"s3:ListBucket"`, `"Resource":"arn:aws:s3:::b/*"`, IdleAction, "1:56", "Action does not apply to any resource(s) in statement"},
	{`"Action":"s3:GetObject"`, `"Resource":"arn:aws:s3:::b"`, IdleAction, "1:56", "Action does not apply to any resource(s) in statement"},
}

func TestCheckBucket(t *testing.T) {
	for _, tt := range bucketPolicies {
		doc := `{"Statement":{"Effect":"Deny","Principal":"*",` + tt.action + `,` + tt.resource + `}}`
		d, err := Use{Kind: ResourceBased, Service: "s3"}.Parse(doc)
		if err != nil {
			t.Fatalf("%s\n%s", doc, err.(*Error))
		}
		e := d.CheckBucket("arn:aws:s3:::b", s3Actions)
		if e == nil {
			if tt.code != "" {
				t.Errorf("%s\nno error, want %s", doc, tt.code)
			}
			continue
		}
		wantError(t, doc, e, tt.code, tt.at, tt.text)
		if got := d.CheckBucket("arn:aws:s3:::b", nil); (got != nil) != (tt.code == ForeignResource) {
			t.Errorf("%s\nwithout actions: %v", doc, got)
		}
	}
	shape, err := ParseShape(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if e := shape.CheckBucket("arn:aws:s3:::b", nil); e == nil || e.Code != MissingResource {
		t.Errorf("without a resource: %v", e)
	}
}

func TestQuotas(t *testing.T) {
	many := func(n int, item string) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	statement := func(more string) string { return `{"Effect":"Allow",` + more + `}` }
	tests := []struct {
		use     Use
		measure Measure
		limit   int
		doc     string
		n       int
		at      string // "" when it fits
		text    string
	}{
		{Use{Kind: IdentityBased}, NonSpace, UserInlineQuota, `{"Statement":` + many(90, statement(` "Action" : "a:b"`)) + `}`, 3075, "1:1", "Maximum policy size of 2048 bytes exceeded for user NAME"},
		{Use{Kind: IdentityBased}, NonSpace, RoleInlineQuota, `{"Statement":` + many(90, statement(` "Action" : "a:b"`)) + `}`, 3075, "", ""},
		{Use{Kind: IdentityBased, Managed: true}, NonSpace, ManagedQuota, `{"Statement":` + many(186, statement(`"Action":"a:b"`)) + `}`, 6339, "1:1", "Cannot exceed quota for PolicySize: 6144"},
		{Use{Kind: PermissionsBoundary}, NonSpace, ManagedQuota, `{"Statement":[]}`, 16, "", ""},
		{Use{Kind: Trust}, NonSpace, TrustQuota, `{"Statement":` + many(90, statement(`"Action":"a:b"`)) + `}`, 3075, "1:1", "Cannot exceed quota for ACLSizePerRole: 2048"},
		{Use{Kind: Session}, Characters, SessionQuota, `{"Statement":[]` + strings.Repeat(" ", 2048) + `}`, 2064, "1:1", ""},
		{Use{Kind: ServiceControl}, Characters, 10240, `{"Statement":[]` + strings.Repeat(" ", 10240) + `}`, 10256, "1:1", "You have exceeded the maximum policy size."},
		{Use{Kind: ResourceControl}, Characters, 5120, `{"Statement":[]` + strings.Repeat(" ", 5120) + `}`, 5136, "1:1", "You have exceeded the maximum policy size."},
		{Use{Kind: Endpoint}, Characters, 20480, `{"Statement":[]}`, 16, "", ""},
		{Use{Kind: ResourceBased, Service: "s3"}, Bytes, BucketQuota, `{"Id":"` + strings.Repeat("é", 10240) + `","Statement":[]}`, 20504, "1:1", "Policy exceeds the maximum allowed document size."},
		{Use{Kind: ResourceBased, Service: "lambda"}, Bytes, 20480, `{"Statement":[]` + strings.Repeat(" ", 20480) + `}`, 20496, "1:1", "The final policy size (20496) is bigger than the limit (20480)."},
		{Use{Kind: ResourceBased, Service: "sqs"}, Statements, 20, `{"Statement":` + many(21, statement(`"Action":"a:b"`)) + `}`, 21, "1:695", ""},
		{Use{Kind: ResourceBased, Service: "sqs"}, PrincipalsNamed, 50, `{"Statement":` + statement(`"Principal":{"AWS":`+many(51, `"*"`)+`}`) + `}`, 51, "1:252", ""},
		{Use{Kind: ResourceBased, Service: "sqs"}, ConditionsTested, 10, `{"Statement":` + many(11, statement(`"Condition":{"Null":{"a":1}}`)) + `}`, 11, "1:534", ""},
		{Use{Kind: ResourceBased, Service: "sqs"}, StatementActions, 7, `{"Statement":[` + statement(`"Action":"a"`) + `,` + statement(`"Action":`+many(8, `"a"`)) + `]}`, 8, "1:103", "8 actions were found in a statement from the submitted policy, max allowed is 7"},
		{Use{Kind: ResourceBased, Service: "sqs"}, StatementActions, 7, `{"Statement":` + statement(`"Action":`+many(7, `"a"`)) + `}`, 7, "", ""},
	}
	for _, tt := range tests {
		d, err := ParseShape(tt.doc)
		if err != nil {
			t.Fatalf("%s: %s", tt.measure, err.(*Error))
		}
		found := false
		for _, q := range tt.use.Quotas() {
			if q.Measure != tt.measure || q.Limit != tt.limit {
				continue
			}
			found = true
			n, pos, over := q.Exceeded(d)
			at := ""
			if over {
				at = fmt.Sprintf("%d:%d", pos.Line, pos.Column)
			}
			if n != tt.n || at != tt.at || over && q.Text(n) != tt.text {
				t.Errorf("%+v, %d %s: %d at %q, %q; want %d at %q, %q", tt.use, tt.limit, tt.measure, n, at, q.Text(n), tt.n, tt.at, tt.text)
			}
		}
		if !found {
			t.Errorf("%+v has no quota of %d %s", tt.use, tt.limit, tt.measure)
		}
	}
	if q := (Use{Kind: ResourceBased, Service: "x"}).Quotas(); len(q) > 0 {
		t.Errorf("an unknown service has quotas: %+v", q)
	}
}

// Every quota says what it counts and whose it is; of several that count the
// same, all but the last say that there is a higher one.
func TestQuotaTables(t *testing.T) {
	uses := []Use{{Kind: IdentityBased, Managed: true}}
	for k := IdentityBased; k <= Endpoint; k++ {
		uses = append(uses, Use{Kind: k})
	}
	for name := range serviceQuotas {
		uses = append(uses, Use{Kind: ResourceBased, Service: name})
	}
	for _, u := range uses {
		last := map[Measure]Quota{}
		for _, q := range u.Quotas() {
			if q.Measure.String() == "" || q.Of == "" || q.Limit <= 0 {
				t.Errorf("%+v: %+v", u, q)
			}
			if before, ok := last[q.Measure]; ok && (!before.Higher || before.Limit >= q.Limit) {
				t.Errorf("%+v: %+v stands before %+v", u, before, q)
			}
			last[q.Measure] = q
		}
		for _, q := range last {
			if q.Higher {
				t.Errorf("%+v: %+v has none higher", u, q)
			}
		}
		if len(last) == 0 && u.Kind != ResourceBased {
			t.Errorf("%+v has no quota", u)
		}
	}
	if Measure(99).String() != "" {
		t.Error("a measure that is none has a name")
	}
}
