package policy

// Use says what a document is for. AWS's checks, its words and its quotas depend
// on it. Only Kind is needed.
type Use struct {
	Kind Kind

	// Managed says that an identity-based policy or a boundary is a customer
	// managed policy, which must be of version 2012-10-17.
	Managed bool

	// Service is the service whose resource the policy belongs to, for a
	// resource-based policy: the prefix of the service's actions, "sqs". A
	// service that is not known, or "", is checked and answered as by AWS's
	// policy library.
	Service string
}

// Parse is the Parse of the package, with all that is known of the use.
func (u Use) Parse(text string) (*Document, error) {
	p := newParser(text)
	p.use = u
	p.doc.Kind = u.Kind
	p.parse()
	if p.fault != nil {
		return nil, p.fault.err(u)
	}
	return p.doc, nil
}

// service returns what is particular to the policies of a service's resources,
// nil for any other policy.
func (u Use) service() *service {
	if u.Kind != ResourceBased {
		return nil
	}
	return services[u.Service]
}

// service is what sets the policies of a service's resources apart.
type service struct {
	texts    map[Code]string // AWS's texts; those of the library stand in for what is missing
	fallback string          // instead of the library's texts, "" for these

	begins     bool     // the first byte must be a brace
	noResource bool     // statements have no Resource: what they are about is plain
	actions    []string // in lower case, of all that a policy can say; nil: any action
}

// services are those whose answers or rules differ from the library's.
//
// Sources. SQS, KMS, ECR, Secrets Manager: answers of AWS quoted in issues of
// hashicorp/terraform-provider-aws, aws/aws-cdk, terraform-aws-modules and
// awsdocs. SNS: likewise (aws/aws-cli, aws/serverless-application-model), and
// "Amazon SNS API permissions" in its developer guide, which lists the actions.
// S3: see libraryTexts.
var services = map[string]*service{
	"s3": {
		begins: true,
		texts: map[Code]string{
			LeadingSpace:    "Policies must be valid JSON and the first byte must be '{'",
			ForeignResource: "Policy has invalid resource",
			UnknownAction:   "Policy has invalid action",
			IdleAction:      "Action does not apply to any resource(s) in statement",
		},
	},
	"sqs": {fallback: "Invalid value for the parameter Policy."},
	"sns": {
		fallback: "Invalid parameter: Policy Error: null",
		texts:    map[Code]string{OutOfScope: "Invalid parameter: Policy statement action out of service scope!"},
		actions: []string{
			"sns:addpermission", "sns:deletetopic", "sns:getdataprotectionpolicy", "sns:gettopicattributes",
			"sns:listsubscriptionsbytopic", "sns:listtagsforresource", "sns:publish", "sns:putdataprotectionpolicy",
			"sns:receive", "sns:removepermission", "sns:settopicattributes", "sns:subscribe",
		},
	},
	"kms": {
		texts: map[Code]string{
			MissingPrincipal: kmsPrincipalText,
			EmptyPrincipal:   kmsPrincipalText,
			BadPrincipal:     kmsPrincipalText,
		},
	},
	"ecr": {
		fallback:   "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
		noResource: true,
	},
	"secretsmanager": {
		fallback: "This resource policy contains a syntax error.",
		texts:    map[Code]string{BadPrincipal: "This resource policy contains an unsupported principal."},
	},
	"lambda": {
		texts: map[Code]string{BadPrincipal: "The provided principal was invalid. Please check the principal and try again."},
	},
}

const kmsPrincipalText = "Policy contains a statement with one or more invalid principals."
