package iam

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// smallReference is a reference of three services.
type smallReference struct{}

var smallServices = map[string]map[string][]string{
	"iam": {"GetUser": {"arn:${Partition}:iam::${Account}:user/${UserNameWithPath}"}, "ListUsers": nil},
	"s3":  {"GetObject": {"arn:${Partition}:s3:::${BucketName}/${ObjectName}"}, "PutObject": {"arn:${Partition}:s3:::${BucketName}/${ObjectName}"}, "ListAllMyBuckets": nil},
	"sqs": {"SendMessage": {"arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"}},
}

func (smallReference) Services() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, namespace := range []string{"iam", "s3", "sqs"} {
			if !yield(namespace, "the service "+namespace) {
				return
			}
		}
	}
}

func (smallReference) Actions(namespace string) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for name, arns := range smallServices[namespace] {
			if !yield(name, arns) {
				return
			}
		}
	}
}

func parsed(t *testing.T, statements ...string) *policy.Document {
	t.Helper()
	doc, err := policy.Parse(policy.IdentityBased, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
	if err != nil {
		t.Fatalf("%v: %v", statements, err)
	}
	return doc
}

const (
	object      = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`
	ofOneBucket = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}`
	everything  = `{"Effect":"Allow","Action":"*","Resource":"*"}`
)

// TestPermissions: which services policies might grant together, and which a
// policy grants by itself. Where AWS was observed, it answers this.
func TestPermissions(t *testing.T) {
	for name, c := range map[string]struct {
		statements   []string
		might, alone []string
	}{
		"nothing":                   {[]string{`{"Effect":"Deny","Action":"iam:*","Resource":"*"}`}, nil, nil},
		"everything":                {[]string{everything}, []string{"iam", "s3", "sqs"}, []string{"iam", "s3", "sqs"}},
		"an action":                 {[]string{object}, []string{"s3"}, []string{"s3"}},
		"in other letters":          {[]string{`{"Effect":"Allow","Action":"S3:GETOBJECT","Resource":"*"}`}, []string{"s3"}, []string{"s3"}},
		"a wildcard":                {[]string{`{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`}, []string{"s3"}, []string{"s3"}},
		"an unknown action":         {[]string{`{"Effect":"Allow","Action":"s3:Unknown","Resource":"*"}`}, nil, []string{"s3"}},
		"an unknown service":        {[]string{`{"Effect":"Allow","Action":"unknown:Read","Resource":"*"}`}, nil, nil},
		"all but a service":         {[]string{`{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}`}, []string{"iam", "sqs"}, []string{"iam", "sqs"}},
		"all but an action":         {[]string{`{"Effect":"Allow","NotAction":"sqs:SendMessage","Resource":"*"}`}, []string{"iam", "s3"}, []string{"iam", "s3", "sqs"}},
		"all but everything":        {[]string{`{"Effect":"Allow","NotAction":"*","Resource":"*"}`}, nil, nil},
		"a condition":               {[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:username":"nobody"}}}`}, []string{"s3"}, []string{"s3"}},
		"another service's thing":   {[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:iam::123456789012:user/x"}`}, nil, nil},
		"a thing":                   {[]string{ofOneBucket}, []string{"s3"}, []string{"s3"}},
		"a thing by variable":       {[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/*"}`}, []string{"s3"}, []string{"s3"}},
		"no thing":                  {[]string{`{"Effect":"Allow","Action":"s3:GetObject","NotResource":"*"}`}, nil, nil},
		"all but a thing":           {[]string{`{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::a/*"}`}, []string{"s3"}, []string{"s3"}},
		"a list needs all":          {[]string{`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::a"}`}, nil, nil},
		"denied":                    {[]string{object, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`}, nil, nil},
		"denied by all but":         {[]string{everything, `{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}`}, []string{"iam"}, []string{"iam"}},
		"denied one action":         {[]string{everything, `{"Effect":"Deny","Action":"sqs:SendMessage","Resource":"*"}`}, []string{"iam", "s3"}, []string{"iam", "s3", "sqs"}},
		"denied under a condition":  {[]string{object, `{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`}, []string{"s3"}, []string{"s3"}},
		"denied the same thing":     {[]string{ofOneBucket, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}`}, nil, []string{"s3"}},
		"denied a wider thing":      {[]string{ofOneBucket, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*"}`}, nil, []string{"s3"}},
		"denied a thing among many": {[]string{object, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}`}, []string{"s3"}, []string{"s3"}},
	} {
		t.Run(name, func(t *testing.T) {
			doc := parsed(t, c.statements...)
			got := slices.Collect(newPermissions([]*policy.Document{doc}).services(t.Context(), smallReference{}))
			if !slices.Equal(got, c.might) {
				t.Errorf("might grant %v, want %v", got, c.might)
			}
			var alone []string
			for namespace := range (smallReference{}).Services() {
				if newPermissions([]*policy.Document{doc}).grantsAlone(t.Context(), smallReference{}, namespace) {
					alone = append(alone, namespace)
				}
			}
			if !slices.Equal(alone, c.alone) {
				t.Errorf("grants by itself %v, want %v", alone, c.alone)
			}
		})
	}
}

// TestLevels: what one level does not allow is not allowed.
func TestLevels(t *testing.T) {
	all, some := []*policy.Document{parsed(t, everything)}, []*policy.Document{parsed(t, object)}
	for _, c := range []struct {
		levels [][]*policy.Document
		want   []string
	}{
		{nil, nil},
		{[][]*policy.Document{all}, []string{"iam", "s3", "sqs"}},
		{[][]*policy.Document{all, some}, []string{"s3"}},
		{[][]*policy.Document{all, nil}, nil},
		{[][]*policy.Document{all, {parsed(t, everything, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`)}}, []string{"iam", "sqs"}},
	} {
		if got := slices.Collect(newPermissions(c.levels...).services(t.Context(), smallReference{})); !slices.Equal(got, c.want) {
			t.Errorf("%d levels: %v, want %v", len(c.levels), got, c.want)
		}
	}
}

// TestMeet: two patterns meet when, and only when, some text matches both; and
// one that includes another matches all that the other does.
func TestMeet(t *testing.T) {
	var texts []string
	for text := range words("ab", 8) {
		texts = append(texts, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab*?")), 0, 4, -1)
		p, q := pattern.Draw(t, "p"), pattern.Draw(t, "q")
		common, apart := false, false
		for _, text := range texts {
			common = common || arn.Glob(p, text) && arn.Glob(q, text)
			apart = apart || !arn.Glob(p, text) && arn.Glob(q, text)
		}
		if meet(p, q) != common {
			t.Errorf("meet(%q, %q) = %v", p, q, !common)
		}
		if includes(p, q) && apart {
			t.Errorf("includes(%q, %q)", p, q)
		}
	})
}

// words yields the texts of up to n letters.
func words(letters string, n int) iter.Seq[string] {
	return func(yield func(string) bool) {
		level := []string{""}
		for range n + 1 {
			var next []string
			for _, text := range level {
				if !yield(text) {
					return
				}
				for _, l := range letters {
					next = append(next, text+string(l))
				}
			}
			level = next
		}
	}
}

// TestMeetIsBounded: patterns of the greatest length, made to be tried in vain.
func TestMeetIsBounded(t *testing.T) {
	p, q := strings.Repeat("a*", 1000)+"b", strings.Repeat("*a", 1000)+"c"
	if meet(p, q) {
		t.Error("they end differently")
	}
}
