package main

import "strings"

func words(line string, more ...string) []string {
	return append(strings.Fields(line), more...)
}

func statement(effect, action, resource string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Action":"` + action + `","Resource":"` + resource + `"}}`
}

// trusting is a trust policy with the given principal and, after it, more.
func trusting(principal string, more ...string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + strings.Join(more, "") + `}}`
}

func assume(account, role, session string, more ...string) []string {
	line := words("sts assume-role --role-arn arn:aws:iam::" + account + ":role/" + role + " --role-session-name " + session)
	return append(line, more...)
}

const (
	developerARN = "arn:aws:iam::" + demoAccount + ":user/developer"
	listRole     = "S3BucketListReadOnlyRole"
	denied       = `An error occurred \(AccessDenied\)`
)

// demoChapters are the story of the demo.
var demoChapters = []chapter{
	{"A user without permissions, and a role that it may not use", []step{
		{as: "admin", args: words("iam create-user --user-name developer --query User.Arn"), why: "a new user may do nothing", want: `:user/developer"`},
		{as: "admin", args: words("iam create-access-key --user-name developer"), why: "the secret is shown this once", want: `"AKIA`, save: "developer"},
		{as: "admin", args: words("iam create-role --query Role.Arn --role-name "+listRole+" --assume-role-policy-document", trusting(`{"Service":"ec2.amazonaws.com"}`)),
			why: "a role trusts whom its trust policy names: machines of EC2, for now", want: `:role/` + listRole},
		{as: "admin", args: words("iam put-role-policy --role-name "+listRole+" --policy-name list --policy-document", statement("Allow", "s3:ListAllMyBuckets", "*")),
			why: "and may do what its own policies allow"},
		{as: "admin", args: words("s3 mb s3://reports"), why: "two buckets to list", want: `make_bucket: reports`},
		{as: "admin", args: words("s3 mb s3://invoices"), why: "S3 is on the same address", want: `make_bucket: invoices`},
		{as: "developer", args: words("s3 ls"), fail: true, why: "nothing allows it, so it is denied", want: denied + ` when calling the ListBuckets`},
		{as: "developer", args: assume(demoAccount, listRole, "demo"), fail: true, why: "neither does the role trust the user; AWS says the same of a role that does not exist",
			want: `User: ` + developerARN + ` is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::` + demoAccount + `:role/` + listRole + `\n$`},
	}},
	{"The role trusts the user", []step{
		{as: "admin", args: words("iam update-assume-role-policy --role-name "+listRole+" --policy-document", trusting(`{"AWS":"`+developerARN+`","Service":"ec2.amazonaws.com"}`)),
			why: "named in the trust policy of its own account, the user needs no permission besides"},
		{as: "developer", args: assume(demoAccount, listRole, "demo"), why: "temporary credentials: they end by themselves, and nothing is stored for them", want: `"ASIA`, save: "role"},
		{as: "role", args: words("s3 ls"), why: "what the user could not see", want: `invoices\n.* reports`},
		{as: "role", args: words("sts get-caller-identity --query Arn"), why: "who uses the role stands in the session's name", want: `assumed-role/` + listRole + `/demo`},
		{as: "role", args: words("iam list-users"), fail: true, why: "anything else stays denied, and the message says what would have to allow it", want: `no identity-based policy allows the iam:ListUsers action`},
	}},
	{"Another account, with an external id", []step{
		{as: "admin", args: words("writ account create partner --id " + partnerAccount + " --root-key"), why: "an installation is an organization of accounts", want: `made`},
		{as: "partner", args: words("iam create-role --query Role.Arn --role-name Auditor --assume-role-policy-document",
			trusting(`{"AWS":"arn:aws:iam::`+demoAccount+`:root"}`, `,"Condition":{"StringEquals":{"sts:ExternalId":"12345"}}`)),
			why: "the partner trusts the other account, to those who know the external id", want: `:role/Auditor`},
		{as: "developer", args: assume(partnerAccount, "Auditor", "audit", "--external-id", "12345"), fail: true, why: "across accounts both must allow: the user's own account does not yet", want: denied},
		{as: "admin", args: words("iam put-user-policy --user-name developer --policy-name audit --policy-document", statement("Allow", "sts:AssumeRole", "arn:aws:iam::"+partnerAccount+":role/Auditor")),
			why: "now it does"},
		{as: "developer", args: assume(partnerAccount, "Auditor", "audit"), fail: true, why: "without the external id the partner's condition fails", want: denied},
		{as: "developer", args: assume(partnerAccount, "Auditor", "audit", "--external-id", "12345", "--query", "AssumedRoleUser.Arn"), why: "with it, the user acts in the partner's account", want: partnerAccount + `:assumed-role/Auditor/audit`},
	}},
	{"Policies that take away", []step{
		{as: "admin", args: words("iam create-policy --query Policy.Arn --policy-name Boundary --policy-document", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"s3:DeleteObject","Resource":"*"}}`),
			why: "a boundary grants nothing: it is the most that policies can grant", want: `policy/Boundary`},
		{as: "admin", args: words("iam put-user-permissions-boundary --user-name developer --permissions-boundary arn:aws:iam::" + demoAccount + ":policy/Boundary"), why: "this one takes deleting away"},
		{as: "admin", args: words("iam put-user-policy --user-name developer --policy-name s3 --policy-document", statement("Allow", "s3:*", "*")), why: "although the policy allows all of S3"},
		{as: "developer", args: words("s3 cp - s3://reports/developer/first.txt"), why: "writing is within the boundary"},
		{as: "developer", args: words("s3 rm s3://reports/developer/first.txt"), fail: true, why: "deleting is not", want: `no permissions boundary allows the s3:DeleteObject action`},
		{as: "admin", args: words("iam put-user-policy --user-name developer --policy-name own --policy-document",
			`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*Object","NotResource":"arn:aws:s3:::reports/${aws:username}/*"}}`),
			why: "an explicit deny wins over any allow; here it spares the user's own folder"},
		{as: "developer", args: words("s3 cp - s3://reports/another/first.txt"), fail: true, why: "this is not its folder", want: `with an explicit deny in an identity-based policy`},
		{as: "developer", args: words("s3 cp s3://reports/developer/first.txt -"), why: "this is", want: `^a report`},
	}},
	{"A bucket policy lets the other account in", []step{
		{as: "partner", args: words("iam create-user --user-name reader --query User.Arn"), why: "a user over there", want: `:user/reader`},
		{as: "partner", args: words("iam create-access-key --user-name reader"), why: "with a key", want: `"AKIA`, save: "reader"},
		{as: "partner", args: words("iam put-user-policy --user-name reader --policy-name read --policy-document", statement("Allow", "s3:GetObject", "arn:aws:s3:::reports/*")),
			why: "its own account allows it to read the reports"},
		{as: "reader", args: words("s3 cp s3://reports/developer/first.txt -"), fail: true, why: "the bucket's account does not", want: `\(403\)`},
		{as: "admin", args: words("s3api put-bucket-policy --bucket reports --policy",
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+partnerAccount+`:user/reader"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}}`),
			why: "until the bucket's policy names the user: no role is needed"},
		{as: "reader", args: words("s3 cp s3://reports/developer/first.txt -"), why: "both accounts allow", want: `^a report`},
	}},
	{"Sessions: narrower, longer, chained", []step{
		{as: "admin", args: words("iam create-role --query Role.Arn --role-name Worker --max-session-duration 43200 --assume-role-policy-document",
			trusting(`{"AWS":["`+developerARN+`","arn:aws:iam::`+demoAccount+`:role/`+listRole+`"]}`)), why: "a role for long work, up to twelve hours", want: `:role/Worker`},
		{as: "admin", args: words("iam put-role-policy --role-name Worker --policy-name s3 --policy-document", statement("Allow", "s3:*", "*")), why: "it may use all of S3"},
		{as: "developer", args: assume(demoAccount, "Worker", "narrow", "--policy", statement("Allow", "s3:ListBucket", "arn:aws:s3:::reports")),
			why: "a session policy makes one session narrower than its role", want: `"PackedPolicySize"`, save: "narrow"},
		{as: "narrow", args: words("s3 ls s3://reports"), why: "the one bucket", want: `PRE developer/`},
		{as: "narrow", args: words("s3 ls s3://invoices"), fail: true, why: "and no other", want: `no session policy allows the s3:ListBucket action`},
		{as: "developer", args: assume(demoAccount, "Worker", "long", "--duration-seconds", "43200", "--query", "AssumedRoleUser.Arn"), why: "twelve hours, because the role's maximum says so", want: `assumed-role/Worker/long`},
		{as: "role", args: assume(demoAccount, "Worker", "chained", "--duration-seconds", "7200"), fail: true, why: "a role that assumes a role gets an hour at most", want: `1 hour session limit for roles assumed by role chaining`},
		{as: "role", args: assume(demoAccount, "Worker", "chained", "--query", "AssumedRoleUser.Arn"), why: "within that it may, and has the second role's permissions only", want: `assumed-role/Worker/chained`},
	}},
}
