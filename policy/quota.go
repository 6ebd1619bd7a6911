package policy

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// AWS's default quotas on the size of documents.
//
// Sources: "IAM and AWS STS quotas" in the IAM User Guide (Size counts as it
// says); "Quotas and service limits for AWS Organizations", of which that for
// SCPs was doubled in May 2026; "Control access to VPC endpoints using endpoint
// policies"; for the resources of services their own pages of quotas and API
// references.
const (
	UserInlineQuota  = 2048  // of all inline policies of a user together
	GroupInlineQuota = 5120  // likewise
	RoleInlineQuota  = 10240 // likewise
	ManagedQuota     = 6144
	TrustQuota       = 2048 // up to 4,096 on request
	SessionQuota     = 2048
	BucketQuota      = 20 << 10
)

// Quota is a limit that AWS puts on documents of a use.
type Quota struct {
	Measure Measure
	Limit   int
	Of      string // whose limit it is, in words: "an inline policy of a user"
	text    string // AWS's answer to a document above it; %d is the count

	// Higher says that there is another quota of the same measure, further on in
	// the list, which other documents of the same use have to keep: what is too
	// long for a user may fit a role.
	Higher bool
}

// Measure is what a quota counts.
type Measure uint8

// The measures of quotas.
const (
	NonSpace         Measure = iota + 1 // characters without white space: Size
	Characters                          // all characters
	Bytes                               // of the text in UTF-8
	Statements                          // of the document
	PrincipalsNamed                     // in the document
	ConditionsTested                    // in the document
	StatementActions                    // values of Action of one statement
)

var measureWords = [...]string{
	NonSpace: "characters, white space not counted", Characters: "characters", Bytes: "bytes", Statements: "statements",
	PrincipalsNamed: "principals", ConditionsTested: "conditions", StatementActions: "actions in a statement",
}

// String returns what is counted, in the plural.
func (m Measure) String() string {
	if int(m) < len(measureWords) {
		return measureWords[m]
	}
	return ""
}

// Text is AWS's answer to a document that has n, "" where it is not known. NAME
// stands for whom the policy is embedded in.
func (q Quota) Text(n int) string { return strings.Replace(q.text, "%d", strconv.Itoa(n), 1) }

// Exceeded reports whether d has more than q allows, how much it has, and where
// what is too much begins: for sizes the beginning of the document.
func (q Quota) Exceeded(d *Document) (n int, at Position, over bool) {
	at = Position{0, 1, 1}
	count := func(pos Position) {
		if n++; n == q.Limit+1 {
			at = pos
		}
	}
	switch q.Measure {
	case NonSpace:
		n = Size(d.Text)
	case Characters:
		n = utf8.RuneCountInString(d.Text)
	case Bytes:
		n = len(d.Text)
	case StatementActions:
		return q.actions(d)
	}
	for i := range d.Statements {
		st := &d.Statements[i]
		switch q.Measure {
		case Statements:
			count(st.Start)
		case PrincipalsNamed:
			if st.Principal != nil {
				for _, v := range st.Principal.Values {
					count(v.Pos)
				}
			}
		case ConditionsTested:
			for _, c := range st.Conditions {
				count(c.KeyPos)
			}
		}
	}
	return n, at, n > q.Limit
}

// actions is Exceeded for the number of actions in a statement.
func (q Quota) actions(d *Document) (n int, at Position, over bool) {
	for i := range d.Statements {
		values := d.Statements[i].Action.Values
		if len(values) > q.Limit {
			return len(values), values[q.Limit].Pos, true
		}
		n = max(n, len(values))
	}
	return n, Position{0, 1, 1}, false
}

// Quotas returns the limits that AWS puts on documents of use u, by default. It
// returns none for resource-based policies of a service that is not known. The
// slice belongs to the caller.
func (u Use) Quotas() []Quota { return slices.Clone(u.quotas()) }

func (u Use) quotas() []Quota {
	switch {
	case u.Kind == IdentityBased && !u.Managed:
		return inlineQuotas
	case u.Kind == IdentityBased, u.Kind == PermissionsBoundary:
		return managedQuotas
	case u.Kind == ResourceBased:
		return serviceQuotas[u.Service]
	}
	return kindQuotas[u.Kind]
}

var (
	inlineQuotas = []Quota{
		inline(UserInlineQuota, "user", true), inline(GroupInlineQuota, "group", true), inline(RoleInlineQuota, "role", false),
	}
	managedQuotas = []Quota{{Measure: NonSpace, Limit: ManagedQuota, Of: "a managed policy", text: exceeded("PolicySize", ManagedQuota)}}

	kindQuotas = map[Kind][]Quota{
		Trust:           {{Measure: NonSpace, Limit: TrustQuota, Of: "a role trust policy", text: exceeded("ACLSizePerRole", TrustQuota)}},
		Session:         {{Measure: Characters, Limit: SessionQuota, Of: "a session policy"}},
		ServiceControl:  {{Measure: Characters, Limit: 10240, Of: "a service control policy", text: organizationSizeText}},
		ResourceControl: {{Measure: Characters, Limit: 5120, Of: "a resource control policy", text: organizationSizeText}},
		Endpoint:        {{Measure: Characters, Limit: 20480, Of: "a VPC endpoint policy"}},
	}

	serviceQuotas = map[string][]Quota{
		"s3": {{Measure: Bytes, Limit: BucketQuota, Of: "a bucket policy", text: "Policy exceeds the maximum allowed document size."}},
		"sqs": {
			{Measure: Bytes, Limit: 8192, Of: "a queue policy"}, {Measure: Statements, Limit: 20, Of: "a queue policy"},
			{Measure: PrincipalsNamed, Limit: 50, Of: "a queue policy"}, {Measure: ConditionsTested, Limit: 10, Of: "a queue policy"},
			{
				Measure: StatementActions, Limit: 7, Of: "a queue policy",
				text: "%d actions were found in a statement from the submitted policy, max allowed is 7",
			},
		},
		"sns": {
			{Measure: Bytes, Limit: 30 << 10, Of: "a topic policy"}, {Measure: Statements, Limit: 100, Of: "a topic policy"},
			{Measure: PrincipalsNamed, Limit: 200, Of: "a topic policy"},
		},
		"kms":               {{Measure: Bytes, Limit: 32 << 10, Of: "a key policy"}},
		"lambda":            {{Measure: Bytes, Limit: 20480, Of: "a function's policy", text: "The final policy size (%d) is bigger than the limit (20480)."}},
		"secretsmanager":    {{Measure: Characters, Limit: 20480, Of: "a secret's policy"}},
		"ecr":               {{Measure: Characters, Limit: 10240, Of: "a repository policy"}},
		"dynamodb":          {{Measure: Bytes, Limit: 20 << 10, Of: "a table policy"}},
		"elasticfilesystem": {{Measure: Characters, Limit: 20000, Of: "a file system policy"}},
	}
)

const organizationSizeText = "You have exceeded the maximum policy size."

func inline(limit int, holder string, higher bool) Quota {
	n := strconv.Itoa(limit)
	return Quota{NonSpace, limit, "the inline policies of a " + holder, "Maximum policy size of " + n + " bytes exceeded for " + holder + " NAME", higher}
}

func exceeded(quota string, limit int) string {
	return "Cannot exceed quota for " + quota + ": " + strconv.Itoa(limit)
}
