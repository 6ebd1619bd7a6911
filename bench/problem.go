package bench

import (
	"fmt"
	"strings"
)

// Problem is a policy and requests, in nobody's language.
type Problem struct {
	Name       string
	Statements []Statement
	Measured   Request   // what the clock runs for
	Questions  []Request // on which all engines must agree
}

// Statement allows or denies actions on a resource.
type Statement struct {
	Deny     bool
	Actions  []string // "service:name", where "*" stands for anything
	Resource string   // an ARN, where "*" stands for anything
	Team     string   // unless "", the caller's tag "team" must be this
}

// Request is one question.
type Request struct {
	Action, Resource string
	Team             string // the caller's tag "team", "" for none
}

// account is that of the caller.
const account = "111122223333"

// Problems are those of docs/PERFORMANCE.md.
func Problems() []Problem {
	return []Problem{ordinary(3), ordinary(60), ordinary(1000), nested(1000)}
}

// AgreementProblems are Problems, and more that are only asked about.
func AgreementProblems() []Problem { return append(Problems(), overlapping()) }

var services = []string{"sns", "sqs", "ec2", "dynamodb", "kms", "lambda"}

// ordinary is a policy as people write them: many services, a few denies, a
// condition. The last statement is the one that the measured request needs.
func ordinary(n int) Problem {
	p := Problem{
		Name:     fmt.Sprintf("%s statements", thousands(n)),
		Measured: Request{"s3:GetObject", "arn:aws:s3:::bucket-42/reports/2026/q1.pdf", "red"},
	}
	for i := range n - 1 {
		svc := services[i%len(services)]
		p.Statements = append(p.Statements, Statement{
			Deny:     i%10 == 9,
			Actions:  []string{fmt.Sprintf("%s:Get%d*", svc, i), fmt.Sprintf("%s:PutThing%d", svc, i)},
			Resource: thing(svc, "*", account, i) + "/*",
		})
	}
	p.Statements = append(p.Statements, Statement{
		Actions: []string{"s3:GetObject", "s3:ListBucket"}, Resource: "arn:aws:s3:::bucket-42/*", Team: "red",
	})
	p.Questions = append(questionsAboutBucket(), questionsAboutThings(n-1)...)
	return p
}

func thing(svc, region, account string, i int) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:thing-%d", svc, region, account, i)
}

func questionsAboutBucket() []Request {
	return []Request{
		{"s3:GetObject", "arn:aws:s3:::bucket-42/reports/2026/q1.pdf", "red"},
		{"s3:GetObject", "arn:aws:s3:::bucket-42/a", "red"},
		{"s3:ListBucket", "arn:aws:s3:::bucket-42/", "red"},
		{"s3:GetObject", "arn:aws:s3:::bucket-42/a", "blue"},
		{"s3:GetObject", "arn:aws:s3:::bucket-42/a", ""},
		{"s3:GetObject", "arn:aws:s3:::bucket-4/a", "red"},
		{"s3:GetObjectAcl", "arn:aws:s3:::bucket-42/a", "red"},
		{"s3:PutObject", "arn:aws:s3:::bucket-42/a", "red"},
	}
}

// questionsAboutThings are about at most forty of n statements: what each allows
// or denies, and what it nearly does.
func questionsAboutThings(n int) []Request {
	var list []Request
	for i := 0; i < n; i += max(1, n/40) {
		svc, other := services[i%len(services)], services[(i+1)%len(services)]
		get, put := fmt.Sprintf("%s:Get%d", svc, i), fmt.Sprintf("%s:PutThing%d", svc, i)
		key := thing(svc, "eu-central-1", account, i) + "/key"
		list = append(list,
			Request{get + "Attributes", key, ""},
			Request{get, key + "/of/key", "red"},
			Request{put, key, "red"},
			Request{put, thing(svc, "eu-central-1", account, i), ""},
			Request{put + "0", key, ""},
			Request{put, thing(svc, "eu-central-1", "444455556666", i) + "/key", ""},
			Request{put, thing(svc, "eu-central-1", account, i+1) + "/key", ""},
			Request{fmt.Sprintf("%s:PutThing%d", other, i), key, ""},
			Request{put, thing(other, "eu-central-1", account, i) + "/key", ""},
		)
	}
	return list
}

// nested is a policy of which every statement has the action asked for, and
// wildcards inside the resource.
func nested(n int) Problem {
	p := Problem{
		Name:     fmt.Sprintf("%s statements that all have the action, with nested wildcards", thousands(n)),
		Measured: Request{"s3:GetObject", "arn:aws:s3:::bucket-42/reports/2026/x", "red"},
	}
	for i := range n {
		p.Statements = append(p.Statements, Statement{Actions: []string{"s3:Get*"}, Resource: fmt.Sprintf("arn:aws:s3:::*-%d/*/x", i+1000)})
	}
	p.Questions = questionsAboutBucket()
	for i := 0; i < n; i += n / 40 {
		p.Questions = append(p.Questions,
			Request{"s3:GetObject", fmt.Sprintf("arn:aws:s3:::bucket-%d/reports/x", i+1000), ""},
			Request{"s3:GetObjectTagging", fmt.Sprintf("arn:aws:s3:::bucket-%d/reports/2026/x", i+1000), ""},
			Request{"s3:GetObject", fmt.Sprintf("arn:aws:s3:::bucket-%d/x", i+1000), ""},
			Request{"s3:GetObject", fmt.Sprintf("arn:aws:s3:::bucket%d/reports/x", i+1000), ""},
			Request{"s3:GetObject", fmt.Sprintf("arn:aws:s3:::bucket-%d/reports/y", i+1000), ""},
			Request{"s3:PutObject", fmt.Sprintf("arn:aws:s3:::bucket-%d/reports/x", i+1000), ""},
			Request{"s3:GetObject", fmt.Sprintf("arn:aws:s3:::bucket-%d/reports/x", i+100_000), ""},
		)
	}
	return p
}

// overlapping allows again what others of its statements deny.
func overlapping() Problem {
	p := ordinary(60)
	p.Name = "denies among wide allows"
	for _, svc := range services {
		p.Statements = append(p.Statements, Statement{Actions: []string{svc + ":*"}, Resource: "arn:aws:" + svc + ":*"})
	}
	return p
}

// wild reports whether s fits pattern, in which "*" stands for anything. It goes
// back only to the last star.
func wild(pattern, s string) bool {
	p, i, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Allowed is the answer that p asks for, by the plainest of loops.
func (p *Problem) Allowed(r Request) bool {
	allowed := false
	for i := range p.Statements {
		st := &p.Statements[i]
		matches := false
		for _, a := range st.Actions {
			matches = matches || wild(a, r.Action)
		}
		if matches && wild(st.Resource, r.Resource) && (st.Team == "" || st.Team == r.Team) {
			if st.Deny {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
