package accountfile

import (
	"github.com/writ-iam/writ/internal/iamapi"
)

// A step fits one commit of the state and one request: so many rows and about
// so many bytes at most.
const (
	stepRows  = 80
	stepBytes = 200 << 10
)

// Steps cuts what is added or changed into parts that can be carried out one
// after the other, each in one commit. New roles come twice: first bare, since
// trust policies may name each other's roles. A part that was carried out
// already may be again.
func Steps(want *Details, changes []Change) []*Details {
	due := map[string]Difference{}
	for _, c := range changes {
		e := entity{kind: c.Kind, name: c.Name}
		due[e.key()] = c.Difference
	}
	var s steps
	list := sorted(want)
	for _, e := range list {
		switch d := due[e.key()]; {
		case e.kind == "role" && d == Added:
			s.add(e.bare())
		case e.kind != "role" && (d == Added || d == Changed):
			s.add(e)
		}
	}
	for _, e := range list {
		if d := due[e.key()]; e.kind == "role" && (d == Added || d == Changed) {
			s.add(e)
		}
	}
	return s.parts
}

// bare is a role that exists and no more.
func (e *entity) bare() entity {
	r := e.detail.(*iamapi.RoleDetail)
	out := *e
	out.detail = &iamapi.RoleDetail{Path: r.Path, RoleName: r.RoleName, RoleId: r.RoleId, Arn: r.Arn, CreateDate: r.CreateDate}
	return out
}

type steps struct {
	parts       []*Details
	rows, bytes int // of the last part
}

func (s *steps) add(e entity) {
	rows, bytes := 1, len(e.normal())
	if r, ok := e.detail.(*iamapi.RoleDetail); ok {
		rows += len(r.InstanceProfileList)
	}
	if len(s.parts) == 0 || s.rows+rows > stepRows || s.bytes+bytes > stepBytes {
		s.parts, s.rows, s.bytes = append(s.parts, &Details{}), 0, 0
	}
	s.rows, s.bytes = s.rows+rows, s.bytes+bytes
	part := s.parts[len(s.parts)-1]
	switch d := e.detail.(type) {
	case *iamapi.UserDetail:
		part.UserDetailList = append(part.UserDetailList, *d)
	case *iamapi.GroupDetail:
		part.GroupDetailList = append(part.GroupDetailList, *d)
	case *iamapi.RoleDetail:
		part.RoleDetailList = append(part.RoleDetailList, *d)
	case *iamapi.ManagedPolicyDetail:
		part.Policies = append(part.Policies, *d)
	}
}
