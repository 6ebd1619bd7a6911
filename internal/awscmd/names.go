package awscmd

import (
	"regexp"
	"strings"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/stsapi"
)

var services = map[string]*shape.Service{
	"iam": &iamapi.Service, "sts": &stsapi.Service, "s3api": &s3api.Service,
}

func findOperation(svc *shape.Service, kebabName string) (*shape.Operation, bool) {
	for i := range svc.Operations {
		if kebab(svc.Operations[i].Name) == kebabName {
			return &svc.Operations[i], true
		}
	}
	return nil, false
}

func operationNamed(svc *shape.Service, name string) *shape.Operation {
	for i := range svc.Operations {
		if svc.Operations[i].Name == name {
			return &svc.Operations[i]
		}
	}
	panic("awscmd: no operation " + name)
}

// The three rules by which botocore's xform_name cuts a name into words.
var (
	pluralAcronym = regexp.MustCompile(`[A-Z]{2,}s$`)
	firstCapital  = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	lastCapital   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// kebab writes the name of an operation or member as the AWS CLI does:
// "CreateSAMLProvider" is create-saml-provider.
func kebab(name string) string {
	switch name { // the AWS CLI renames these
	case "AuthenticationCode1", "AuthenticationCode2":
		return "authentication-code-" + name[len(name)-1:]
	}
	if loc := pluralAcronym.FindStringIndex(name); loc != nil {
		name = name[:loc[0]] + "-" + strings.ToLower(name[loc[0]:])
	}
	name = firstCapital.ReplaceAllString(name, "$1-$2")
	return strings.ToLower(lastCapital.ReplaceAllString(name, "$1-$2"))
}
