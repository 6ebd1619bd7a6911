package iam

import (
	_ "embed" // for the table
	"strings"
	"sync"

	"github.com/writ-iam/writ/internal/iamapi"
)

// linkedService is a service that has a service-linked role.
type linkedService struct {
	principal string // "ecs.amazonaws.com"
	role      string
	policy    string // name of the AWS managed policy that the role has
	suffixes  bool   // an account may have several of its roles, told apart by a suffix
}

const servicePrincipalSuffix = ".amazonaws.com"

//go:embed data/servicelinkedroles.txt
var linkedServiceTable string

var linkedServices = sync.OnceValue(func() map[string]linkedService {
	services := make(map[string]linkedService, strings.Count(linkedServiceTable, "\n"))
	for line := range strings.Lines(linkedServiceTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		s := linkedService{principal: f[0] + servicePrincipalSuffix, role: f[1], policy: f[2], suffixes: len(f) > 3}
		services[s.principal] = s
	}
	return services
})

// HasLinkedRole reports whether a service, named by its principal, is known to
// have a service-linked role.
func HasLinkedRole(servicePrincipal string) bool {
	_, ok := linkedServices()[servicePrincipal]
	return ok
}

// path is the path of the service's roles.
func (s *linkedService) path() string { return serviceRolePath + s.principal + "/" }

// policyARN names the managed policy of the service's roles.
func (s *linkedService) policyARN() string {
	return strings.TrimSuffix(awsPolicyPrefix, "/") + serviceRolePath + s.policy
}

// trust is the trust policy of the service's roles.
func (s *linkedService) trust() string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + s.principal + `"},"Action":"sts:AssumeRole"}]}`
}

const maxRoleName = 64

// linkedRole returns the service and the name of the role that a request is
// about.
func linkedRole(in *iamapi.CreateServiceLinkedRoleInput) (*linkedService, string, error) {
	s, ok := linkedServices()[in.AWSServiceName]
	switch {
	case !ok:
		return nil, "", iamapi.InvalidInput(noLinkedRole, in.AWSServiceName)
	case in.CustomSuffix == nil:
		return &s, s.role, nil
	case !s.suffixes:
		return nil, "", iamapi.InvalidInput(suffixNotAllowed, s.principal)
	}
	name := s.role + "_" + *in.CustomSuffix
	if len(name) > maxRoleName {
		return nil, "", invalid(linkedNameTooLong, maxRoleName-len(s.role)-1)
	}
	return &s, name, nil
}
